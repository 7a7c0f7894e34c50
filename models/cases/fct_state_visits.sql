{{ config(materialized=offpath.view_or_table()) }}

with

state_visits as (

    select * from {{ ref("int_state_visits") }}

),

states_watched as (

    select * from {{ ref("int_states_watched") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

watched as (

    select
        state_visits.*,
        states_watched.rule_id,
        states_watched.calendar as rule_calendar,
        states_watched.threshold_minutes,
        -- Where no rule watches, and where nothing waits, no clock runs.
        case
            when states_watched.rule_id is not null and not state_visits.is_final
                then coalesce(state_visits.exited_at, {{ offpath.as_of() }})
        end as rule_clock_until

    from state_visits
    left join states_watched
        on
            state_visits.journey = states_watched.journey
            and state_visits.state = states_watched.state

),

measured as (

    {{ offpath.business_seconds_between(
        "watched",
        "calendar_hours",
        "rule_calendar",
        "entered_at",
        "rule_clock_until",
        "rule_seconds",
    ) }}

),

visits as (

    select
        journey,
        case_id,
        state,
        visit_number,
        state_visit_number,
        entered_at,
        exited_at,
        elapsed_seconds,
        business_seconds,
        rule_id,
        rule_seconds,
        cast(threshold_minutes as bigint) * 60 as threshold_seconds,
        is_open,
        ends_case,
        is_final

    from measured

)

select * from visits
