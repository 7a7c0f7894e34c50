with

journeys as (

    select * from {{ ref("journeys") }}

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
        journeys.case_url,
        cast(coalesce(landed.event_count, 0) as bigint) as event_count,
        landed.last_landed_at

    from journeys
    left join landed
        on journeys.journey = landed.journey

)

select * from journeys_described
