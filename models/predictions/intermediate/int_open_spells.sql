with

cases as (

    select * from {{ ref("fct_cases") }}
    where not is_excluded

),

case_endings as (

    select * from {{ ref("int_case_endings") }}

),

-- Of several ends in a row (resolved, closed) the first; a reopening parts the rows.
closings as (

    select
        journey,
        case_id,
        reopened_at,
        min(ended_at) as closed_at,
        min_by(ended_as, event_number) as closed_as,
        min(event_number) as closing_number

    from case_endings
    group by journey, case_id, reopened_at

),

-- In the order of events, for a reopening may have the time of its end.
chained as (

    select
        *,
        lag(reopened_at) over (
            partition by journey, case_id
            order by closing_number
        ) as opened_at,
        row_number() over (
            partition by journey, case_id
            order by closing_number desc
        ) as place_from_last

    from closings

),

-- After the last reopening a case is open, or was left alone.
spells as (

    select
        chained.journey,
        chained.case_id,
        coalesce(chained.opened_at, cases.first_event_at) as opened_at,
        chained.closed_at,
        chained.closed_as

    from chained
    inner join cases
        on
            chained.journey = cases.journey
            and chained.case_id = cases.case_id
    union all
    select
        cases.journey,
        cases.case_id,
        coalesce(chained.reopened_at, cases.first_event_at) as opened_at,
        case when cases.was_abandoned then cases.ended_at end as closed_at,
        case when cases.was_abandoned then cases.ended_as end as closed_as

    from cases
    left join chained
        on
            cases.journey = chained.journey
            and cases.case_id = chained.case_id
            and chained.place_from_last = 1
    where chained.case_id is null or chained.reopened_at is not null

),

open_spells as (

    select * from spells
    where closed_at is null or closed_at > opened_at

)

select * from open_spells
