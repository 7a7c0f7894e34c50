-- Due times come from the openings, durations from the hours: both must count alike.
with

openings as (

    select * from {{ ref("int_calendar_openings") }}

),

hours as (

    select * from {{ ref("int_calendar_hours") }}

),

compared as (

    select
        openings.calendar,
        openings.opened_at,
        openings.open_seconds_before,
        {{ offpath.open_seconds_at("hours", "openings.opened_at") }}
            as open_seconds_before_by_hours,
        openings.closed_at,
        {{ offpath.seconds_between("openings.opened_at", "openings.closed_at") }}
            as open_seconds,
        {{ offpath.open_seconds_at(
            "last_hours", offpath.add_seconds("openings.closed_at", -60)
        ) }}
        + 60
        - openings.open_seconds_before as open_seconds_by_hours

    from openings
    left join hours
        on
            openings.calendar = hours.calendar
            and date_trunc('hour', openings.opened_at) = hours.hour_started_at
    left join hours as last_hours
        on
            openings.calendar = last_hours.calendar
            and last_hours.hour_started_at
            = date_trunc('hour', {{ offpath.add_seconds("openings.closed_at", -60) }})

)

select *
from compared
where
    open_seconds_before_by_hours is null
    or open_seconds_before_by_hours <> open_seconds_before
    or open_seconds_by_hours is null
    or open_seconds_by_hours <> open_seconds
