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

case_versions as (

    select * from {{ ref("int_case_versions") }}

),

rule_evidence as (

    select * from {{ ref("fct_rule_evidence") }}

),

-- The value is the one that was known while the exception was open.
known as (

    select
        exceptions_detected.exception_id,
        exceptions_detected.journey,
        exceptions_detected.rule_id,
        case
            when case_versions.case_id is null then cases.value_amount
            else case_versions.value_amount
        end as value_amount

    from exceptions_detected
    left join cases
        on
            exceptions_detected.journey = cases.journey
            -- One expression a side, or the join compares each with each.
            and case
                when exceptions_detected.subject_type = 'case'
                    then exceptions_detected.subject_id
            end = cases.case_id
    left join case_versions
        on
            cases.journey = case_versions.journey
            and cases.case_id = case_versions.case_id
            and exceptions_detected.cleared_at >= case_versions.known_from
            and exceptions_detected.cleared_at < case_versions.known_until

),

valued as (

    select
        known.exception_id,
        known.journey,
        exception_rules.severity,
        rule_evidence.verdict as evidence_verdict,
        case
            when rule_evidence.verdict <> 'too few' then rule_evidence.precision_share
        end as risk_share,
        case
            when known.value_amount is not null
                then cast(greatest(known.value_amount, 0) as double)
        end as value_at_stake

    from known
    inner join exception_rules
        on known.rule_id = exception_rules.rule_id
    left join rule_evidence
        on known.rule_id = rule_evidence.rule_id

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
