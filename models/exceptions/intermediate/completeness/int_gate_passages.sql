{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

{% set event_fields = offpath.contract_columns("event", "gate") %}
{% set case_fields = offpath.contract_columns("case", "gate") %}

with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

completeness_rules as (

    select * from {{ ref("completeness_rules") }}

),

journey_attributes as (

    select * from {{ ref("journey_attributes") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

event_attributes as (

    select * from {{ ref("fct_event_attributes") }}

),

case_attributes as (

    select * from {{ ref("int_case_attributes") }}

),

watched as (

    select
        rules.rule_id,
        rules.journey,
        completeness_rules.gate_event,
        completeness_rules.field,
        completeness_rules.expectation in (
            'expect_column_values_to_be_null',
            'expect_column_values_to_not_be_null'
        ) as asks_for_presence,
        journey_attributes.attribute

    from rules
    inner join completeness_rules
        on rules.rule_id = completeness_rules.rule_id
    left join journey_attributes
        on
            rules.journey = journey_attributes.journey
            and completeness_rules.field
            = 'attributes.' || journey_attributes.attribute
    where rules.family = 'completeness'

),

passed as (

    select
        watched.rule_id,
        watched.journey,
        watched.field,
        watched.asks_for_presence,
        watched.attribute,
        case_events.case_id,
        case_events.event_id,
        case_events.event_number,
        case_events.occurred_at,
        {%- for column in event_fields %}
        case_events.{{ column }},
        {%- endfor %}
        -- Looked up only where a rule asks for them.
        case when watched.attribute is not null then case_events.event_id end
            as attributes_of

    from watched
    inner join case_events
        on
            watched.journey = case_events.journey
            and watched.gate_event = case_events.event_name

),

read as (

    select
        passed.rule_id,
        passed.asks_for_presence,
        passed.journey,
        passed.case_id,
        passed.event_id,
        passed.occurred_at,
        passed.event_number,
        passed.field,
        case passed.field
            {%- for column in event_fields %}
            when '{{ column }}' then {{ offpath.trimmed("passed." ~ column) }}
            {%- endfor %}
            {%- for column in case_fields %}
            when '{{ column }}' then {{ offpath.trimmed("case_attributes." ~ column) }}
            {%- endfor %}
            when 'attributes.' || passed.attribute
                then {{ offpath.trimmed(
                    offpath.json_text("event_attributes.attributes", "passed.attribute")
                ) }}
        end as field_value

    from passed
    left join event_attributes
        on
            passed.journey = event_attributes.journey
            and passed.attributes_of = event_attributes.event_id
    left join case_attributes
        on
            passed.journey = case_attributes.journey
            and passed.case_id = case_attributes.case_id

),

gate_passages as (

    select
        rule_id,
        journey,
        case_id,
        event_id,
        occurred_at,
        event_number,
        field,
        field_value,
        -- Where any value is as good as another, one stands for all.
        case
            when asks_for_presence and field_value is not null then '[present]'
            else field_value
        end as judged_value

    from read

)

select * from gate_passages
