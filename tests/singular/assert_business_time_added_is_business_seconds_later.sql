-- Around the clock of the build, in every calendar, both macros agree: what is due
-- after so many minutes is so many minutes away, and lies in the span.
with

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

delays as (

    select 1 as delay_minutes
    union all
    select 45 as delay_minutes
    union all
    select 480 as delay_minutes

),

started as (

    select
        calendar_hours.calendar,
        {{ offpath.add_seconds("calendar_hours.hour_started_at", 2230) }} as started_at,
        delays.delay_minutes

    from calendar_hours
    cross join delays
    where
        calendar_hours.hour_started_at >= {{ offpath.add_seconds(offpath.as_of(), -86400) }}
        and calendar_hours.hour_started_at
        < {{ offpath.add_seconds(offpath.as_of(), 7 * 86400) }}

),

due as (

    {{ offpath.business_time_added(
        "started",
        "calendar_hours",
        "calendar_open_hours",
        "calendar",
        "started_at",
        "delay_minutes",
        "due_at",
    ) }}

),

measured as (

    {{ offpath.business_seconds_between(
        "due",
        "calendar_hours",
        "calendar",
        "started_at",
        "due_at",
        "waited_seconds",
    ) }}

)

select *
from measured
where waited_seconds is null or waited_seconds <> delay_minutes * 60
