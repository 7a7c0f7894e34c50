with

cases as (

    select * from {{ ref("fct_cases") }}
    where not is_excluded

),

case_endings as (

    select * from {{ ref("int_case_endings") }}

),

-- Of several ends in a row (resolved, closed) the first.
closings as (

    select
        journey,
        case_id,
        reopened_at,
        min(ended_at) as closed_at,
        min_by(ended_as, event_number) as closed_as

    from case_endings
    group by journey, case_id, reopened_at

),

-- After a reopening the case is open once more, closed again or not.
openings as (

    select
        journey,
        case_id,
        first_event_at as opened_at

    from cases
    union all
    select
        journey,
        case_id,
        reopened_at as opened_at

    from closings
    where reopened_at is not null

),

-- A case ends by being left alone as it ends by an event.
closed as (

    select
        journey,
        case_id,
        closed_at,
        closed_as

    from closings
    union all
    select
        journey,
        case_id,
        ended_at as closed_at,
        ended_as as closed_as

    from cases
    where was_abandoned

),

open_spells as (

    select
        openings.journey,
        openings.case_id,
        openings.opened_at,
        min(closed.closed_at) as closed_at,
        min_by(closed.closed_as, closed.closed_at) as closed_as

    from openings
    inner join cases
        on
            openings.journey = cases.journey
            and openings.case_id = cases.case_id
    left join closed
        on
            openings.journey = closed.journey
            and openings.case_id = closed.case_id
            and openings.opened_at <= closed.closed_at
    group by openings.journey, openings.case_id, openings.opened_at

)

select * from open_spells
