{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

-- Only to an actor with two stretches of a case can it go back, so that the events of
-- few cases are sorted.
cases_with_return as (

    select
        journey,
        case_id

    from {{ ref("int_actors_counted") }}
    where stretch_count > actor_count and {{ offpath.is_due("journey", "case_id") }}

),

-- Of a step with an actor that is not known nobody can tell whether it was one.
changes as (

    select
        case_events.journey,
        case_events.case_id,
        case_events.event_number,
        case_events.previous_actor,
        case_events.actor,
        lag(case_events.previous_actor) over (
            partition by case_events.journey, case_events.case_id
            order by case_events.event_number
        ) as came_from_actor

    from {{ ref("fct_case_events") }} as case_events
    inner join cases_with_return
        on
            case_events.journey = cases_with_return.journey
            and case_events.case_id = cases_with_return.case_id
    where
        case_events.event_number > 1
        and coalesce(case_events.actor <> case_events.previous_actor, true)

),

handovers_returned as (

    select
        journey,
        case_id,
        event_number,
        previous_actor as from_actor,
        actor as to_actor

    from changes
    where actor <> previous_actor and actor = came_from_actor

)

select * from handovers_returned
