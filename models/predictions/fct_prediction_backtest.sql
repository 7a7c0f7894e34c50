{#- A figure that was put to the test by fewer is not known to say anything. -#}
{%- set fewest = 100 -%}

with

predictions_judged as (

    select * from {{ ref("int_predictions_judged") }}

),

sliced as (

    select
        *,
        'all' as slice,
        '[all]' as slice_value

    from predictions_judged
    union all
    select
        *,
        'instant' as slice,
        cast(predicted_at as {{ dbt.type_string() }}) as slice_value

    from predictions_judged
    union all
    select
        *,
        'earliness' as slice,
        earliness as slice_value

    from predictions_judged

),

-- Among those of one probability the ranks are shared, for the order says nothing.
ranked as (

    select
        *,
        case
            when breach_probability is not null
                then
                    rank() over (
                        partition by journey, target, slice, slice_value
                        order by breach_probability nulls last
                    )
                    + (
                        count(*) over (
                            partition by
                                journey, target, slice, slice_value, breach_probability
                        )
                        - 1
                    )
                    / 2.0e0
        end as probability_rank,
        row_number() over (
            partition by journey, target, slice, slice_value, predicted_at
            order by breach_probability desc nulls last, asked_number asc
        ) as attention_rank

    from sliced

),

summed as (

    select
        journey,
        target,
        slice,
        slice_value,
        count(*) as asked_count,
        count(median_seconds) as told_count,
        sum(case when is_measured then 1 else 0 end) as measured_count,
        avg(case when is_measured then error_seconds end) as mean_absolute_error,
        avg(case when is_measured then global_error_seconds end) as global_error,
        avg(case when is_measured then state_error_seconds end) as state_error,
        count(is_by_median) as median_judged_count,
        avg(cast(is_by_median as double)) as median_coverage,
        count(is_in_band) as band_judged_count,
        avg(cast(is_in_band as double)) as band_coverage,
        count(is_breached) as breach_judged_count,
        cast(sum(is_breached) as double) as breach_count,
        avg(cast(is_breached as double)) as breach_share,
        {{ offpath.without_noise("avg(breach_probability)") }} as mean_probability,
        {{ offpath.without_noise(
            "avg((breach_probability - is_breached)"
            ~ " * (breach_probability - is_breached))"
        ) }} as brier_score,
        sum(case when is_breached = 1 then probability_rank end) as breach_rank_sum,
        avg(
            case
                when attention_rank <= attention_count then cast(is_breached as double)
            end
        ) as attention_precision

    from ranked
    group by journey, target, slice, slice_value

),

measured as (

    select
        *,
        1 - mean_absolute_error / nullif(global_error, 0) as skill_on_global_median,
        1 - mean_absolute_error / nullif(state_error, 0) as skill_on_state_median,
        1 - brier_score / nullif(breach_share * (1 - breach_share), 0) as brier_skill,
        (breach_rank_sum - breach_count * (breach_count + 1) / 2.0e0)
        / nullif(breach_count * (breach_judged_count - breach_count), 0) as auc

    from summed

),

prediction_backtest as (

    select
        journey,
        target,
        slice,
        slice_value,
        cast(asked_count as bigint) as asked_count,
        cast(told_count as bigint) as told_count,
        cast(measured_count as bigint) as measured_count,
        mean_absolute_error as mean_absolute_error_seconds,
        global_error as global_median_error_seconds,
        state_error as state_median_error_seconds,
        skill_on_global_median,
        skill_on_state_median,
        cast(median_judged_count as bigint) as median_judged_count,
        median_coverage,
        cast(band_judged_count as bigint) as band_judged_count,
        band_coverage,
        coalesce(measured_count >= {{ fewest }} and skill_on_global_median > 0, false)
            as time_has_skill,
        cast(breach_judged_count as bigint) as breach_judged_count,
        breach_share,
        mean_probability,
        brier_score,
        brier_skill,
        auc,
        attention_precision,
        coalesce(breach_judged_count >= {{ fewest }} and brier_skill > 0, false)
            as breach_has_skill

    from measured

)

select * from prediction_backtest
