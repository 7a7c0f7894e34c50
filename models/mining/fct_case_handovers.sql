{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

case_events as (

    select
        journey,
        case_id,
        actor

    from {{ ref("fct_case_events") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

handovers as (

    select * from {{ ref("int_handovers") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

actors as (

    select
        journey,
        case_id,
        count(distinct actor) as actor_count,
        count(*) - count(actor) as unknown_count

    from case_events
    group by journey, case_id

),

handed_over as (

    select
        journey,
        case_id,
        sum(case when is_known then 1 else 0 end) as handover_count,
        sum(case when is_returned then 1 else 0 end) as returned_count

    from handovers
    group by journey, case_id

),

case_handovers as (

    select
        actors.journey,
        actors.case_id,
        cast(actors.actor_count as bigint) as actor_count,
        cast(coalesce(handed_over.handover_count, 0) as bigint) as handover_count,
        cast(coalesce(handed_over.returned_count, 0) as bigint) as returned_count,
        cast(actors.unknown_count as bigint) as unknown_count

    from actors
    left join handed_over
        on
            actors.journey = handed_over.journey
            and actors.case_id = handed_over.case_id

)

select * from case_handovers
