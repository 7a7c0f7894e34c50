{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
    meta={"moved_by_clock": "not is_abandoned"},
) }}

with

abandonments as (

    select * from {{ ref("abandonments") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}
    where
        journey in (select abandonments.journey from abandonments)
        and {{ offpath.is_due("journey", "case_id") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

last_numbers as (

    select
        journey,
        case_id,
        max(event_number) as event_number

    from case_events
    group by journey, case_id

),

-- An event of any name is a sign of life: one that comes after all takes the end back.
left_alone as (

    select
        case_events.journey,
        case_events.case_id,
        case_events.state_after as state,
        case_events.event_number,
        case_events.occurred_at as last_event_at,
        abandonments.abandoned_after_hours * 60 as abandoned_after_minutes,
        abandonments.ends_case_as,
        journeys.calendar

    from case_events
    inner join last_numbers
        on
            case_events.journey = last_numbers.journey
            and case_events.case_id = last_numbers.case_id
            and case_events.event_number = last_numbers.event_number
    inner join abandonments
        on
            case_events.journey = abandonments.journey
            and case_events.state_after = abandonments.state
    inner join journeys
        on case_events.journey = journeys.journey
    where case_events.status_after = 'open'

),

timed as (

    {{ offpath.business_time_added(
        "left_alone",
        "calendar_hours",
        "calendar_open_hours",
        "calendar",
        "last_event_at",
        "abandoned_after_minutes",
        "abandoned_at",
    ) }}

),

case_abandonments as (

    select
        journey,
        case_id,
        state,
        event_number,
        last_event_at,
        abandoned_at,
        ends_case_as,
        coalesce(abandoned_at <= {{ offpath.as_of() }}, false) as is_abandoned

    from timed

)

select * from case_abandonments
