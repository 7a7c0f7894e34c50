{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

journeys as (

    select * from {{ ref("journeys") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

dated as (

    {{ offpath.local_date_added(
        ref("fct_case_events"), "journey_timezones", "occurred_at", "occurred_date"
    ) }}

),

steps as (

    select
        dated.journey,
        dated.case_id,
        dated.event_number,
        dated.previous_event_name,
        dated.event_name,
        dated.occurred_date,
        dated.occurred_at,
        dated.seconds_since_previous,
        {{ offpath.add_seconds(
            "dated.occurred_at", "-dated.seconds_since_previous"
        ) }} as previous_occurred_at,
        journeys.calendar

    from dated
    inner join journeys
        on dated.journey = journeys.journey
    where {{ offpath.is_due("dated.journey", "dated.case_id") }}

),

measured as (

    {{ offpath.business_seconds_between(
        "steps",
        "calendar_hours",
        "calendar",
        "previous_occurred_at",
        "occurred_at",
        "business_seconds",
    ) }}

),

transitions_timed as (

    select
        journey,
        case_id,
        event_number,
        coalesce(previous_event_name, '[start]') as from_event,
        event_name as to_event,
        cast(date_trunc('week', occurred_date) as date) as week_date,
        seconds_since_previous as elapsed_seconds,
        business_seconds

    from measured

)

select * from transitions_timed
