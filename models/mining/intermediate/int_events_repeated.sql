{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

cases as (

    select
        journey,
        case_id,
        variant_id

    from {{ ref("fct_cases") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

repeating_events as (

    select * from {{ ref("int_variant_events") }}
    where event_count > 1

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

repeating_names as (

    select distinct
        journey,
        event_name

    from repeating_events

),

-- Numbers are sorted in less time than names.
names_numbered as (

    select
        journey,
        event_name,
        row_number() over (order by journey, event_name) as name_number

    from repeating_names

),

-- The names tell which events of which cases are sorted at all.
case_names as (

    select
        cases.journey,
        cases.case_id,
        repeating_events.event_name,
        names_numbered.name_number

    from cases
    inner join repeating_events
        on
            cases.journey = repeating_events.journey
            and cases.variant_id = repeating_events.variant_id
    inner join names_numbered
        on
            repeating_events.journey = names_numbered.journey
            and repeating_events.event_name = names_numbered.event_name

),

ordered as (

    select
        case_events.journey,
        case_events.case_id,
        case_events.event_name,
        case_events.event_number,
        case_events.occurred_at,
        case_events.actor,
        case_events.previous_event_name,
        -- It stays the same as long as the name follows itself.
        case_events.event_number - row_number() over of_name as run_number,
        lag(case_events.event_number) over of_name as previous_number,
        lag(case_events.occurred_at) over of_name as previous_occurred_at,
        lag(case_events.actor) over of_name as previous_actor,
        first_value(case_events.actor) over of_name as first_actor

    from {{ ref("fct_case_events") }} as case_events
    inner join case_names
        on
            case_events.journey = case_names.journey
            and case_events.case_id = case_names.case_id
            and case_events.event_name = case_names.event_name

    window
        of_name as (
            partition by case_names.name_number, case_events.case_id
            order by case_events.event_number
        )

),

-- A self-loop is by the actor before or by another, a repetition by the first one.
repeated as (

    select
        ordered.journey,
        ordered.case_id,
        ordered.event_name,
        ordered.event_number,
        ordered.previous_occurred_at,
        ordered.occurred_at,
        journeys.calendar,
        ordered.run_number,
        ordered.previous_number = ordered.event_number - 1 as is_self_loop,
        case
            when ordered.previous_number = ordered.event_number - 1
                then ordered.actor = ordered.previous_actor
            else ordered.actor = ordered.first_actor
        end as is_same_actor,
        case
            when ordered.previous_number = ordered.event_number - 2
                then ordered.previous_event_name
        end as via_event

    from ordered
    inner join journeys
        on ordered.journey = journeys.journey
    where ordered.previous_number is not null

),

measured as (

    {{ offpath.business_seconds_between(
        "repeated",
        "calendar_hours",
        "calendar",
        "previous_occurred_at",
        "occurred_at",
        "business_seconds",
    ) }}

),

events_repeated as (

    select
        journey,
        case_id,
        event_name,
        event_number,
        is_self_loop,
        run_number,
        is_same_actor,
        via_event,
        {{ offpath.seconds_between("previous_occurred_at", "occurred_at") }}
            as elapsed_seconds,
        business_seconds

    from measured

)

select * from events_repeated
