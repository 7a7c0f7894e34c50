with

exceptions as (

    select * from {{ ref("int_exceptions_detected") }}
    where subject_type = 'case'

),

rules_tested as (

    select * from {{ ref("int_rules_tested") }}
    where untested_reason is null

),

cases_settled as (

    select * from {{ ref("int_cases_settled") }}

),

-- Only what was raised before the verdict was settled can have foretold it.
fired as (

    select
        rules_tested.rule_id,
        rules_tested.slo_id,
        exceptions.subject_id as case_id,
        min(exceptions.detected_at) as fired_at

    from rules_tested
    inner join exceptions
        on rules_tested.rule_id = exceptions.rule_id
    inner join cases_settled
        on
            rules_tested.slo_id = cases_settled.slo_id
            and exceptions.subject_id = cases_settled.case_id
            and exceptions.detected_at < cases_settled.settled_at
    group by rules_tested.rule_id, rules_tested.slo_id, exceptions.subject_id

),

rule_firings as (

    select
        fired.rule_id,
        cases_settled.*,
        fired.fired_at,
        {{ offpath.age_bin(
            offpath.seconds_between("cases_settled.from_at", "fired.fired_at")
        ) }} as fired_bin

    from fired
    inner join cases_settled
        on
            fired.slo_id = cases_settled.slo_id
            and fired.case_id = cases_settled.case_id

)

select * from rule_firings
