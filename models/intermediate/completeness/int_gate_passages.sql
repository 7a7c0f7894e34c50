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

gate_passages as (

    select
        watched.rule_id,
        watched.journey,
        case_events.case_id,
        case_events.event_id,
        case_events.occurred_at,
        case_events.event_number,
        watched.field,
        {{ offpath.gate_field_value(
            "watched.field", "watched.attribute", "case_events", "case_attributes"
        ) }} as field_value

    from watched
    inner join case_events
        on
            watched.journey = case_events.journey
            and watched.gate_event = case_events.event_name
    left join case_attributes
        on
            case_events.journey = case_attributes.journey
            and case_events.case_id = case_attributes.case_id

)

select * from gate_passages
