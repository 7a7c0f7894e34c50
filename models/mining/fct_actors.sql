with

case_events as (

    select
        journey,
        case_id,
        coalesce(actor, '[unknown]') as actor,
        event_name,
        occurred_at,
        seconds_since_previous

    from {{ ref("fct_case_events") }}

),

counted as (

    select
        journey,
        actor,
        event_name,
        count(*) as event_count,
        count(distinct case_id) as case_count,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        {{ offpath.median_of("seconds_since_previous") }} as median_seconds

    from case_events
    group by journey, actor, event_name

),

actors as (

    select
        journey,
        actor,
        event_name,
        cast(event_count as bigint) as event_count,
        cast(case_count as bigint) as case_count,
        cast(event_count as double) / sum(event_count) over (
            partition by journey, event_name
        ) as event_share,
        first_seen_at,
        last_seen_at,
        cast(median_seconds as double) as median_seconds

    from counted

)

select * from actors
