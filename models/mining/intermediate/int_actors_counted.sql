{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

case_events as (

    select
        journey,
        case_id,
        actor,
        previous_actor

    from {{ ref("fct_case_events") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

actors_counted as (

    select
        journey,
        case_id,
        count(distinct actor) as actor_count,
        count(case when actor <> previous_actor then 1 end) as handover_count,
        count(case when coalesce(actor <> previous_actor, true) then actor end)
            as stretch_count,
        count(*) - count(actor) as unknown_count

    from case_events
    group by journey, case_id

)

select * from actors_counted
