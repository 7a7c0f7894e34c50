{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

actors_counted as (

    select * from {{ ref("int_actors_counted") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

handovers_returned as (

    select * from {{ ref("int_handovers_returned") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

returned as (

    select
        journey,
        case_id,
        count(*) as returned_count

    from handovers_returned
    group by journey, case_id

),

case_handovers as (

    select
        actors_counted.journey,
        actors_counted.case_id,
        cast(actors_counted.actor_count as bigint) as actor_count,
        cast(actors_counted.handover_count as bigint) as handover_count,
        cast(coalesce(returned.returned_count, 0) as bigint) as returned_count,
        cast(actors_counted.unknown_count as bigint) as unknown_count

    from actors_counted
    left join returned
        on
            actors_counted.journey = returned.journey
            and actors_counted.case_id = returned.case_id

)

select * from case_handovers
