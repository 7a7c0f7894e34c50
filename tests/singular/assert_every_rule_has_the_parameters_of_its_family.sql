{% set families = offpath.exception_families() %}

with

rules as (

    select * from {{ ref("exception_rules") }}

),

parameters as (

    {% for name, family in families.items() if family.parameters %}
    select
        rule_id,
        '{{ name }}' as family

    from {{ ref(name ~ "_rules") }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

violations as (

    select
        'seed exception_rules, row ' || rule_id || ': family ''' || family
        || ''' is not one of {{ families.keys() | join(", ") }}; one of your own is named '
        || 'in var custom_exception_models' as message

    from rules
    where family not in ('{{ families.keys() | join("', '") }}')
    union all
    select
        'seed exception_rules, row ' || rules.rule_id || ': no row in '
        || rules.family || '_rules' as message

    from rules
    left join parameters
        on
            rules.rule_id = parameters.rule_id
            and rules.family = parameters.family
    where
        parameters.rule_id is null
        and rules.family in (
            {%- for name, family in families.items() if family.parameters %}
            '{{ name }}'{{ "," if not loop.last }}
            {%- endfor %}
        )
    union all
    select
        'seed ' || parameters.family || '_rules, row ' || parameters.rule_id
        || ': no rule of family ' || parameters.family || ' in exception_rules'
            as message

    from parameters
    left join rules
        on
            parameters.rule_id = rules.rule_id
            and parameters.family = rules.family
    where rules.rule_id is null

)

{{ offpath.named_violations("violations") }}
