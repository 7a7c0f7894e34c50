with

exceptions as (

    select * from {{ ref("int_exceptions_detected") }}

),

tested as (

    select * from {{ ref("int_rules_tested") }}
    where untested_reason is null

),

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}

),

settled as (

    select
        slo_id,
        case_id,
        settled_at,
        case when verdict = 'bad' then 1 else 0 end as is_bad

    from sli_cases
    where verdict in ('good', 'bad') and not is_provisional

),

known as (

    select
        slo_id,
        sum(is_bad) as bad_count,
        count(*) as case_count

    from settled
    group by slo_id

),

-- Only what was raised before the verdict was settled can have foretold it.
fired as (

    select
        tested.rule_id,
        settled.case_id,
        max(settled.is_bad) as is_bad,
        max(
            {{ offpath.seconds_between("exceptions.detected_at", "settled.settled_at") }}
        ) as lead_seconds

    from tested
    inner join exceptions
        on tested.rule_id = exceptions.rule_id and exceptions.subject_type = 'case'
    inner join settled
        on
            tested.slo_id = settled.slo_id
            and exceptions.subject_id = settled.case_id
            and exceptions.detected_at < settled.settled_at
    group by tested.rule_id, settled.case_id

),

fired_counted as (

    select
        rule_id,
        sum(is_bad) as fired_bad,
        count(*) - sum(is_bad) as fired_good,
        {{ offpath.median_of("case when is_bad = 1 then lead_seconds end") }}
            as median_lead_seconds

    from fired
    group by rule_id

),

counted as (

    select
        tested.rule_id,
        tested.slo_id,
        coalesce(fired_counted.fired_bad, 0) as fired_bad,
        coalesce(fired_counted.fired_good, 0) as fired_good,
        known.bad_count - coalesce(fired_counted.fired_bad, 0) as silent_bad,
        known.case_count
        - known.bad_count
        - coalesce(fired_counted.fired_good, 0) as silent_good,
        fired_counted.median_lead_seconds

    from tested
    inner join known
        on tested.slo_id = known.slo_id
    left join fired_counted
        on tested.rule_id = fired_counted.rule_id

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
                    ((fired_bad + base_share) / (fired_bad + fired_good + 1.0e0))
                    / nullif(
                        (silent_bad + base_share) / (silent_bad + silent_good + 1.0e0), 0
                    )
        end as risk_ratio,
        sqrt(
            1.0e0 / nullif(fired_bad + base_share, 0)
            - 1.0e0 / (fired_bad + fired_good + 1.0e0)
            + 1.0e0 / nullif(silent_bad + base_share, 0)
            - 1.0e0 / (silent_bad + silent_good + 1.0e0)
        ) as log_standard_error,
        {{ offpath.wilson_upper("fired_bad", "(fired_bad + fired_good)") }}
            as precision_upper,
        {{ offpath.wilson_lower("silent_bad", "(silent_bad + silent_good)") }}
            as silent_share_lower

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
        -- risk foretells nothing worth a message. The bound of the ratio alone would
        -- widen the fewer bad cases fired, and never refute a rule without one.
        case
            when
                fired_bad >= 2
                and risk_ratio * exp(-{{ var("wilson_z") }} * log_standard_error) > 1
                then 'supported'
            when
                precision_upper < 1.25 * silent_share_lower
                or risk_ratio * exp({{ var("wilson_z") }} * log_standard_error) < 1.25
                then 'refuted'
            else 'too few'
        end as verdict

    from compared

)

select * from rule_evidence
