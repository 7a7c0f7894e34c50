{{ config(materialized=offpath.view_or_table()) }}

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

last_told as (

    select * from {{ ref("int_declared_attributes") }}
    where is_last

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

    from last_told

)

select * from case_cuts
