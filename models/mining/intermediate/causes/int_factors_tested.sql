with

factors_counted as (

    select * from {{ ref("int_factors_counted") }}

),

outcomes_numbered as (

    select * from {{ ref("int_outcomes_numbered") }}

),

factor_days as (

    select
        outcome_number,
        known_at,
        factor_kind,
        factor_value,
        from_date,
        cast(sum(case_count) as double) as with_count,
        cast(sum(bad_count) as double) as with_bad

    from factors_counted
    where factor_kind <> 'all'
    group by outcome_number, known_at, factor_kind, factor_value, from_date

),

days as (

    select
        outcome_number,
        known_at,
        from_date,
        cast(sum(case_count) as double) as day_count,
        cast(sum(bad_count) as double) as day_bad

    from factors_counted
    where factor_kind = 'all'
    group by outcome_number, known_at, from_date

),

totals as (

    select
        outcome_number,
        known_at,
        sum(day_count) as all_count,
        sum(day_bad) as all_bad

    from days
    group by outcome_number, known_at

),

supported as (

    select
        factor_days.outcome_number,
        factor_days.known_at,
        factor_days.factor_kind,
        factor_days.factor_value,
        sum(factor_days.with_count) as with_count,
        sum(factor_days.with_bad) as with_bad,
        max(totals.all_count) as all_count,
        max(totals.all_bad) as all_bad,
        row_number() over (
            partition by
                factor_days.outcome_number,
                factor_days.known_at,
                factor_days.factor_kind
            order by sum(factor_days.with_count) desc, factor_days.factor_value
        ) as support_rank

    from factor_days
    inner join totals
        on
            factor_days.outcome_number = totals.outcome_number
            and factor_days.known_at = totals.known_at
    group by
        factor_days.outcome_number,
        factor_days.known_at,
        factor_days.factor_kind,
        factor_days.factor_value
    having
        sum(factor_days.with_count) >= 20
        and max(totals.all_count) - sum(factor_days.with_count) >= 20

),

-- Few enough to be numbered: from here on a factor is its number.
asked as (

    select
        *,
        row_number() over (
            order by outcome_number, known_at, factor_kind, factor_value
        ) as factor_number

    from supported
    where support_rank <= 50

),

-- All cases of a weekday began on days of their own: weeks are compared.
asked_days as (

    select
        asked.factor_number,
        asked.outcome_number,
        asked.known_at,
        factor_days.from_date,
        case
            when asked.factor_kind = 'weekday_of_start' then 'week'
            else 'day'
        end as stratum_kind,
        case
            when asked.factor_kind = 'weekday_of_start'
                then cast(date_trunc('week', factor_days.from_date) as date)
            else factor_days.from_date
        end as stratum_date,
        factor_days.with_count,
        factor_days.with_bad

    from asked
    inner join factor_days
        on
            asked.outcome_number = factor_days.outcome_number
            and asked.known_at = factor_days.known_at
            and asked.factor_kind = factor_days.factor_kind
            and asked.factor_value = factor_days.factor_value

),

-- The days on which a case of the factor began and, of weekdays, all of their weeks.
factor_strata as (

    select distinct
        factor_number,
        outcome_number,
        known_at,
        stratum_kind,
        stratum_date

    from asked_days

),

strata_days as (

    select
        'day' as stratum_kind,
        outcome_number,
        known_at,
        from_date,
        from_date as stratum_date,
        day_count,
        day_bad

    from days
    union all
    select
        'week' as stratum_kind,
        outcome_number,
        known_at,
        from_date,
        cast(date_trunc('week', from_date) as date) as stratum_date,
        day_count,
        day_bad

    from days

),

-- With and without the factor, on each day of a stratum.
compared_days as (

    select
        factor_strata.factor_number,
        factor_strata.stratum_date,
        strata_days.from_date,
        coalesce(asked_days.with_count, 0) as with_count,
        coalesce(asked_days.with_bad, 0) as with_bad,
        strata_days.day_count,
        strata_days.day_bad

    from factor_strata
    inner join strata_days
        on
            factor_strata.outcome_number = strata_days.outcome_number
            and factor_strata.known_at = strata_days.known_at
            and factor_strata.stratum_kind = strata_days.stratum_kind
            and factor_strata.stratum_date = strata_days.stratum_date
    left join asked_days
        on
            factor_strata.factor_number = asked_days.factor_number
            and strata_days.from_date = asked_days.from_date

),

