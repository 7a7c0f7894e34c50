with

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

visits as (

    select
        journey,
        state,
        entered_at,
        elapsed_seconds,
        is_open

    from {{ ref("int_state_visits") }}
    where not ends_case

),

dated as (

    {{ offpath.local_date_added(
        "visits", "journey_timezones", "entered_at", "entered_date"
    ) }}

),

visits_by_week as (

    select
        journey,
        state,
        cast(date_trunc('week', entered_date) as date) as week_date,
        elapsed_seconds,
        is_open

    from dated

),

counted as (

    select
        journey,
        state,
        week_date,
        count(*) as visit_count,
        sum(case when is_open then 1 else 0 end) as open_count

    from visits_by_week
    group by journey, state, week_date

),

surviving as (

    {{ offpath.surviving_shares(
        "visits_by_week",
        ["journey", "state", "week_date"],
        "elapsed_seconds",
        "not is_open",
    ) }}

),

quantiles as (

    select
        journey,
        state,
        week_date,
        {{ offpath.survival_quantile("elapsed_seconds", "0.5e0") }} as median_seconds

    from surviving
    group by journey, state, week_date

),

weekly_durations as (

    select
        counted.journey,
        counted.state,
        counted.week_date,
        {{ offpath.utc_to_local(offpath.as_of(), "journey_timezones.timezone") }}
        >= {{ offpath.add_seconds("cast(counted.week_date as timestamp)", "604800") }}
            as is_complete,
        cast(counted.visit_count as bigint) as visit_count,
        cast(counted.open_count as bigint) as open_count,
        cast(quantiles.median_seconds as double) as median_seconds

    from counted
    inner join journey_timezones
        on counted.journey = journey_timezones.journey
    left join quantiles
        on
            counted.journey = quantiles.journey
            and counted.state = quantiles.state
            and counted.week_date = quantiles.week_date

)

select * from weekly_durations
