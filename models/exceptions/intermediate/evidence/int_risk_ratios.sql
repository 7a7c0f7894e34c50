with

risk_set_changes as (

    select * from {{ ref("int_risk_set_changes") }}

),

aged as (

    select
        rule_id,
        span,
        severity,
        age_bin,
        sum(fired_count) as fired_count,
        sum(fired_bad_count) as fired_bad_count,
        sum(left_count) as left_count,
        sum(left_bad_count) as left_bad_count

    from risk_set_changes
    group by rule_id, span, severity, age_bin

),

-- The silent ones of an age are those that leave later.
risk_sets as (

    select
        rule_id,
        span,
        severity,
        age_bin,
        fired_count,
        fired_bad_count,
        coalesce(sum(left_count) over later, 0) as silent_count,
        coalesce(sum(left_bad_count) over later, 0) as silent_bad_count

    from aged

    window later as (
        partition by rule_id, span, severity
        order by age_bin desc
        rows between unbounded preceding and 1 preceding
    )

),

-- What a case counts in its risk set: one that fired as much as the silent ones are of
-- all in it, a silent one as much as those that fired are.
weighted as (

    select
        *,
        case when fired_count > 0 then silent_count / (fired_count + silent_count) end
            as fired_weight,
        case when fired_count > 0 then fired_count / (fired_count + silent_count) end
            as silent_weight

    from risk_sets

),

-- The sums of Mantel and Haenszel, and the variance of Greenland and Robins.
summed as (

    select
        rule_id,
        span,
        sum(fired_bad_count) as fired_bad_count,
        sum(fired_count) as fired_count,
        sum(fired_bad_count * fired_weight) as fired_sum,
        sum(silent_bad_count * silent_weight) as silent_sum,
        sum(
            (fired_bad_count + silent_bad_count) * fired_weight * silent_weight
            - fired_bad_count * silent_bad_count / (fired_count + silent_count)
        ) as variance_sum,
        sum(fired_count * silent_bad_count / silent_count) as comparable_bad_count

    from weighted
    where fired_count > 0 and silent_count > 0
    group by rule_id, span

),

-- The risk of the silent ones in a risk set, if the ratio is the same in all.
based as (

    select
        weighted.*,
        summed.fired_sum / nullif(summed.silent_sum, 0) as risk_ratio,
        (weighted.fired_bad_count + weighted.silent_bad_count)
        / nullif(
            weighted.fired_count * summed.fired_sum / nullif(summed.silent_sum, 0)
            + weighted.silent_count,
            0
        ) as silent_risk

    from weighted
    inner join summed
        on weighted.rule_id = summed.rule_id and weighted.span = summed.span

),

-- A silent case was in the risk sets of all ages at which it had not left.
reached as (

    select
        *,
        coalesce(sum(silent_weight) over younger, 0) as weight_so_far,
        coalesce(sum(silent_weight * silent_risk) over younger, 0) as expected_so_far

    from based

    window younger as (
        partition by rule_id, span, severity
        order by age_bin
        rows between unbounded preceding and 1 preceding
    )

),

-- What the cases that began on a day add to the difference of the sums, beyond what is
-- expected of them.
surprises as (

    select
        risk_set_changes.rule_id,
        risk_set_changes.span,
        risk_set_changes.from_date,
        sum(
            coalesce(
                (
                    risk_set_changes.fired_bad_count
                    - risk_set_changes.fired_count
                    * reached.risk_ratio
                    * reached.silent_risk
                )
                * reached.fired_weight,
                0
            )
            - reached.risk_ratio
            * (
                risk_set_changes.left_bad_count * reached.weight_so_far
                - risk_set_changes.left_count * reached.expected_so_far
            )
        ) as surprise

    from risk_set_changes
    inner join reached
        on
            risk_set_changes.rule_id = reached.rule_id
            and risk_set_changes.span = reached.span
            and risk_set_changes.severity = reached.severity
            and risk_set_changes.age_bin = reached.age_bin
    group by
        risk_set_changes.rule_id, risk_set_changes.span, risk_set_changes.from_date

),

surprised as (

    select
        rule_id,
        span,
        sum(surprise * surprise) * count(*) / nullif(count(*) - 1, 0) as surprise_square

    from surprises
    group by rule_id, span

),

-- Cases of one day fail together, and a silent one is compared at many ages: the
-- variance is the larger one.
risk_ratios as (

    select
        summed.rule_id,
        summed.span,
        summed.fired_count,
        summed.fired_bad_count,
        summed.comparable_bad_count / summed.fired_count as comparable_bad_share,
        summed.fired_sum,
        summed.silent_sum,
        summed.variance_sum,
        greatest(
            summed.variance_sum,
            coalesce(
                surprised.surprise_square
                / nullif(summed.fired_sum / nullif(summed.silent_sum, 0), 0),
                0
            )
        ) as clustered_variance_sum

    from summed
    left join surprised
        on summed.rule_id = surprised.rule_id and summed.span = surprised.span

)

select * from risk_ratios
