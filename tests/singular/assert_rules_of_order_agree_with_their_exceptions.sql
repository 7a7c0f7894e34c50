-- A case whose exception nothing mended has broken its rule for good, unless it has been
-- opened again since, and may still do what it had ended without; what is broken
-- for good without a bound has an exception; who leaves the reference path by a step has
-- broken the rule that asks to stay on it.
with

case_constraints as (

    select * from {{ ref("fct_case_constraints") }}

),

conformance_rules as (

    select * from {{ ref("conformance_rules") }}

),

conformance_exceptions as (

    select
        rule_id,
        subject_id as case_id,
        max(case when clear_reason = 'mended' then 0 else 1 end) = 1 as is_lasting

    from {{ ref("int_conformance_exceptions") }}
    group by rule_id, subject_id

),

case_conformance as (

    select * from {{ ref("fct_case_conformance") }}

),

cases as (

    select * from {{ ref("fct_cases") }}

),

disagreeing as (

    select
        case_constraints.rule_id,
        case_constraints.case_id,
        case_constraints.state

    from case_constraints
    inner join conformance_rules
        on case_constraints.rule_id = conformance_rules.rule_id
    inner join case_conformance
        on
            case_constraints.journey = case_conformance.journey
            and case_constraints.case_id = case_conformance.case_id
    inner join cases
        on
            case_constraints.journey = cases.journey
            and case_constraints.case_id = cases.case_id
    left join conformance_exceptions
        on
            case_constraints.rule_id = conformance_exceptions.rule_id
            and case_constraints.case_id = conformance_exceptions.case_id
    where
        (
            case_constraints.state <> 'violated'
            and conformance_exceptions.is_lasting
            and cases.reopening_count = 0
        )
        or (
            case_constraints.state = 'violated'
            and conformance_rules.within_minutes is null
            and conformance_exceptions.rule_id is null
        )
        or (
            conformance_rules.template = 'reference_path'
            and (case_constraints.state = 'violated')
            <> coalesce(case_conformance.first_deviation_to <> '[end]', false)
        )

)

select * from disagreeing