strata as (

    select
        factor_number,
        stratum_date,
        sum(with_count) as with_count,
        sum(with_bad) as with_bad,
        sum(day_count) - sum(with_count) as without_count,
        sum(day_bad) - sum(with_bad) as without_bad,
        sum(day_count) as all_count,
        sum(day_bad) as all_bad

    from compared_days
    group by factor_number, stratum_date
    having sum(with_count) > 0 and sum(day_count) > sum(with_count)

),

-- How many bad ones with the factor chance allows, and how much they vary, if as many
-- cases as have it are drawn of each stratum (hypergeometric).
expected as (

    select
        *,
        all_bad * with_count / all_count as expected_bad,
        case
            when all_count > 1
                then
                    with_count * without_count * all_bad * (all_count - all_bad)
                    / (all_count * all_count * (all_count - 1))
            else 0
        end as expected_variance

    from strata

),

-- The sums of Mantel and Haenszel, and the variance of Greenland and Robins.
summed as (

    select
        factor_number,
        sum(with_bad * without_count / all_count) as with_sum,
        sum(without_bad * with_count / all_count) as without_sum,
        sum(with_count * without_count / all_count) as compared_sum,
        sum(
            all_bad * with_count * without_count / (all_count * all_count)
            - with_bad * without_bad / all_count
        ) as variance_sum,
        sum(with_bad) as compared_bad,
        sum(all_bad) as compared_all_bad,
        sum(expected_bad) as expected_bad,
        sum(expected_variance) as expected_variance

    from expected
    group by factor_number

),

-- The risk without the factor in a stratum, if the ratio is the same in all.
based as (

    select
        expected.*,
        (summed.compared_bad - summed.expected_bad)
        / nullif(summed.expected_variance, 0) as excess,
        summed.with_sum / nullif(summed.without_sum, 0) as risk_ratio,
        expected.all_bad
        / nullif(
            expected.with_count * summed.with_sum / nullif(summed.without_sum, 0)
            + expected.without_count,
            0
        ) as without_risk

    from expected
    inner join summed
        on expected.factor_number = summed.factor_number

),

-- What the cases of a day add to the bad ones with the factor beyond what is expected,
-- how much of the variance they are, and what they add to the difference of the sums.
surprises as (

    select
        based.factor_number,
        based.excess,
        compared_days.with_bad
        - compared_days.with_count * based.all_bad / based.all_count
        - based.with_count
        / based.all_count
        * (
            compared_days.day_bad
            - compared_days.day_count * based.all_bad / based.all_count
        ) as bad_surprise,
        based.expected_variance
        * (
            compared_days.with_count * based.without_count / based.with_count
            + (compared_days.day_count - compared_days.with_count)
            * based.with_count
            / based.without_count
        )
        / based.all_count as day_variance,
        coalesce(
            based.without_count
            / based.all_count
            * (
                compared_days.with_bad
                - compared_days.with_count * based.risk_ratio * based.without_risk
            )
            - based.risk_ratio
            * based.with_count
            / based.all_count
            * (
                compared_days.day_bad
                - compared_days.with_bad
                - (compared_days.day_count - compared_days.with_count)
                * based.without_risk
            ),
            0
        ) as sum_surprise

    from based
    inner join compared_days
        on
            based.factor_number = compared_days.factor_number
            and based.stratum_date = compared_days.stratum_date

),

surprised as (

    select
        factor_number,
        {{ offpath.effective_days(
            "sum(day_variance)", "sum(day_variance * day_variance)"
        ) }} as effective_days,
        sum(power(bad_surprise - coalesce(excess * day_variance, 0), 2))
            as bad_surprise_square,
        sum(sum_surprise * sum_surprise) as sum_surprise_square

    from surprises
    group by factor_number

),

-- Of fewer than two days nobody knows how days differ.
known as (

    select
        *,
        effective_days / (effective_days - 1) as correction,
        effective_days - 1 as freedom

    from surprised
    where effective_days >= 2

),

