{#-
    Fewer are no test; and what is a little better in so many is better by luck, so that
    the mean of what is gained case by case has to be above its standard error.
-#}
{%- set fewest = 100 -%}
{#- What was told, and what could have been told of every case, or of every state. -#}
{%- set tellings = {
    "error": "sliced.median_told_seconds",
    "global_error": "sliced.global_median_told_seconds",
    "state_error": "coalesce(sliced.state_median_told_seconds,"
    ~ " sliced.global_median_told_seconds)",
    "constant_error": "least(constants.constant_seconds, sliced.watched_seconds)",
} -%}

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

-- The best that one figure for all could have said, had it known what came.
constants as (

    select
        journey,
        target,
        slice,
        slice_value,
        {{ offpath.median_of("case when median_told_seconds is not null then came_seconds end") }}
            as constant_seconds,
        avg(cast(is_breached as double)) as breach_share

    from sliced
    group by journey, target, slice, slice_value

),

-- Among those of one probability the ranks are shared, for the order says nothing.
ranked as (

    select
        sliced.*,
        constants.breach_share,
        {%- for name, told in tellings.items() %}
        case
            when sliced.median_told_seconds is not null
                then abs(sliced.came_seconds - {{ told }})
        end as {{ name }}_seconds,
        {%- endfor %}
        case
            when sliced.breach_probability is not null
                then
                    rank() over (
                        partition by
                            sliced.journey,
                            sliced.target,
                            sliced.slice,
                            sliced.slice_value
                        order by sliced.breach_probability nulls last
                    )
                    + (
                        count(*) over (
                            partition by
                                sliced.journey,
                                sliced.target,
                                sliced.slice,
                                sliced.slice_value,
                                sliced.breach_probability
                        )
                        - 1
                    )
                    / 2.0e0
        end as probability_rank,
        row_number() over (
            partition by
                sliced.journey,
                sliced.target,
                sliced.slice,
                sliced.slice_value,
                sliced.predicted_at
            order by sliced.told_probability desc nulls last, sliced.asked_number asc
        ) as attention_rank

    from sliced
    inner join constants
        on
            sliced.journey = constants.journey
            and sliced.target = constants.target
            and sliced.slice = constants.slice
            and sliced.slice_value = constants.slice_value

),

scored as (

    select
        *,
        constant_error_seconds - error_seconds as seconds_gained,
        (breach_probability - is_breached) * (breach_probability - is_breached)
            as square_error,
        (breach_share - is_breached) * (breach_share - is_breached)
        - (breach_probability - is_breached) * (breach_probability - is_breached)
            as square_gained

    from ranked

),

summed as (

    select
        journey,
        target,
        slice,
        slice_value,
        count(*) as asked_count,
        count(median_seconds) as told_count,
        count(error_seconds) as measured_count,
        {%- for name in tellings %}
        {{ offpath.without_noise("avg(" ~ name ~ "_seconds)") }} as {{ name }},
        {%- endfor %}
        avg(seconds_gained) as mean_gained,
        stddev_samp(seconds_gained) as deviation_gained,
        count(is_by_median) as median_judged_count,
        avg(cast(is_by_median as double)) as median_coverage,
        count(is_in_band) as band_judged_count,
        avg(cast(is_in_band as double)) as band_coverage,
        count(is_breached) as breach_judged_count,
        cast(sum(is_breached) as double) as breach_count,
        min(breach_share) as breach_share,
        {{ offpath.without_noise("avg(breach_probability)") }} as mean_probability,
        {{ offpath.without_noise("avg(square_error)") }} as brier_score,
        avg(square_gained) as mean_square_gained,
        stddev_samp(square_gained) as deviation_square_gained,
        sum(case when is_breached = 1 then probability_rank end) as breach_rank_sum,
        avg(
            case
                when attention_rank <= attention_count and slice <> 'earliness'
                    then cast(is_breached as double)
            end
        ) as attention_precision

    from scored
    group by journey, target, slice, slice_value

),

measured as (

    select
        *,
        1 - error / nullif(global_error, 0) as skill_on_global_median,
        1 - error / nullif(state_error, 0) as skill_on_state_median,
        1 - error / nullif(constant_error, 0) as skill_on_best_constant,
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
        error as mean_absolute_error_seconds,
        global_error as global_median_error_seconds,
        state_error as state_median_error_seconds,
        constant_error as best_constant_error_seconds,
        skill_on_global_median,
        skill_on_state_median,
        skill_on_best_constant,
        cast(median_judged_count as bigint) as median_judged_count,
        median_coverage,
        cast(band_judged_count as bigint) as band_judged_count,
        band_coverage,
        coalesce(
            measured_count >= {{ fewest }}
            and mean_gained
            > {{ var("wilson_z") }} * deviation_gained / sqrt(measured_count),
            false
        ) as time_has_skill,
        cast(breach_judged_count as bigint) as breach_judged_count,
        breach_share,
        mean_probability,
        brier_score,
        brier_skill,
        auc,
        attention_precision,
        coalesce(
            breach_judged_count >= {{ fewest }}
            and mean_square_gained
            > {{ var("wilson_z") }}
            * deviation_square_gained
            / sqrt(breach_judged_count),
            false
        ) as breach_has_skill

    from measured

)

select * from prediction_backtest
