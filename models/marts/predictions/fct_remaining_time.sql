with

state_visits as (

    select * from {{ ref("fct_state_visits") }}

),

cases as (

    select * from {{ ref("fct_cases") }}

),

-- How long cases that ended took to end from each state they were in.
history as (

    select
        state_visits.journey,
        state_visits.state,
        {{ offpath.seconds_between("state_visits.entered_at", "cases.ended_at") }}
            as remaining_seconds

    from state_visits
    inner join cases
        on
            state_visits.journey = cases.journey
            and state_visits.case_id = cases.case_id
    where cases.ended_as in ('good', 'bad') and not state_visits.is_final

),

typical as (

    select
        journey,
        state,
        count(*) as support_count,
        {{ offpath.median_of("remaining_seconds") }} as median_seconds

    from history
    group by journey, state

),

remaining_time as (

    select
        state_visits.journey,
        state_visits.case_id,
        state_visits.state,
        state_visits.entered_at,
        cast(coalesce(typical.support_count, 0) as bigint) as support_count,
        cast(
            greatest(typical.median_seconds - state_visits.elapsed_seconds, 0) as double
        ) as remaining_seconds,
        {{ offpath.add_seconds(
            "state_visits.entered_at", "typical.median_seconds"
        ) }} as expected_end_at

    from state_visits
    left join typical
        on
            state_visits.journey = typical.journey
            and state_visits.state = typical.state
    where state_visits.is_open

)

select * from remaining_time
