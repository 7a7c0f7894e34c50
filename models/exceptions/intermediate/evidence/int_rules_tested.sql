{% set about_others = [] %}
{% for name, family in offpath.exception_families().items() if family.subject != "case" %}
{% do about_others.append(name) %}
{% endfor %}

with

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

exceptions as (

    select * from {{ ref("int_exceptions_detected") }}

),

raised as (

    select
        rule_id,
        max(case when subject_type = 'case' then 1 else 0 end) as on_cases

    from exceptions
    group by rule_id

),

rules_tested as (

    select
        exception_rules.rule_id,
        exception_rules.slo_id,
        case
            when exception_rules.slo_id is null then 'no objective'
            when raised.on_cases = 0 then 'not about cases'
            when
                raised.on_cases is null
                and exception_rules.family in ('{{ about_others | join("', '") }}')
                then 'not about cases'
        end as untested_reason

    from exception_rules
    left join raised
        on exception_rules.rule_id = raised.rule_id

)

select * from rules_tested
