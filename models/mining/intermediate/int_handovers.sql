{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

-- Of a step with an actor that is not known nobody can tell whether it was one.
changes as (

    select
        journey,
        case_id,
        event_number,
        occurred_at,
        previous_actor,
        actor,
        seconds_since_previous

    from {{ ref("fct_case_events") }}
    where
        {{ offpath.is_due("journey", "case_id") }}
        and event_number > 1
        and (actor <> previous_actor or actor is null or previous_actor is null)

),

handovers as (

    select
        journey,
        case_id,
        event_number,
        occurred_at as picked_up_at,
        previous_actor as from_actor,
        actor as to_actor,
        coalesce(actor <> previous_actor, false) as is_known,
        seconds_since_previous as seconds,
        coalesce(
            actor <> previous_actor
            and actor = lag(previous_actor) over (
                partition by journey, case_id
                order by event_number
            ),
            false
        ) as is_returned

    from changes

)

select * from handovers
