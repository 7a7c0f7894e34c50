with

case_prefixes as (

    select * from {{ ref("int_case_prefixes") }}
    where is_open

),

open_spells as (

    select * from {{ ref("int_open_spells") }}
    where closed_at is not null

),

state_visits as (

    select * from {{ ref("int_state_visits") }}

),

-- What a visit lasts of the time between an event and the end of the case.
remaining_visits as (

    select
        case_prefixes.journey,
        case_prefixes.case_id,
        case_prefixes.event_number,
        state_visits.state,
        sum(
            {{ offpath.seconds_between(
                "greatest(state_visits.entered_at, case_prefixes.occurred_at)",
                "least(coalesce(state_visits.exited_at, open_spells.closed_at),"
                ~ " open_spells.closed_at)",
            ) }}
        ) as remaining_seconds

    from case_prefixes
    inner join open_spells
        on
            case_prefixes.journey = open_spells.journey
            and case_prefixes.case_id = open_spells.case_id
            and case_prefixes.occurred_at >= open_spells.opened_at
            and case_prefixes.occurred_at < open_spells.closed_at
    inner join state_visits
        on
            case_prefixes.journey = state_visits.journey
            and case_prefixes.case_id = state_visits.case_id
            and open_spells.closed_at > state_visits.entered_at
            and case_prefixes.occurred_at
            < coalesce(state_visits.exited_at, open_spells.closed_at)
    group by
        case_prefixes.journey,
        case_prefixes.case_id,
        case_prefixes.event_number,
        state_visits.state

),

ranked as (

    select
        *,
        row_number() over (
            partition by journey, case_id, event_number
            order by remaining_seconds desc, state asc
        ) as slowness_rank

    from remaining_visits

),

slowest_states as (

    select
        journey,
        case_id,
        event_number,
        state as slowest_state

    from ranked
    where slowness_rank = 1

)

select * from slowest_states
