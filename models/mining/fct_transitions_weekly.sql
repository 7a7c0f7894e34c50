with

transitions_timed as (

    select
        journey,
        case_id,
        from_event,
        to_event,
        week_date,
        elapsed_seconds,
        business_seconds

    from {{ ref("int_transitions_timed") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

counted as (

    select
        journey,
        week_date,
        from_event,
        to_event,
        count(*) as transition_count,
        count(distinct case_id) as case_count,
        {{ offpath.median_of("elapsed_seconds") }} as median_seconds,
        {{ offpath.median_of("business_seconds") }} as median_business_seconds

    from transitions_timed
    where week_date is not null
    group by journey, week_date, from_event, to_event

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
        cast(counted.case_count as bigint) as case_count,
        cast(counted.median_seconds as double) as median_seconds,
        cast(counted.median_business_seconds as double) as median_business_seconds

    from counted
    inner join journey_timezones
        on counted.journey = journey_timezones.journey

)

select * from transitions_weekly
