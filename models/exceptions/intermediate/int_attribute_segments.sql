{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

journey_attributes as (

    select * from {{ ref("journey_attributes") }}

),

event_attributes as (

    select * from {{ ref("fct_event_attributes") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

segmented as (

    {% for seed, column in offpath.family_parameters("segment") %}
    select
        rule_id,
        {{ column }} as segment_by

    from {{ ref(seed) }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

-- Where no rule asks for an attribute, none is read.
asking as (

    select
        rules.rule_id,
        rules.journey,
        journey_attributes.attribute

    from rules
    inner join segmented
        on rules.rule_id = segmented.rule_id
    inner join journey_attributes
        on
            rules.journey = journey_attributes.journey
            and segmented.segment_by = 'attributes.' || journey_attributes.attribute

),

told as (

    select
        asking.rule_id,
        event_attributes.journey,
        event_attributes.case_id,
        event_attributes.event_id,
        {{ offpath.trimmed(
            offpath.json_text("event_attributes.attributes", "asking.attribute")
        ) }} as segment

    from asking
    inner join event_attributes
        on asking.journey = event_attributes.journey

),

attribute_segments as (

    select * from told
    where segment is not null

)

select * from attribute_segments
