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

),

case_events as (

    select * from {{ ref("fct_case_events") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

watched as (

    select
        rules.rule_id,
        rules.journey,
        conformance_rules.template,
        conformance_rules.activation_event,
        conformance_rules.target_event

    from rules
    inner join conformance_rules
        on rules.rule_id = conformance_rules.rule_id

),

activations as (

    select
        watched.rule_id,
        watched.journey,
        watched.target_event,
        case_events.case_id,
        case_events.event_id,
        case_events.event_name,
        case_events.event_number,
        case_events.occurred_at,
        row_number() over (
            partition by watched.rule_id, case_events.case_id
            order by case_events.event_number
        ) as activation_number

    from watched
    inner join case_events
        on
            watched.journey = case_events.journey
            and watched.activation_event = case_events.event_name
    -- Said again it asks for nothing more; how often it was said is another question.
    where not case_events.is_repeat or watched.template = 'exactly_once'

),

-- Activations and targets side by side, so that one pass finds for each activation the
-- first target of its case and the next one.
steps_towards as (

    select
        rule_id,
        case_id,
        event_number,
        cast(null as integer) as target_number,
        cast(null as timestamp) as target_at

    from activations
    where target_event is not null
    union all
    select
        watched.rule_id,
        case_events.case_id,
        case_events.event_number,
        case_events.event_number as target_number,
        case_events.occurred_at as target_at

    from watched
    inner join case_events
        on
            watched.journey = case_events.journey
            and watched.target_event = case_events.event_name

),

looked_ahead as (

    select
        rule_id,
        case_id,
        event_number,
        target_number,
        min(target_number) over (partition by rule_id, case_id)
            as first_target_number,
        min(target_at) over (
            partition by rule_id, case_id
            order by event_number
            range between 1 following and unbounded following
        ) as next_target_at

    from steps_towards

),

activations_answered as (

    select
        activations.rule_id,
        activations.journey,
        activations.case_id,
        activations.event_id,
        activations.event_name,
        activations.event_number,
        activations.occurred_at,
        activations.activation_number,
        looked_ahead.first_target_number,
        looked_ahead.next_target_at

    from activations
    left join looked_ahead
        on
            activations.rule_id = looked_ahead.rule_id
            and activations.case_id = looked_ahead.case_id
            and activations.event_number = looked_ahead.event_number
            and looked_ahead.target_number is null

)

select * from activations_answered
