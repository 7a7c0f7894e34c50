with

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

state_names as (

    select distinct
        journey,
        state

    from {{ ref("int_state_visits") }}
    where not ends_case

),

-- Numbers are sorted in less time than names.
states as (

    select
        journey,
        state,
        row_number() over (order by journey, state) as state_number

    from state_names

),

visits as (

    select
        states.journey,
        states.state_number,
        state_visits.entered_at,
        state_visits.elapsed_seconds,
        state_visits.is_open

    from {{ ref("int_state_visits") }} as state_visits
    inner join states
        on
            state_visits.journey = states.journey
            and state_visits.state = states.state
    where not state_visits.ends_case

),

dated as (

    {{ offpath.local_date_added(
        "visits", "journey_timezones", "entered_at", "entered_date"
    ) }}

),

visits_by_week as (

    select
        state_number,
        cast(date_trunc('week', entered_date) as date) as week_date,
        elapsed_seconds,
        is_open

    from dated

),

counted as (

    select
        state_number,
        week_date,
        count(*) as visit_count,
        sum(case when is_open then 1 else 0 end) as open_count

    from visits_by_week
    group by state_number, week_date

),

surviving as (

    {{ offpath.surviving_shares(
        "visits_by_week",
        ["state_number", "week_date"],
        "elapsed_seconds",
        "not is_open",
    ) }}

),

quantiles as (

    select
        state_number,
        week_date,
        {{ offpath.survival_quantile("elapsed_seconds", "0.5e0") }} as median_seconds

    from surviving
    group by state_number, week_date

),

weekly_durations as (

    select
        states.journey,
        states.state,
        counted.week_date,
        {{ offpath.utc_to_local(offpath.as_of(), "journey_timezones.timezone") }}
        >= {{ offpath.add_seconds("cast(counted.week_date as timestamp)", "604800") }}
            as is_complete,
        cast(counted.visit_count as bigint) as visit_count,
        cast(counted.open_count as bigint) as open_count,
        cast(quantiles.median_seconds as double) as median_seconds

    from counted
    inner join states
        on counted.state_number = states.state_number
    inner join journey_timezones
        on states.journey = journey_timezones.journey
    left join quantiles
        on
            counted.state_number = quantiles.state_number
            and counted.week_date = quantiles.week_date

)

select * from weekly_durations
