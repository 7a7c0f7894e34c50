with

-- Of a step with an actor that is not known nobody can tell whether it was one.
steps as (

    select
        journey,
        coalesce(previous_actor, '[unknown]') as from_actor,
        coalesce(actor, '[unknown]') as to_actor,
        case when actor <> previous_actor then seconds_since_previous end as seconds,
        case when actor <> previous_actor then business_seconds_since_previous end
            as business_seconds

    from {{ ref("fct_case_events") }}
    where event_number > 1 and coalesce(actor <> previous_actor, true)

),

-- No other case can have a step between the same two twice.
cases_with_return as (

    select
        journey,
        case_id

    from {{ ref("int_actors_counted") }}
    where stretch_count > actor_count or unknown_count > 1

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
        {{ offpath.median_of("seconds") }} as median_seconds,
        {{ offpath.percentile_of("seconds", "0.9e0") }} as p90_seconds,
        {{ offpath.median_of("business_seconds") }} as median_business_seconds,
        {{ offpath.percentile_of("business_seconds", "0.9e0") }}
            as p90_business_seconds

    from steps
    group by journey, from_actor, to_actor

),

-- Beyond the first of its case: all others are as many as their cases, which is cheaper
-- than to tell all cases apart.
further as (

    select
        case_events.journey,
        coalesce(case_events.previous_actor, '[unknown]') as from_actor,
        coalesce(case_events.actor, '[unknown]') as to_actor,
        count(*) - count(distinct case_events.case_id) as step_count

    from {{ ref("fct_case_events") }} as case_events
    inner join cases_with_return
        on
            case_events.journey = cases_with_return.journey
            and case_events.case_id = cases_with_return.case_id
    where
        case_events.event_number > 1
        and coalesce(case_events.actor <> case_events.previous_actor, true)
    group by
        case_events.journey,
        coalesce(case_events.previous_actor, '[unknown]'),
        coalesce(case_events.actor, '[unknown]')

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
        cast(
            counted.handover_count
            + counted.unknown_count
            - coalesce(further.step_count, 0) as bigint
        ) as case_count,
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
    left join further
        on
            counted.journey = further.journey
            and counted.from_actor = further.from_actor
            and counted.to_actor = further.to_actor

)

select * from handovers
