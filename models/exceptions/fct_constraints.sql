with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

conformance_rules as (

    select * from {{ ref("conformance_rules") }}

),

case_constraints as (

    select * from {{ ref("fct_case_constraints") }}

),

counted as (

    select
        rule_id,
        count(*) as case_count,
        sum(case when state <> 'not_activated' then 1 else 0 end) as activated_count,
        {%- for state in ["satisfied", "violated", "violated_for_now"] %}
        sum(case when state = '{{ state }}' then 1 else 0 end) as {{ state }}_count,
        {%- endfor %}
        sum(activation_count) as activation_count,
        sum(violation_count) as violation_count,
        min(case when state = 'violated' then case_id end) as example_case_id

    from case_constraints
    group by rule_id

),

constraints as (

    select
        rules.rule_id,
        rules.journey,
        conformance_rules.template,
        conformance_rules.activation_event,
        conformance_rules.target_event,
        {%- for column in [
            "case_count",
            "activated_count",
            "satisfied_count",
            "violated_count",
            "violated_for_now_count",
            "activation_count",
            "violation_count",
        ] %}
        cast(coalesce(counted.{{ column }}, 0) as bigint) as {{ column }},
        {%- endfor %}
        cast(counted.activated_count as double) / nullif(counted.case_count, 0)
            as support,
        cast(counted.satisfied_count as double)
        / nullif(counted.satisfied_count + counted.violated_count, 0)
            as confidence,
        counted.example_case_id

    from rules
    inner join conformance_rules
        on rules.rule_id = conformance_rules.rule_id
    left join counted
        on rules.rule_id = counted.rule_id

)

select * from constraints
