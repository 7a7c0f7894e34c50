with

case_events as (

    select * from {{ ref("fct_case_events") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

-- Repeats of a state are one visit; an ending event without a state only leaves one.
moves as (

    select
        journey,
        case_id,
        enters_state as state,
        occurred_at as entered_at,
        ends_case_as is not null as ends_case,
        event_number,
        lead(occurred_at) over (
            partition by journey, case_id
            order by event_number
        ) as exited_at

    from case_events
    where
        (enters_state is not null or ends_case_as is not null)
        and not is_repeat

),

visits as (

    select
        moves.journey,
        moves.case_id,
        moves.state,
        moves.entered_at,
        moves.exited_at,
        moves.event_number,
        journeys.calendar,
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
        "visits", "calendar", "entered_at", "measured_until", "business_seconds"
    ) }}

),

state_visits as (

    select
        journey,
        case_id,
        state,
        cast(row_number() over in_case as integer) as visit_number,
        cast(row_number() over in_state as integer) as state_visit_number,
        entered_at,
        exited_at,
        {{ offpath.seconds_between("entered_at", "measured_until") }}
            as elapsed_seconds,
        business_seconds,
        exited_at is null and not is_final as is_open,
        is_final

    from measured

    window
        in_case as (partition by journey, case_id order by event_number),
        in_state as (partition by journey, case_id, state order by event_number)

)

select * from state_visits
