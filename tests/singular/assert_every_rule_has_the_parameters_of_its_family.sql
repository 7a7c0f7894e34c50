{% set families = ["latency", "quality", "completeness", "conformance", "volume", "budget"] %}

with

rules as (

    select * from {{ ref("exception_rules") }}

),

parameters as (

    {% for family in families %}
    select
        rule_id,
        '{{ family }}' as family

    from {{ ref(family ~ "_rules") }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

violations as (

    select
        'seed exception_rules, row ' || rules.rule_id || ': no row in '
        || rules.family || '_rules' as message

    from rules
    left join parameters
        on
            rules.rule_id = parameters.rule_id
            and rules.family = parameters.family
    where parameters.rule_id is null and rules.family <> 'custom'
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
