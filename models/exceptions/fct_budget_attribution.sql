{#-
    Cuts that are told and not judged. The rules on which bad cases were raised are those
    that a case lives to see, and a case that fails lives long; whether a rule foretells
    anything is what `fct_rule_evidence` asks. The sequence of events holds the very
    rework or end that made its case bad, and what came later.
-#}
{%- set told_cuts = ["variant", "rule"] -%}

with

error_budgets as (

    select * from {{ ref("fct_error_budgets") }}

),

cut_values_counted as (

    select * from {{ ref("int_cut_values_counted") }}

),

variants as (

    select * from {{ ref("dim_variants") }}

),

days as (

    select
        slo_id,
        cut,
        counted_date,
        cast(sum(bad_count) as double) as day_bad_count,
        cast(sum(good_count) as double) as day_good_count

    from cut_values_counted
    group by slo_id, cut, counted_date

),

cuts as (

    select
        slo_id,
        cut,
        count(*) as day_count,
        nullif(sum(day_bad_count), 0) as all_bad_count,
        nullif(sum(day_good_count), 0) as all_good_count,
        sum(day_bad_count * day_bad_count) as bad_bad_sum,
        sum(day_bad_count * day_good_count) as bad_good_sum,
        sum(day_good_count * day_good_count) as good_good_sum

    from days
    group by slo_id, cut

),

-- What has a value on a day, among the bad ones and among the good ones.
value_days as (

    select
        cut_values_counted.slo_id,
        cut_values_counted.journey,
        cut_values_counted.cut,
        cut_values_counted.cut_value,
        cut_values_counted.bad_count,
        cut_values_counted.good_count,
        cuts.all_bad_count,
        cuts.all_good_count,
        cut_values_counted.bad_count / cuts.all_bad_count
        - cut_values_counted.good_count / cuts.all_good_count as day_difference,
        days.day_bad_count / cuts.all_bad_count as day_bad_part,
        days.day_good_count / cuts.all_good_count as day_good_part

    from cut_values_counted
    inner join days
        on
            cut_values_counted.slo_id = days.slo_id
            and cut_values_counted.cut = days.cut
            and cut_values_counted.counted_date = days.counted_date
    inner join cuts
        on
            cut_values_counted.slo_id = cuts.slo_id
            and cut_values_counted.cut = cuts.cut

),

-- A case that fails early has no value yet of what comes late, so that to have none is
-- no cause: it is not among the values that are compared.
cut_values as (

    select
        slo_id,
        journey,
        cut,
        cut_value,
        cut not in ('{{ told_cuts | join("', '") }}')
        and cut_value <> '[none]' as is_compared,
        sum(bad_count) as bad_count,
        sum(good_count) as good_count,
        sum(bad_count) / max(all_bad_count) as bad_share,
        sum(good_count) / max(all_good_count) as good_share,
        sum(day_difference * day_difference) as difference_sum,
        sum(day_difference * day_bad_part) as bad_part_sum,
        sum(day_difference * day_good_part) as good_part_sum

    from value_days
    group by slo_id, journey, cut, cut_value

),

cuts_compared as (

    select
        slo_id,
        cut,
        count(*) as value_count,
        max(case when is_compared then 1 else 0 end) as is_compared

    from cut_values
    group by slo_id, cut

),

-- One-sided 95 % for all that an objective compares, since what is furthest out is
-- looked at (Bonferroni): each cut has the same part of the 5 %, and each of its values.
cuts_apportioned as (

    select
        slo_id,
        cut,
        0.05e0 / value_count
        / greatest(sum(is_compared) over (partition by slo_id), 1) as error_share

    from cuts_compared

),

-- Cases of one day fail together, and have much else in common. The variance of the
-- difference from what it sums up to on each day, over the variance that independent
-- cases would have: what is left of the counts is their number over that, as in Rao and
-- Scott (1992), A simple method for the analysis of clustered binary data, Biometrics
-- 48, 577-585. Of one day nobody knows it, and its cases are taken for independent.
clustered as (

    select
        cut_values.*,
        cuts.all_bad_count,
        cuts.all_good_count,
        {{ offpath.normal_quantile("(1 - cuts_apportioned.error_share)") }} as z,
        greatest(
            coalesce(
                (
                    cut_values.difference_sum
                    - 2 * cut_values.bad_share * cut_values.bad_part_sum
                    + 2 * cut_values.good_share * cut_values.good_part_sum
                    + power(cut_values.bad_share / cuts.all_bad_count, 2)
                    * cuts.bad_bad_sum
                    - 2 * cut_values.bad_share * cut_values.good_share
                    * cuts.bad_good_sum / (cuts.all_bad_count * cuts.all_good_count)
                    + power(cut_values.good_share / cuts.all_good_count, 2)
                    * cuts.good_good_sum
                )
                * cuts.day_count / nullif(cast(cuts.day_count as double) - 1, 0)
                / nullif(
                    cut_values.bad_share * (1 - cut_values.bad_share)
                    / cuts.all_bad_count
                    + cut_values.good_share * (1 - cut_values.good_share)
                    / cuts.all_good_count,
                    0
                ),
                1
            ),
            1
        ) as design_effect

    from cut_values
    inner join cuts
        on
            cut_values.slo_id = cuts.slo_id
            and cut_values.cut = cuts.cut
    inner join cuts_apportioned
        on
            cut_values.slo_id = cuts_apportioned.slo_id
            and cut_values.cut = cuts_apportioned.cut
    where cut_values.bad_count > 0

),

effective as (

    select
        *,
        bad_count / design_effect as bad_hits,
        all_bad_count / design_effect as bad_trials,
        good_count / design_effect as good_hits,
        all_good_count / design_effect as good_trials

    from clustered

),

bounded as (

    select
        *,
        {{ offpath.angular_lower("bad_hits", "bad_trials", "z") }} as bad_share_lower,
        {{ offpath.angular_upper("bad_hits", "bad_trials", "z") }} as bad_share_upper,
        {{ offpath.angular_lower("good_hits", "good_trials", "z") }}
            as good_share_lower,
        {{ offpath.angular_upper("good_hits", "good_trials", "z") }}
            as good_share_upper

    from effective

),

-- The interval of a difference of two shares from the intervals of each: Newcombe
-- (1998), Statistics in Medicine 17, 873-890, method 10, and for other intervals than
-- Wilson's Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.
spread as (

    select
        *,
        sqrt(
            power(bad_share - bad_share_lower, 2)
            + power(good_share_upper - good_share, 2)
        ) as share_below,
        sqrt(
            power(bad_share_upper - bad_share, 2)
            + power(good_share - good_share_lower, 2)
        ) as share_above

    from bounded

),

exceeded as (

    select
        *,
        {{ offpath.without_noise("all_bad_count * good_share") }}
            as expected_bad_count,
        {{ offpath.without_noise("bad_count - all_bad_count * good_share") }}
            as excess_count,
        {{ offpath.without_noise(
            "all_bad_count * (bad_share - good_share - share_below)"
        ) }} as excess_count_lower,
        {{ offpath.without_noise(
            "all_bad_count * (bad_share - good_share + share_above)"
        ) }} as excess_count_upper

    from spread

),

budget_attribution as (

    select
        exceeded.slo_id,
        exceeded.journey,
        exceeded.cut,
        exceeded.cut_value,
        coalesce(variants.variant, exceeded.cut_value) as cut_title,
        cast(exceeded.bad_count as bigint) as bad_count,
        exceeded.bad_share,
        exceeded.bad_count / nullif(cast(error_budgets.budget_cases as double), 0)
            as budget_share,
        cast(exceeded.good_count as bigint) as good_count,
        exceeded.good_share,
        exceeded.expected_bad_count,
        exceeded.excess_count,
        exceeded.excess_count_lower,
        exceeded.excess_count_upper,
        case when exceeded.is_compared then exceeded.excess_count_lower > 0 end
            as stands_out

    from exceeded
    inner join error_budgets
        on exceeded.slo_id = error_budgets.slo_id
    left join variants
        on
            exceeded.cut = 'variant'
            and exceeded.journey = variants.journey
            and exceeded.cut_value = variants.variant_id

)

select * from budget_attribution
