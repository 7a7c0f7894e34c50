{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

conformance_rules as (

    select * from {{ ref("conformance_rules") }}
    where template = 'reference_path'

),

reference_transitions as (

    select * from {{ ref("reference_transitions") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

steps as (

    select
        journey,
        case_id,
        event_id,
        event_name,
        event_number,
        occurred_at,
        is_defined,
        coalesce(
            lag(event_name) over (
                partition by journey, case_id
                order by event_number
            ),
            '[start]'
        ) as previous_event_name

    from case_events
    where not is_repeat

),

steps_off_path as (

    select
        rules.rule_id,
        steps.journey,
        steps.case_id,
        steps.event_id,
        steps.previous_event_name || ' > ' || steps.event_name as transition,
        steps.event_number,
        steps.occurred_at

    from rules
    inner join conformance_rules
        on rules.rule_id = conformance_rules.rule_id
    inner join steps
        on rules.journey = steps.journey
    left join reference_transitions
        on
            steps.journey = reference_transitions.journey
            and steps.previous_event_name = reference_transitions.from_event
            and steps.event_name = reference_transitions.to_event
    where reference_transitions.journey is null or not steps.is_defined

)

select * from steps_off_path
