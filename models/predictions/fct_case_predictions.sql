with

predictions_dated as (

    select * from {{ ref("int_predictions_dated") }}
    where target = '[end]'

),

next_events_predicted as (

    select * from {{ ref("int_next_events_predicted") }}

),

slowest_states_predicted as (

    select * from {{ ref("int_slowest_states_predicted") }}

),

promise_predictions as (

    select * from {{ ref("fct_promise_predictions") }}

),

prediction_backtest as (

    select * from {{ ref("fct_prediction_backtest") }}
    where slice = 'all' and target = '[end]'

),

-- The promise that is likeliest to be broken.
ranked as (

    select
        *,
        row_number() over (
            partition by journey, case_id
            order by breach_probability desc, deadline_at asc, slo_id asc
        ) as danger_rank

    from promise_predictions
    where breach_probability is not null and has_skill

),

next_events as (

    select
        asked_number,
        {%- for rank in [1, 2, 3] %}
        max(case when likelihood_rank = {{ rank }} then next_event_name end)
            as event_{{ rank }},
        max(case when likelihood_rank = {{ rank }} then probability end)
            as probability_{{ rank }}{{ "," if not loop.last }}
        {%- endfor %}

    from next_events_predicted
    group by asked_number

),

case_predictions as (

    select
        predictions_dated.journey,
        predictions_dated.case_id,
        predictions_dated.predicted_at,
        predictions_dated.state,
        predictions_dated.median_at as expected_end_at,
        predictions_dated.p10_at as p10_end_at,
        predictions_dated.p90_at as p90_end_at,
        {%- for name, column in [
            ("remaining", "median"), ("p10_remaining", "p10"), ("p90_remaining", "p90")
        ] %}
        case
            when predictions_dated.{{ column }}_at is not null
                then
                    {{ offpath.seconds_between(
                        "predictions_dated.predicted_at",
                        "predictions_dated." ~ column ~ "_at",
                    ) }}
        end as {{ name }}_seconds,
        {%- endfor %}
        cast(predictions_dated.median_seconds as bigint) as remaining_business_seconds,
        coalesce(prediction_backtest.time_has_skill, false) as time_has_skill,
        cast(predictions_dated.support_count as bigint) as support_count,
        {{ offpath.likeness_named("predictions_dated.likeness_number", true) }}
            as alike_in,
        predictions_dated.reason,
        slowest_states_predicted.slowest_state,
        {%- for rank in [1, 2, 3] %}
        next_events.event_{{ rank }} as next_event_{{ rank }},
        next_events.probability_{{ rank }} as next_event_{{ rank }}_probability,
        {%- endfor %}
        ranked.slo_id as breach_slo_id,
        ranked.breach_probability,
        ranked.deadline_at as breach_deadline_at

    from predictions_dated
    left join next_events
        on predictions_dated.asked_number = next_events.asked_number
    left join slowest_states_predicted
        on predictions_dated.asked_number = slowest_states_predicted.asked_number
    left join ranked
        on
            predictions_dated.journey = ranked.journey
            and predictions_dated.case_id = ranked.case_id
            and ranked.danger_rank = 1
    left join prediction_backtest
        on predictions_dated.journey = prediction_backtest.journey

)

select * from case_predictions
