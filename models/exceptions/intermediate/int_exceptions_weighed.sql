with

exceptions_detected as (

    select * from {{ ref("int_exceptions_detected") }}

),

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

cases as (

    select * from {{ ref("fct_cases") }}

),

rule_evidence as (

    select * from {{ ref("fct_rule_evidence") }}

),

valued as (

    select
        exceptions_detected.exception_id,
        exceptions_detected.journey,
        exception_rules.severity,
        rule_evidence.verdict as evidence_verdict,
        case
            when rule_evidence.verdict <> 'too few' then rule_evidence.precision_share
        end as risk_share,
        case
            when cases.value_amount is not null
                then cast(greatest(cases.value_amount, 0) as double)
        end as value_at_stake

    from exceptions_detected
    inner join exception_rules
        on exceptions_detected.rule_id = exception_rules.rule_id
    left join rule_evidence
        on exceptions_detected.rule_id = rule_evidence.rule_id
    left join cases
        on
            exceptions_detected.journey = cases.journey
            -- One expression a side, or the join compares each with each.
            and case
                when exceptions_detected.subject_type = 'case'
                    then exceptions_detected.subject_id
            end = cases.case_id

),

typical_values as (

    select
        journey,
        {{ offpath.median_of("value_at_stake") }} as typical_value

    from valued
    group by journey

),

exceptions_weighed as (

    select
        valued.exception_id,
        valued.evidence_verdict,
        valued.value_at_stake,
        valued.risk_share,
        coalesce(valued.value_at_stake, typical_values.typical_value, 1)
        * coalesce(
            valued.risk_share,
            case valued.severity
                when 'critical' then 1
                when 'high' then 0.5
                when 'medium' then 0.2
                else 0.05
            end
        ) as cost_at_risk

    from valued
    inner join typical_values
        on valued.journey = typical_values.journey

)

select * from exceptions_weighed