-- Cases of one day fail together: the variance is the larger one.
varied as (

    select
        asked.outcome_number,
        outcomes_numbered.journey,
        outcomes_numbered.outcome,
        asked.known_at,
        asked.factor_kind,
        asked.factor_value,
        asked.with_count,
        asked.with_bad,
        asked.all_count,
        asked.all_bad,
        summed.with_sum,
        summed.without_sum,
        summed.compared_sum,
        greatest(
            summed.variance_sum,
            coalesce(
                known.sum_surprise_square
                * known.correction
                / nullif(summed.with_sum / nullif(summed.without_sum, 0), 0),
                0
            )
        ) as variance_sum,
        summed.compared_bad,
        summed.compared_all_bad,
        summed.expected_bad,
        greatest(
            summed.expected_variance,
            coalesce(known.bad_surprise_square * known.correction, 0)
        ) as bad_variance,
        known.freedom

    from asked
    inner join outcomes_numbered
        on asked.outcome_number = outcomes_numbered.outcome_number
    left join summed
        on asked.factor_number = summed.factor_number
    left join known
        on asked.factor_number = known.factor_number

),

-- Bad cases worth as many as a binomial count that varies as much, of which the exact
-- chance is known: few bad cases are skewed, and a normal one would find too much.
scaled as (

    select
        *,
        expected_bad / nullif(compared_all_bad, 0) as expected_share,
        bad_variance
        / nullif(expected_bad * (1 - expected_bad / nullif(compared_all_bad, 0)), 0)
            as design_effect

    from varied

),

deviating as (

    select
        *,
        case
            when freedom is null or design_effect is null then null
            when compared_bad >= expected_bad
                then
                    {{ offpath.binomial_excess(
                        "(compared_bad / design_effect)",
                        "(compared_all_bad / design_effect)",
                        "expected_share",
                    ) }}
            else
                {{ offpath.binomial_excess(
                    "((compared_all_bad - compared_bad) / design_effect)",
                    "(compared_all_bad / design_effect)",
                    "(1 - expected_share)",
                ) }}
        end as deviation

    from scaled

),

-- What Student's distribution of so many degrees of freedom has for it, turned into a
-- normal one as in Wallace (1959), Bounds on Normal Approximations to Student's and the
-- Chi-Square Distributions, Ann. Math. Statist. 30, 1121-1130.
normal as (

    select
        *,
        (8 * freedom + 1)
        / (8 * freedom + 3)
        * sqrt(freedom * ln(1 + power(greatest(deviation, 0), 2) / freedom)) as score

    from deviating

),

-- The tail of the normal distribution: Bryc (2002), A Uniform Approximation to the
-- Right Normal Tail Integral, Applied Mathematics and Computation 127, 365-374.
tested as (

    select
        *,
        {{ offpath.student_quantile(1.96, "freedom") }} as bound_z,
        least(
            1,
            2
            * (score * score + 5.575192695e0 * score + 12.77436324e0)
            / (
                2.506628275e0 * power(score, 3)
                + 14.38718147e0 * score * score
                + 31.53531977e0 * score
                + 25.548726e0
            )
            * exp(-score * score / 2)
        ) as noisy_p_value

    from normal

),

-- Two that differ by the order of a sum are the same.
valued as (

    select
        *,
        {{ offpath.without_noise("noisy_p_value") }} as p_value

    from tested

),

-- All that was asked of an outcome counts: Benjamini and Hochberg (1995), Controlling
-- the False Discovery Rate, J. R. Statist. Soc. B 57, 289-300.
ranked as (

    select
        *,
        row_number() over (
            partition by journey, outcome
            order by
                coalesce(p_value, 2), known_at, factor_kind, factor_value
        ) as p_rank,
        count(p_value) over (partition by journey, outcome) as asked_count

    from valued

),

adjusted as (

    select
        *,
        case
            when p_value is not null
                then
                    min(least(1, p_value * asked_count / p_rank)) over (
                        partition by journey, outcome
                        order by p_rank desc
                        rows between unbounded preceding and current row
                    )
        end as q_value

    from ranked

),

-- Whether a step happened is one question: it is told as what goes with more bad ones.
turned as (

    select
        *,
        factor_kind = 'step' and with_sum < without_sum as is_turned

    from adjusted

),

factors_tested as (

    select
        outcome_number,
        journey,
        outcome,
        known_at,
        factor_kind,
        factor_value,
        coalesce(is_turned, false) as is_turned,
        case when is_turned then all_count - with_count else with_count end
            as with_count,
        case when is_turned then all_bad - with_bad else with_bad end as with_bad,
        all_count,
        all_bad,
        case when is_turned then without_sum else with_sum end as with_sum,
        case when is_turned then with_sum else without_sum end as without_sum,
        compared_sum,
        variance_sum,
        bound_z,
        freedom,
        p_value,
        q_value

    from turned

)

select * from factors_tested
