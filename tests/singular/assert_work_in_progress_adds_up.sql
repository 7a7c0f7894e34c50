-- What was in progress, and what came, less what was completed, is in progress; the last
-- day holds what is open now. Queues likewise.
with

flow_daily as (

    select * from {{ ref("fct_flow_daily") }}

),

queue_daily as (

    select * from {{ ref("fct_queue_daily") }}

),

cases as (

    select * from {{ ref("fct_cases") }}

),

state_visits as (

    select * from {{ ref("fct_state_visits") }}

),

levels as (

    select
        journey,
        '[all]' as state,
        local_date,
        arrived_count + reopened_count as come_count,
        completed_count as gone_count,
        in_progress_count as level_count

    from flow_daily
    union all
    select
        journey,
        state,
        local_date,
        entered_count as come_count,
        left_count as gone_count,
        in_state_count as level_count

    from queue_daily

),

changes as (

    select
        *,
        lag(level_count, 1, 0) over days as level_before,
        lag(local_date) over days as date_before,
        row_number() over (
            partition by journey, state order by local_date desc
        ) as days_ago

    from levels
    window days as (partition by journey, state order by local_date)

),

open_now as (

    select
        journey,
        '[all]' as state,
        sum(case when is_open then 1 else 0 end) as open_count

    from cases
    group by journey
    union all
    select
        journey,
        state,
        sum(case when is_open then 1 else 0 end) as open_count

    from state_visits
    group by journey, state

),

arrived as (

    select
        journey,
        sum(arrived_count) as arrived_count,
        sum(completed_count - reopened_count) as ended_count

    from flow_daily
    group by journey

),

counted as (

    select
        journey,
        count(*) as case_count,
        count(ended_at) as ended_count

    from cases
    group by journey

),

violations as (

    select
        journey || ', ' || state || ' on '
        || cast(local_date as {{ dbt.type_string() }}) || ': '
        || cast(level_count as {{ dbt.type_string() }}) || ' is not '
        || cast(level_before + come_count - gone_count as {{ dbt.type_string() }})
            as message

    from changes
    where level_count <> level_before + come_count - gone_count or level_count < 0
    union all
    select
        journey || ', ' || state || ' has no row of the day before '
        || cast(local_date as {{ dbt.type_string() }}) as message

    from changes
    where {{ dbt.datediff("date_before", "local_date", "day") }} <> 1
    union all
    select
        open_now.journey || ', ' || open_now.state || ': '
        || cast(coalesce(changes.level_count, 0) as {{ dbt.type_string() }})
        || ' on the last day where '
        || cast(open_now.open_count as {{ dbt.type_string() }}) || ' are open' as message

    from open_now
    left join changes
        on
            open_now.journey = changes.journey
            and open_now.state = changes.state
            and changes.days_ago = 1
    where open_now.open_count <> coalesce(changes.level_count, 0)
    union all
    select
        counted.journey || ': '
        || cast(coalesce(arrived.arrived_count, 0) as {{ dbt.type_string() }})
        || ' arrived and '
        || cast(coalesce(arrived.ended_count, 0) as {{ dbt.type_string() }})
        || ' ended of '
        || cast(counted.case_count as {{ dbt.type_string() }}) || ' and '
        || cast(counted.ended_count as {{ dbt.type_string() }}) as message

    from counted
    left join arrived
        on counted.journey = arrived.journey
    where
        counted.case_count <> coalesce(arrived.arrived_count, 0)
        or counted.ended_count <> coalesce(arrived.ended_count, 0)

)

{{ offpath.named_violations("violations") }}
