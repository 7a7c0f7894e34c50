{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
    meta={"moved_by_clock": "is_open"},
) }}

with

case_turns as (

    select * from {{ ref("int_case_turns") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

-- Events that stay in a state are one visit; an ending event without a state only leaves one.
moves as (

    select
        journey,
        case_id,
        enters_state as state,
        occurred_at as entered_at,
        ends_case_as is not null as ends_case,
        event_number,
        lead(occurred_at) over in_case as exited_at,
        count(enters_state) over (
            partition by journey, case_id
            order by event_number
            rows between unbounded preceding and current row
        ) as visit_number

    from case_turns
    where
        (enters_state is not null or ends_case_as is not null)
        and not is_staying

    window in_case as (partition by journey, case_id order by event_number)

),

visits as (

    select
        moves.journey,
        moves.case_id,
        moves.state,
        moves.visit_number,
        row_number() over (
            partition by moves.journey, moves.case_id, moves.state
            order by moves.visit_number
        ) as state_visit_number,
        moves.entered_at,
        moves.exited_at,
        journeys.calendar,
        moves.ends_case,
        moves.ends_case and moves.exited_at is null as is_final,
        case
            when moves.ends_case and moves.exited_at is null then null
            else coalesce(moves.exited_at, {{ offpath.as_of() }})
        end as measured_until

    from moves
    inner join journeys
        on moves.journey = journeys.journey
    where moves.state is not null

),

measured as (

    {{ offpath.business_seconds_between(
        "visits",
        "calendar_hours",
        "calendar",
        "entered_at",
        "measured_until",
        "business_seconds",
    ) }}

),

state_visits as (

    select
        journey,
        case_id,
        state,
        cast(visit_number as integer) as visit_number,
        cast(state_visit_number as integer) as state_visit_number,
        entered_at,
        exited_at,
        {{ offpath.seconds_between("entered_at", "measured_until") }}
            as elapsed_seconds,
        business_seconds,
        exited_at is null and not is_final as is_open,
        ends_case,
        is_final

    from measured

)

select * from state_visits
