-- Around the clock of the build, in every calendar, both macros agree: what is due
-- after so many minutes is so many minutes away, and lies in the span.
with

hours as (

    select * from {{ ref("int_calendar_hours") }}

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
        hours.calendar,
        {{ offpath.add_seconds("hours.hour_started_at", 2230) }} as started_at,
        delays.delay_minutes

    from hours
    cross join delays
    where
        hours.hour_started_at >= {{ offpath.add_seconds(offpath.as_of(), -86400) }}
        and hours.hour_started_at
        < {{ offpath.add_seconds(offpath.as_of(), 7 * 86400) }}

),

due as (

    {{ offpath.business_time_added(
        "started", "calendar", "started_at", "delay_minutes", "due_at"
    ) }}

),

measured as (

    {{ offpath.business_seconds_between(
        "due", "calendar", "started_at", "due_at", "waited_seconds"
    ) }}

)

select *
from measured
where waited_seconds is null or waited_seconds <> delay_minutes * 60
