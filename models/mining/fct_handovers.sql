with

handovers_told as (

    select * from {{ ref("int_handovers") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

steps as (

    select
        handovers_told.journey,
        handovers_told.case_id,
        coalesce(handovers_told.from_actor, '[unknown]') as from_actor,
        coalesce(handovers_told.to_actor, '[unknown]') as to_actor,
        handovers_told.is_returned,
        journeys.calendar,
        handovers_told.picked_up_at,
        case when handovers_told.is_known then handovers_told.seconds end as seconds,
        case
            when handovers_told.is_known
                then
                    {{ offpath.add_seconds(
                        "handovers_told.picked_up_at", "-handovers_told.seconds"
                    ) }}
        end as left_at

    from handovers_told
    inner join journeys
        on handovers_told.journey = journeys.journey

),

timed as (

    {{ offpath.business_seconds_between(
        "steps",
        "calendar_hours",
        "calendar",
        "left_at",
        "picked_up_at",
        "business_seconds",
    ) }}

),

handovers as (

    select
        journey,
        from_actor,
        to_actor,
        cast(count(seconds) as bigint) as handover_count,
        cast(count(*) - count(seconds) as bigint) as unknown_count,
        cast(sum(case when is_returned then 1 else 0 end) as bigint) as returned_count,
        cast(count(distinct case_id) as bigint) as case_count,
        cast({{ offpath.median_of("seconds") }} as double) as median_seconds,
        cast({{ offpath.percentile_of("seconds", "0.9e0") }} as double) as p90_seconds,
        cast({{ offpath.median_of("business_seconds") }} as double)
            as median_business_seconds,
        cast({{ offpath.percentile_of("business_seconds", "0.9e0") }} as double)
            as p90_business_seconds

    from timed
    group by journey, from_actor, to_actor

)

select * from handovers
