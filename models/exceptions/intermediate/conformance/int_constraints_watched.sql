{{ config(materialized="view") }}

{% set templates = offpath.conformance_templates() %}

with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

conformance_rules as (

    select * from {{ ref("conformance_rules") }}

),

conformance_conditions as (

    select * from {{ ref("conformance_conditions") }}

),

ruled as (

    select
        rules.rule_id,
        rules.journey,
        conformance_rules.template,
        conformance_rules.activation_event,
        conformance_rules.target_event,
        conformance_rules.calendar,
        case
            when
                conformance_rules.template
                in ({{ offpath.templates_that("is_bounded") }})
                then conformance_rules.within_minutes
        end as within_minutes,
        conformance_conditions.condition_attribute,
        conformance_conditions.condition_value

    from rules
    inner join conformance_rules
        on rules.rule_id = conformance_rules.rule_id
    left join conformance_conditions
        on rules.rule_id = conformance_conditions.rule_id
    where conformance_rules.activation_event is not null

),

constraints_watched as (

    {% for ask_number in [1, 2] %}
    select
        rule_id,
        journey,
        template,
        {{ ask_number }} as ask_number,
        case template
            {%- for name, template in templates.items()
                if template.asks | length >= ask_number %}
            when '{{ name }}' then '{{ template.asks[ask_number - 1] }}'
            {%- endfor %}
        end as kind,
        calendar,
        {%- if ask_number == 1 %}
        activation_event,
        target_event,
        within_minutes,
        condition_attribute,
        condition_value

    from ruled
    union all
        {%- else %}
        target_event as activation_event,
        activation_event as target_event,
        cast(null as integer) as within_minutes,
        cast(null as {{ dbt.type_string() }}) as condition_attribute,
        cast(null as {{ dbt.type_string() }}) as condition_value

    from ruled
    -- What is asked of an event about itself is asked once.
    where
        activation_event <> target_event
        and template in (
            {%- for name, template in templates.items()
                if template.asks | length == 2 %}
            '{{ name }}'{{ "," if not loop.last }}
            {%- endfor %}
        )
        {%- endif %}
    {% endfor %}

)

select * from constraints_watched
