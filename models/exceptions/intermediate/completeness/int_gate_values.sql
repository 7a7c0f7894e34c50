with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

completeness_rules as (

    select * from {{ ref("completeness_rules") }}

),

gate_passages as (

    select * from {{ ref("int_gate_passages") }}

),

watched as (

    select
        rules.rule_id,
        completeness_rules.expectation,
        completeness_rules.arguments

    from rules
    inner join completeness_rules
        on rules.rule_id = completeness_rules.rule_id
    where rules.family = 'completeness'

),

passed as (

    select distinct
        rule_id,
        judged_value

    from gate_passages

),

-- A rule is tried on no value at all too, so that its arguments are known to be sound.
asked as (

    select
        watched.*,
        passed.judged_value,
        false as is_trial

    from watched
    inner join passed
        on watched.rule_id = passed.rule_id
    union all
    select
        watched.*,
        cast(null as {{ dbt.type_string() }}) as judged_value,
        true as is_trial

    from watched

),

gate_values as (

    select
        {{ offpath.hash_id(
            ["rule_id", "expectation", "arguments", "judged_value", "is_trial"]
        ) }} as value_key,
        rule_id,
        expectation,
        arguments,
        judged_value,
        is_trial

    from asked

)

select * from gate_values
