{#- Who acts is asked of each event. -#}
{%- set cuts = offpath.contract_columns("event", "cut") | reject("equalto", "actor")
    | list -%}

with

cases as (

    select
        journey,
        case_id,
        severity

    from {{ ref("fct_cases") }}

),

journey_attributes as (

    select * from {{ ref("journey_attributes") }}

),

event_attributes as (

    select * from {{ ref("fct_event_attributes") }}

),

told as (

    select
        event_attributes.journey,
        event_attributes.case_id,
        event_attributes.event_id,
        journey_attributes.attribute,
        {{ offpath.trimmed(offpath.json_text(
            "event_attributes.attributes", "journey_attributes.attribute"
        )) }} as attribute_value

    from journey_attributes
    inner join event_attributes
        on journey_attributes.journey = event_attributes.journey

),

told_values as (

    select * from told
    where attribute_value is not null

),

-- Where a case tells one value only, it is the last one, whatever the order.
attribute_values as (

    select
        journey,
        case_id,
        attribute,
        min(attribute_value) as attribute_value,
        min(attribute_value) <> max(attribute_value) as is_changing

    from told_values
    group by journey, case_id, attribute

),

changing as (

    select * from attribute_values
    where is_changing

),

last_told as (

    select
        told_values.journey,
        told_values.case_id,
        told_values.attribute,
        max_by(told_values.attribute_value, case_events.event_number)
            as attribute_value

    from told_values
    inner join changing
        on
            told_values.journey = changing.journey
            and told_values.case_id = changing.case_id
            and told_values.attribute = changing.attribute
    inner join {{ ref("fct_case_events") }} as case_events
        on
            told_values.journey = case_events.journey
            and told_values.event_id = case_events.event_id
    group by told_values.journey, told_values.case_id, told_values.attribute

),

case_cuts as (

    {% for cut in cuts %}
    select
        journey,
        case_id,
        '{{ cut }}' as cut,
        {{ cut }} as cut_value

    from {{ ref("fct_case_events") }}
    where event_number = 1 and {{ cut }} is not null
    union all
    {% endfor %}
    select
        journey,
        case_id,
        'severity' as cut,
        severity as cut_value

    from cases
    where severity is not null
    union all
    select
        journey,
        case_id,
        'attributes.' || attribute as cut,
        attribute_value as cut_value

    from attribute_values
    where not is_changing
    union all
    select
        journey,
        case_id,
        'attributes.' || attribute as cut,
        attribute_value as cut_value

    from last_told

)

select * from case_cuts
