with

case_events as (

    select
        journey,
        case_id,
        actor,
        previous_actor

    from {{ ref("fct_case_events") }}

),

case_handovers as (

    select
        journey,
        case_id,
        cast(count(distinct actor) as bigint) as actor_count,
        cast(sum(case when actor <> previous_actor then 1 else 0 end) as bigint)
            as handover_count,
        cast(count(*) - count(actor) as bigint) as unknown_count

    from case_events
    group by journey, case_id

)

select * from case_handovers
