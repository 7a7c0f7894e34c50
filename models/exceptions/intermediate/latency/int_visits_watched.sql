{{ config(materialized="view") }}

with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

latency_rules as (

    select * from {{ ref("latency_rules") }}

),

state_visits as (

    select * from {{ ref("int_state_visits") }}
    -- The state that a case has ended in waits for nothing.
    where exited_at is not null or not is_final

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

watched as (

    select
        rules.rule_id,
        rules.journey,
        state_visits.case_id,
        state_visits.state,
        state_visits.visit_number,
        state_visits.entered_at,
        state_visits.exited_at,
        latency_rules.threshold_minutes,
        latency_rules.calendar,
        coalesce(state_visits.exited_at, {{ offpath.as_of() }}) as measured_until

    from rules
    inner join latency_rules
        on rules.rule_id = latency_rules.rule_id
    inner join state_visits
        on
            rules.journey = state_visits.journey
            and latency_rules.state = state_visits.state

),

visits_watched as (

    {{ offpath.business_seconds_between(
        "watched",
        "calendar_hours",
        "calendar",
        "entered_at",
        "measured_until",
        "waited_seconds",
    ) }}

)

select * from visits_watched
