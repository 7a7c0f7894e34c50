with

-- Of a step with an actor that is not known nobody can tell whether it was one.
steps as (

    select
        journey,
        case_id,
        coalesce(previous_actor, '[unknown]') as from_actor,
        coalesce(actor, '[unknown]') as to_actor,
        case when actor <> previous_actor then seconds_since_previous end as seconds,
        case when actor <> previous_actor then business_seconds_since_previous end
            as business_seconds

    from {{ ref("fct_case_events") }}
    where event_number > 1 and coalesce(actor <> previous_actor, true)

),

handovers_returned as (

    select * from {{ ref("int_handovers_returned") }}

),

counted as (

    select
        journey,
        from_actor,
        to_actor,
        count(seconds) as handover_count,
        count(*) - count(seconds) as unknown_count,
        count(distinct case_id) as case_count,
        {{ offpath.median_of("seconds") }} as median_seconds,
        {{ offpath.percentile_of("seconds", "0.9e0") }} as p90_seconds,
        {{ offpath.median_of("business_seconds") }} as median_business_seconds,
        {{ offpath.percentile_of("business_seconds", "0.9e0") }}
            as p90_business_seconds

    from steps
    group by journey, from_actor, to_actor

),

returned as (

    select
        journey,
        from_actor,
        to_actor,
        count(*) as returned_count

    from handovers_returned
    group by journey, from_actor, to_actor

),

handovers as (

    select
        counted.journey,
        counted.from_actor,
        counted.to_actor,
        cast(counted.handover_count as bigint) as handover_count,
        cast(counted.unknown_count as bigint) as unknown_count,
        cast(coalesce(returned.returned_count, 0) as bigint) as returned_count,
        cast(counted.case_count as bigint) as case_count,
        cast(counted.median_seconds as double) as median_seconds,
        cast(counted.p90_seconds as double) as p90_seconds,
        cast(counted.median_business_seconds as double) as median_business_seconds,
        cast(counted.p90_business_seconds as double) as p90_business_seconds

    from counted
    left join returned
        on
            counted.journey = returned.journey
            and counted.from_actor = returned.from_actor
            and counted.to_actor = returned.to_actor

)

select * from handovers
