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

activations as (

    select * from {{ ref("int_activations_answered") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

steps_off_path as (

    select * from {{ ref("int_steps_off_path") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

case_endings as (

    select * from {{ ref("int_case_endings") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

unwanted_activations as (

    select
        activations.rule_id,
        activations.journey,
        activations.case_id,
        activations.event_id,
        activations.event_name,
        activations.event_number,
        activations.occurred_at

    from activations
    inner join conformance_rules
        on activations.rule_id = conformance_rules.rule_id
    where
        conformance_rules.template = 'absence'
        or (
            conformance_rules.template = 'exactly_once'
            and activations.activation_number > 1
        )
        or (
            conformance_rules.template = 'precedence'
            and coalesce(activations.first_target_number, activations.event_number)
            >= activations.event_number
        )

),

-- A case that ended and had not yet had what it must have exactly once.
missing_activations as (

    select
        rules.rule_id,
        case_endings.journey,
        case_endings.case_id,
        conformance_rules.activation_event as event_name,
        case_endings.ended_at as occurred_at,
        activations.occurred_at as mended_at

    from rules
    inner join conformance_rules
        on rules.rule_id = conformance_rules.rule_id
    inner join case_endings
        on rules.journey = case_endings.journey
    left join activations
        on
            rules.rule_id = activations.rule_id
            and case_endings.case_id = activations.case_id
            and activations.activation_number = 1
    where
        conformance_rules.template = 'exactly_once'
        and case_endings.ended_as in ('good', 'bad')
        and (
            activations.event_number is null
            or activations.event_number > case_endings.event_number
        )

),

breaches as (

    select
        rule_id,
        journey,
        case_id,
        event_id,
        event_name,
        event_number,
        occurred_at,
        cast(null as timestamp) as mended_at

    from unwanted_activations
    union all
    select
        rule_id,
        journey,
        case_id,
        event_id,
        transition as event_name,
        event_number,
        occurred_at,
        cast(null as timestamp) as mended_at

    from steps_off_path
    union all
    select
        rule_id,
        journey,
        case_id,
        cast(null as {{ dbt.type_string() }}) as event_id,
        event_name,
        cast(null as integer) as event_number,
        occurred_at,
        mended_at

    from missing_activations

),

breaches_lasting as (

    select
        rule_id,
        journey,
        case_id,
        min(occurred_at) as onset_at,
        count(*) as breach_count,
        min_by(event_id, event_number) as event_id,
        coalesce(min_by(event_name, event_number), min(event_name)) as event_name,
        -- One breach that nothing mends is enough.
        case when count(mended_at) = count(*) then max(mended_at) end as mended_at

    from breaches
    group by rule_id, journey, case_id

)

select * from breaches_lasting
