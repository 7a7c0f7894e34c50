with

predictions_dated as (

    select * from {{ ref("int_predictions_dated") }}
    where target <> '[end]'

),

prediction_backtest as (

    select * from {{ ref("fct_prediction_backtest") }}
    where slice = 'all'

),

cases as (

    select * from {{ ref("fct_cases") }}

),

promise_predictions as (

    select
        predictions_dated.target as slo_id,
        predictions_dated.journey,
        predictions_dated.case_id,
        predictions_dated.predicted_at,
        predictions_dated.state,
        predictions_dated.deadline_at,
        predictions_dated.breach_probability,
        coalesce(prediction_backtest.breach_has_skill, false) as has_skill,
        predictions_dated.median_at as expected_at,
        predictions_dated.p10_at,
        predictions_dated.p90_at,
        cast(predictions_dated.support_count as bigint) as support_count,
        cast(predictions_dated.known_count as bigint) as known_count,
        cast(predictions_dated.late_count as bigint) as late_count,
        {{ offpath.likeness_named("predictions_dated.likeness_number", false) }}
            as alike_in,
        predictions_dated.reason,
        cases.value_amount,
        cast(cases.value_amount as double) * predictions_dated.breach_probability
            as value_at_stake

    from predictions_dated
    inner join cases
        on
            predictions_dated.journey = cases.journey
            and predictions_dated.case_id = cases.case_id
    left join prediction_backtest
        on
            predictions_dated.journey = prediction_backtest.journey
            and predictions_dated.target = prediction_backtest.target

)

select * from promise_predictions
