with

case_events as (

    select
        journey,
        case_id,
        occurred_at,
        previous_actor,
        actor,
        seconds_since_previous

    from {{ ref("fct_case_events") }}
    where
        event_number > 1
        and (actor <> previous_actor or actor is null or previous_actor is null)

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

-- Of a step with an actor that is not known nobody can tell whether it was one.
steps as (

    select
        case_events.journey,
        case_events.case_id,
        coalesce(case_events.previous_actor, '[unknown]') as from_actor,
        coalesce(case_events.actor, '[unknown]') as to_actor,
        journeys.calendar,
        case_events.occurred_at as picked_up_at,
        case
            when case_events.actor <> case_events.previous_actor
                then case_events.seconds_since_previous
        end as seconds,
        case
            when case_events.actor <> case_events.previous_actor
                then
                    {{ offpath.add_seconds(
                        "case_events.occurred_at",
                        "-case_events.seconds_since_previous",
                    ) }}
        end as left_at

    from case_events
    inner join journeys
        on case_events.journey = journeys.journey

),

timed as (

    {{ offpath.business_seconds_between(
        "steps",
        "calendar_hours",
        "calendar",
        "left_at",
        "picked_up_at",
        "business_seconds",
    ) }}

),

handovers as (

    select
        journey,
        from_actor,
        to_actor,
        cast(count(seconds) as bigint) as handover_count,
        cast(count(*) - count(seconds) as bigint) as unknown_count,
        cast(count(distinct case_id) as bigint) as case_count,
        cast({{ offpath.median_of("seconds") }} as double) as median_seconds,
        cast({{ offpath.percentile_of("seconds", "0.9e0") }} as double) as p90_seconds,
        cast({{ offpath.median_of("business_seconds") }} as double)
            as median_business_seconds,
        cast({{ offpath.percentile_of("business_seconds", "0.9e0") }} as double)
            as p90_business_seconds

    from timed
    group by journey, from_actor, to_actor

)

select * from handovers
