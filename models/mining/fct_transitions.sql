with

case_events as (

    select
        journey,
        event_name,
        previous_event_name,
        seconds_since_previous

    from {{ ref("fct_case_events") }}

),

cases as (

    select * from {{ ref("fct_cases") }}

),

steps as (

    select
        journey,
        coalesce(previous_event_name, '[start]') as from_event,
        event_name as to_event,
        count(*) as transition_count,
        avg(seconds_since_previous) as mean_seconds,
        {{ offpath.median_of("seconds_since_previous") }} as median_seconds

    from case_events
    group by journey, coalesce(previous_event_name, '[start]'), event_name

),

last_steps as (

    select
        journey,
        last_event_name as from_event,
        case when is_open then '[open]' else '[end]' end as to_event,
        count(*) as transition_count

    from cases
    group by journey, last_event_name, case when is_open then '[open]' else '[end]' end

),

transitions as (

    select
        journey,
        from_event,
        to_event,
        cast(transition_count as bigint) as transition_count,
        cast(mean_seconds as double) as mean_seconds,
        cast(median_seconds as double) as median_seconds

    from steps
    union all
    select
        journey,
        from_event,
        to_event,
        cast(transition_count as bigint) as transition_count,
        cast(null as double) as mean_seconds,
        cast(null as double) as median_seconds

    from last_steps

)

select * from transitions
