with

landings as (

    select * from {{ ref("int_landings") }}
    where row_kind = 'event' and is_landed

),

journeys as (

    select * from {{ ref("journeys") }}
    where stale_after_hours is not null

),

calendar_span as (

    select * from {{ ref("int_calendar_span") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

landed as (

    select distinct
        landings.journey,
        landings.landed_hour,
        journeys.calendar,
        journeys.stale_after_hours

    from landings
    inner join journeys
        on landings.journey = journeys.journey
    inner join calendar_span
        on landings.landed_hour >= calendar_span.starts_at
    where landings.landed_hour <= {{ offpath.as_of() }}

),

-- What lands within an hour is there at its end.
gaps as (

    select
        journey,
        calendar,
        stale_after_hours,
        {{ offpath.add_seconds("landed_hour", "3600") }} as landed_by,
        coalesce(
            lead(landed_hour) over (partition by journey order by landed_hour),
            date_trunc('hour', {{ offpath.as_of() }})
        ) as last_hour

    from landed

),

waited as (

    select
        journey,
        calendar,
        stale_after_hours,
        landed_by,
        {{ offpath.unnested_timestamps(
            offpath.add_seconds("landed_by", "stale_after_hours * 3600"),
            "last_hour",
            3600,
        ) }} as silent_hour

    from gaps
    where
        {{ offpath.seconds_between("landed_by", "last_hour") }}
        > stale_after_hours * 3600

),

timed as (

    {{ offpath.business_seconds_between(
        "waited",
        "calendar_hours",
        "calendar",
        "landed_by",
        "silent_hour",
        "silent_seconds",
    ) }}

),

silent_hours as (

    select
        journey,
        silent_hour

    from timed
    where silent_seconds > stale_after_hours * 3600

)

select * from silent_hours
