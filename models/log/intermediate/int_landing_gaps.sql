with

landings as (

    select * from {{ ref("int_landings") }}
    where row_kind = 'event' and is_landed

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

landed as (

    select distinct
        landings.journey,
        landings.landed_hour,
        journeys.calendar

    from landings
    inner join journeys
        on landings.journey = journeys.journey
    where landings.landed_hour <= {{ offpath.as_of() }}

),

followed as (

    select
        journey,
        calendar,
        landed_hour,
        lead(landed_hour) over in_journey as next_landed_hour,
        max(landed_hour) over (partition by journey) as last_landed_hour,
        {{ offpath.as_of() }} as clock

    from landed

    window in_journey as (partition by journey order by landed_hour)

),

recent as (

    select
        *,
        coalesce(next_landed_hour, clock) as waited_until

    from followed
    where landed_hour >= {{ offpath.add_seconds("last_landed_hour", -28 * 86400) }}

),

timed as (

    {{ offpath.business_seconds_between(
        "recent",
        "calendar_hours",
        "calendar",
        "landed_hour",
        "waited_until",
        "waited_seconds",
    ) }}

),

landing_gaps as (

    select
        journey,
        max(landed_hour) as last_landed_hour,
        max(case when next_landed_hour is not null then waited_seconds end)
            as longest_gap_seconds,
        max(case when next_landed_hour is null then waited_seconds end)
            as open_gap_seconds

    from timed
    group by journey

)

select * from landing_gaps
