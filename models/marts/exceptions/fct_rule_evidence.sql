with

exceptions as (

    select * from {{ ref("fct_exceptions") }}

),

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}

),

-- Only what was raised before the verdict was settled can have foretold it.
tested as (

    select
        exception_rules.rule_id,
        exception_rules.slo_id,
        sli_cases.case_id,
        max(case when sli_cases.verdict = 'bad' then 1 else 0 end) as is_bad,
        max(case when exceptions.exception_id is not null then 1 else 0 end)
            as has_fired,
        max(
            {{ offpath.seconds_between(
                "exceptions.detected_at", "sli_cases.settled_at"
            ) }}
        ) as lead_seconds

    from exception_rules
    inner join sli_cases
        on
            exception_rules.slo_id = sli_cases.slo_id
            and sli_cases.verdict in ('good', 'bad')
            and not sli_cases.is_provisional
    left join exceptions
        on
            exception_rules.rule_id = exceptions.rule_id
            and exceptions.subject_type = 'case'
            and sli_cases.case_id = exceptions.subject_id
            and sli_cases.settled_at > exceptions.detected_at
    where exception_rules.family in ('latency', 'completeness', 'conformance')
    group by exception_rules.rule_id, exception_rules.slo_id, sli_cases.case_id

),

counted as (

    select
        rule_id,
        slo_id,
        sum(has_fired * is_bad) as fired_bad,
        sum(has_fired * (1 - is_bad)) as fired_good,
        sum((1 - has_fired) * is_bad) as silent_bad,
        sum((1 - has_fired) * (1 - is_bad)) as silent_good,
        {{ offpath.median_of("case when has_fired * is_bad = 1 then lead_seconds end") }}
            as median_lead_seconds

    from tested
    group by rule_id, slo_id

),

shared as (

    select
        *,
        cast(fired_bad as double) / nullif(fired_bad + fired_good, 0) as precision_share,
        cast(fired_bad as double) / nullif(fired_bad + silent_bad, 0) as recall_share,
        cast(fired_bad + silent_bad as double)
        / nullif(fired_bad + fired_good + silent_bad + silent_good, 0) as base_share

    from counted

),

-- A case of the usual risk is added to those that fired and to those that did not, which
-- keeps the ratio finite where a cell is empty and leans it towards no difference.
compared as (

    select
        *,
        case
            when fired_bad + fired_good > 0
                then
                    ((fired_bad + base_share) / (fired_bad + fired_good + 1.0))
                    / nullif(
                        (silent_bad + base_share) / (silent_bad + silent_good + 1.0), 0
                    )
        end as risk_ratio,
        sqrt(
            1.0 / nullif(fired_bad + base_share, 0)
            - 1.0 / (fired_bad + fired_good + 1.0)
            + 1.0 / nullif(silent_bad + base_share, 0)
            - 1.0 / (silent_bad + silent_good + 1.0)
        ) as log_standard_error

    from shared

),

rule_evidence as (

    select
        rule_id,
        slo_id,
        cast(fired_bad as bigint) as fired_bad_count,
        cast(fired_good as bigint) as fired_good_count,
        cast(silent_bad as bigint) as silent_bad_count,
        cast(silent_good as bigint) as silent_good_count,
        precision_share,
        recall_share,
        precision_share / nullif(base_share, 0) as lift,
        cast(risk_ratio as double) as risk_ratio,
        risk_ratio * exp(-{{ var("wilson_z") }} * log_standard_error)
            as risk_ratio_lower,
        risk_ratio * exp({{ var("wilson_z") }} * log_standard_error)
            as risk_ratio_upper,
        cast(median_lead_seconds as double) as median_lead_seconds,
        -- Two bad cases at the least, and a rule that adds less than a quarter to the
        -- risk foretells nothing worth a message.
        case
            when
                fired_bad >= 2
                and risk_ratio * exp(-{{ var("wilson_z") }} * log_standard_error) > 1
                then 'supported'
            when
                risk_ratio * exp({{ var("wilson_z") }} * log_standard_error) < 1.25
                then 'refuted'
            else 'too few'
        end as verdict

    from compared

)

select * from rule_evidence
