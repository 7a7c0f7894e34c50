with

journeys as (

    select * from {{ ref("journeys") }}

),

owner_roles as (

    select * from {{ ref("owner_roles") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}

),

landed as (

    select
        journey,
        count(*) as event_count,
        max(loaded_at) as last_landed_at

    from case_events
    group by journey

),

journeys_described as (

    select
        journeys.journey,
        journeys.title,
        journeys.owner_role,
        owner_roles.title as owner_title,
        journeys.calendar,
        journey_timezones.timezone,
        cast(journeys.stale_after_hours as integer) as stale_after_hours,
        journeys.case_url,
        cast(coalesce(landed.event_count, 0) as bigint) as event_count,
        landed.last_landed_at

    from journeys
    left join owner_roles
        on journeys.owner_role = owner_roles.owner_role
    left join journey_timezones
        on journeys.journey = journey_timezones.journey
    left join landed
        on journeys.journey = landed.journey

)

select * from journeys_described
