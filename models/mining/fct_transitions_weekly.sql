with

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

dated as (

    {{ offpath.local_date_added(
        ref("fct_case_events"), "journey_timezones", "occurred_at", "occurred_date"
    ) }}

),

repeated_dated as (

    {{ offpath.local_date_added(
        ref("int_transitions_repeated"),
        "journey_timezones",
        "occurred_at",
        "occurred_date",
    ) }}

),

transitions as (

    select
        journey,
        coalesce(previous_event_name, '[start]') as from_event,
        event_name as to_event,
        cast(date_trunc('week', occurred_date) as date) as week_date,
        seconds_since_previous as elapsed_seconds,
        business_seconds_since_previous as business_seconds

    from dated
    where occurred_date is not null

),

counted as (

    select
        journey,
        week_date,
        from_event,
        to_event,
        count(*) as transition_count,
        {{ offpath.median_of("elapsed_seconds") }} as median_seconds,
        {{ offpath.median_of("business_seconds") }} as median_business_seconds

    from transitions
    group by journey, week_date, from_event, to_event

),

-- Beyond the first of its case in the week: all others are as many as their cases, which
-- is cheaper than to tell all cases apart.
further as (

    select
        journey,
        cast(date_trunc('week', occurred_date) as date) as week_date,
        from_event,
        to_event,
        count(*) - count(distinct case_id) as transition_count

    from repeated_dated
    group by
        journey,
        cast(date_trunc('week', occurred_date) as date),
        from_event,
        to_event

),

transitions_weekly as (

    select
        counted.journey,
        counted.week_date,
        counted.from_event,
        counted.to_event,
        {{ offpath.utc_to_local(offpath.as_of(), "journey_timezones.timezone") }}
        >= {{ offpath.add_seconds("cast(counted.week_date as timestamp)", "604800") }}
            as is_complete,
        cast(counted.transition_count as bigint) as transition_count,
        cast(
            counted.transition_count - coalesce(further.transition_count, 0) as bigint
        ) as case_count,
        cast(counted.median_seconds as double) as median_seconds,
        cast(counted.median_business_seconds as double) as median_business_seconds

    from counted
    inner join journey_timezones
        on counted.journey = journey_timezones.journey
    left join further
        on
            counted.journey = further.journey
            and counted.week_date = further.week_date
            and counted.from_event = further.from_event
            and counted.to_event = further.to_event

)

select * from transitions_weekly
