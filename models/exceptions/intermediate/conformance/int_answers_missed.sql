{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
    meta={"moved_by_clock": "due_at is null"},
) }}

with

-- What is asked without a bound is owed at the end of the case.
watched as (

    select * from {{ ref("int_constraints_watched") }}
    where within_minutes is not null

),

activations as (

    select * from {{ ref("int_activations_answered") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

case_endings as (

    select * from {{ ref("int_case_endings") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

awaited as (

    select
        activations.rule_id,
        activations.journey,
        activations.case_id,
        activations.event_id,
        activations.event_name,
        activations.event_number,
        activations.occurred_at,
        activations.answered_at,
        activations.broken_at,
        watched.within_minutes,
        watched.calendar

    from activations
    inner join watched
        on
            activations.rule_id = watched.rule_id
            and activations.ask_number = watched.ask_number

),

timed as (

    {{ offpath.business_time_added(
        "awaited",
        "calendar_hours",
        "calendar_open_hours",
        "calendar",
        "occurred_at",
        "within_minutes",
        "bound_at",
    ) }}

),

-- Once the case has gone on so that no answer counts, none is waited for.
due as (

    select
        *,
        coalesce(least(bound_at, broken_at), bound_at, broken_at) as due_at

    from timed

),

-- A case that is called off when the answer falls due owes none.
called_off as (

    select distinct
        due.rule_id,
        due.case_id,
        due.event_number

    from due
    inner join case_endings
        on
            due.journey = case_endings.journey
            and due.case_id = case_endings.case_id
    where
        case_endings.ended_as = 'excluded'
        and case_endings.ended_at <= due.due_at
        and (
            case_endings.reopened_at is null
            or case_endings.reopened_at > due.due_at
        )

),

-- Activations of one instant await one answer.
answers_missed as (

    select
        due.rule_id,
        due.journey,
        due.case_id,
        due.occurred_at as onset_at,
        min(due.due_at) as due_at,
        count(*) as breach_count,
        min_by(due.event_id, due.event_number) as event_id,
        min(due.event_name) as event_name,
        case when count(due.answered_at) = count(*) then max(due.answered_at) end
            as answered_at

    from due
    left join called_off
        on
            due.rule_id = called_off.rule_id
            and due.case_id = called_off.case_id
            and due.event_number = called_off.event_number
    where
        (
            due.due_at is null
            or due.answered_at is null
            or due.due_at < due.answered_at
        )
        and called_off.case_id is null
    group by due.rule_id, due.journey, due.case_id, due.occurred_at

)

select * from answers_missed
