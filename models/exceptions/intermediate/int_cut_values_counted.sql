{% set columns = offpath.contract_columns("event", "cut") %}

with

valid_cases as (

    select * from {{ ref("int_valid_cases") }}

),

valid_case_attributes as (

    select * from {{ ref("int_valid_case_attributes") }}

),

state_visits as (

    select * from {{ ref("int_state_visits") }}

),

-- The events twice, since DuckDB would keep a copy of all of what is read twice.
entering_events as (

    select * from {{ ref("fct_case_events") }}
    where enters_state is not null and not is_staying

),

rework_events as (

    select * from {{ ref("fct_case_events") }}
    where is_rework and enters_state is not null and not is_staying

),

cases as (

    select * from {{ ref("fct_cases") }}

),

exceptions as (

    select * from {{ ref("int_exceptions_detected") }}
    where subject_type = 'case'

),

reworked_visits as (

    select distinct
        journey,
        case_id,
        enters_state as state,
        occurred_at as entered_at

    from rework_events

),

-- The visit that took the most of the time until then comes first. A case is in some
-- states only because it has ended or, where rework is what makes it bad, because it was
-- reworked: there no time was lost.
visits as (

    select
        valid_cases.slo_id,
        valid_cases.journey,
        valid_cases.case_id,
        state_visits.state,
        state_visits.entered_at,
        row_number() over (
            partition by
                valid_cases.slo_id, valid_cases.journey, valid_cases.case_id
            order by
                {{ offpath.seconds_between(
                    "greatest(state_visits.entered_at, valid_cases.from_at)",
                    "least(coalesce("
                    ~ "state_visits.exited_at, valid_cases.described_until_at"
                    ~ "), valid_cases.described_until_at)",
                ) }} desc,
                state_visits.visit_number
        ) as length_rank

    from valid_cases
    inner join state_visits
        on
            valid_cases.journey = state_visits.journey
            and valid_cases.case_id = state_visits.case_id
            and valid_cases.described_until_at > state_visits.entered_at
            and valid_cases.from_at
            < coalesce(state_visits.exited_at, valid_cases.described_until_at)
    left join reworked_visits
        on
            state_visits.journey = reworked_visits.journey
            and state_visits.case_id = reworked_visits.case_id
            and state_visits.state = reworked_visits.state
            and state_visits.entered_at = reworked_visits.entered_at
    where
        not state_visits.ends_case
        and not (
            valid_cases.is_against_rework and reworked_visits.case_id is not null
        )

),

lost as (

    select * from visits
    where length_rank = 1

),

-- Who, where and through what the case entered it, and whatever else is a cut: of the
-- events at the very instant, the last that entered the state, not what came of it.
entering as (

    select
        {%- for column in columns %}
        entering_events.{{ column }},
        {%- endfor %}
        lost.slo_id,
        lost.journey,
        lost.case_id,
        lost.state,
        row_number() over (
            partition by lost.slo_id, lost.journey, lost.case_id
            order by entering_events.event_number desc
        ) as entering_rank

    from lost
    inner join entering_events
        on
            lost.journey = entering_events.journey
            and lost.case_id = entering_events.case_id
            and lost.entered_at = entering_events.occurred_at
            and lost.state = entering_events.enters_state

),

entered as (

    select * from entering
    where entering_rank = 1

),

-- Of two raised at once, the first by name.
raised as (

    select
        valid_cases.slo_id,
        valid_cases.case_id,
        exceptions.rule_id,
        row_number() over (
            partition by valid_cases.slo_id, valid_cases.case_id
            order by
                exceptions.detected_at,
                exceptions.rule_id,
                exceptions.exception_id
        ) as raised_rank

    from valid_cases
    inner join exceptions
        on
            valid_cases.journey = exceptions.journey
            and valid_cases.case_id = exceptions.subject_id
            and valid_cases.described_until_at >= exceptions.detected_at

),

first_raised as (

    select * from raised
    where raised_rank = 1

),

described as (

    select
        valid_cases.slo_id,
        valid_cases.journey,
        valid_cases.is_bad,
        valid_cases.counted_date,
        entered.state,
        cases.variant_id as variant,
        {%- for column in columns %}
        entered.{{ column }},
        {%- endfor %}
        first_raised.rule_id as rule

    from valid_cases
    inner join cases
        on
            valid_cases.journey = cases.journey
            and valid_cases.case_id = cases.case_id
    left join entered
        on
            valid_cases.slo_id = entered.slo_id
            and valid_cases.journey = entered.journey
            and valid_cases.case_id = entered.case_id
    left join first_raised
        on
            valid_cases.slo_id = first_raised.slo_id
            and valid_cases.case_id = first_raised.case_id

),

cut_values_counted as (

    {% for cut in ["state", "variant"] + columns + ["rule"] %}
    select
        slo_id,
        journey,
        '{{ cut }}' as cut,
        coalesce({{ cut }}, '[none]') as cut_value,
        counted_date,
        sum(case when is_bad then 1 else 0 end) as bad_count,
        sum(case when is_bad then 0 else 1 end) as good_count

    from described
    group by slo_id, journey, coalesce({{ cut }}, '[none]'), counted_date
    union all
    {% endfor %}
    select
        slo_id,
        journey,
        'attributes.' || attribute as cut,
        coalesce(attribute_value, '[none]') as cut_value,
        counted_date,
        sum(case when is_bad then 1 else 0 end) as bad_count,
        sum(case when is_bad then 0 else 1 end) as good_count

    from valid_case_attributes
    group by
        slo_id,
        journey,
        attribute,
        coalesce(attribute_value, '[none]'),
        counted_date

)

select * from cut_values_counted
