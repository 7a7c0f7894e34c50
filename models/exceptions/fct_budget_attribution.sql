{% set columns = offpath.contract_columns("event", "cut") %}

with

bad_cases as (

    select * from {{ ref("int_bad_cases") }}

),

bad_case_attributes as (

    select * from {{ ref("int_bad_case_attributes") }}

),

state_visits as (

    select * from {{ ref("int_state_visits") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}

),

cases as (

    select * from {{ ref("fct_cases") }}

),

exceptions as (

    select * from {{ ref("int_exceptions_detected") }}
    where subject_type = 'case'

),

-- The visit that took the most of the time until the case was bad comes first.
visits as (

    select
        bad_cases.slo_id,
        bad_cases.journey,
        bad_cases.case_id,
        state_visits.state,
        state_visits.entered_at,
        row_number() over (
            partition by bad_cases.slo_id, bad_cases.journey, bad_cases.case_id
            order by
                {{ offpath.seconds_between(
                    "greatest(state_visits.entered_at, bad_cases.from_at)",
                    "least(coalesce(state_visits.exited_at, bad_cases.bad_at),"
                    ~ " bad_cases.bad_at)",
                ) }} desc,
                state_visits.visit_number
        ) as length_rank

    from bad_cases
    inner join state_visits
        on
            bad_cases.journey = state_visits.journey
            and bad_cases.case_id = state_visits.case_id
            and bad_cases.bad_at > state_visits.entered_at
            and bad_cases.from_at < coalesce(state_visits.exited_at, bad_cases.bad_at)
    where not state_visits.is_final

),

lost as (

    select * from visits
    where length_rank = 1

),

-- Who, where and through what the case entered it, and whatever else is a cut: of the
-- events at the very instant, the last that entered the state, not what came of it.
entering_events as (

    select
        {%- for column in columns %}
        case_events.{{ column }},
        {%- endfor %}
        lost.slo_id,
        lost.journey,
        lost.case_id,
        lost.state,
        row_number() over (
            partition by lost.slo_id, lost.journey, lost.case_id
            order by case_events.event_number desc
        ) as entering_rank

    from lost
    inner join case_events
        on
            lost.journey = case_events.journey
            and lost.case_id = case_events.case_id
            and lost.entered_at = case_events.occurred_at
            and lost.state = case_events.enters_state
            and not case_events.is_staying

),

entered as (

    select * from entering_events
    where entering_rank = 1

),

-- Of two raised at once, the first by name.
raised as (

    select
        bad_cases.slo_id,
        bad_cases.case_id,
        exceptions.rule_id,
        row_number() over (
            partition by bad_cases.slo_id, bad_cases.case_id
            order by
                exceptions.detected_at,
                exceptions.rule_id,
                exceptions.exception_id
        ) as raised_rank

    from bad_cases
    inner join exceptions
        on
            bad_cases.journey = exceptions.journey
            and bad_cases.case_id = exceptions.subject_id
            and bad_cases.bad_at >= exceptions.detected_at

),

first_raised as (

    select * from raised
    where raised_rank = 1

),

described as (

    select
        bad_cases.slo_id,
        bad_cases.journey,
        bad_cases.bad_count,
        bad_cases.budget_cases,
        entered.state,
        cases.variant_id as variant,
        {%- for column in columns %}
        entered.{{ column }},
        {%- endfor %}
        first_raised.rule_id as rule

    from bad_cases
    inner join cases
        on bad_cases.journey = cases.journey and bad_cases.case_id = cases.case_id
    left join entered
        on
            bad_cases.slo_id = entered.slo_id
            and bad_cases.journey = entered.journey
            and bad_cases.case_id = entered.case_id
    left join first_raised
        on
            bad_cases.slo_id = first_raised.slo_id
            and bad_cases.case_id = first_raised.case_id

),

cut_values as (

    {% for cut in ["state", "variant"] + columns + ["rule"] %}
    select
        slo_id,
        journey,
        bad_count,
        budget_cases,
        '{{ cut }}' as cut,
        {{ cut }} as cut_value

    from described
    union all
    {% endfor %}
    select
        slo_id,
        journey,
        bad_count,
        budget_cases,
        'attributes.' || attribute as cut,
        attribute_value as cut_value

    from bad_case_attributes

),

budget_attribution as (

    select
        slo_id,
        journey,
        cut,
        coalesce(cut_value, '[none]') as cut_value,
        count(*) as bad_count,
        cast(count(*) as double) / max(bad_count) as bad_share,
        cast(count(*) as double) / nullif(max(budget_cases), 0) as budget_share

    from cut_values
    group by slo_id, journey, cut, coalesce(cut_value, '[none]')

)

select * from budget_attribution
