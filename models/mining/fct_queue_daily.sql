with

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

moves as (

    select
        journey,
        state,
        entered_at as moved_at,
        entered_at,
        1 as change

    from {{ ref("int_state_visits") }}
    where not ends_case
    union all
    select
        journey,
        state,
        exited_at as moved_at,
        entered_at,
        -1 as change

    from {{ ref("int_state_visits") }}
    where not ends_case and exited_at is not null

),

quarters as (

    select
        journey,
        state,
        {{ offpath.floor_to_seconds("moved_at", 900) }} as quarter_at,
        sum(case when change > 0 then 1 else 0 end) as entered_count,
        sum(case when change < 0 then 1 else 0 end) as left_count,
        sum(change * {{ offpath.epoch_seconds("entered_at") }}) as entered_seconds

    from moves
    group by journey, state, {{ offpath.floor_to_seconds("moved_at", 900) }}

),

dated as (

    {{ offpath.local_date_added(
        "quarters", "journey_timezones", "quarter_at", "local_date"
    ) }}

),

counted as (

    select
        journey,
        state,
        local_date,
        sum(entered_count) as entered_count,
        sum(left_count) as left_count,
        sum(entered_seconds) as entered_seconds

    from dated
    group by journey, state, local_date

),

ended_days as (

    {{ offpath.local_days_elapsed("counted", "journey_timezones", ["journey", "state"]) }}

),

running as (

    select
        ended_days.journey,
        ended_days.state,
        ended_days.local_date,
        ended_days.ended_at,
        cast(coalesce(counted.entered_count, 0) as bigint) as entered_count,
        cast(coalesce(counted.left_count, 0) as bigint) as left_count,
        cast(
            sum(coalesce(counted.entered_count - counted.left_count, 0)) over days_so_far
            as bigint
        ) as in_state_count,
        cast(sum(counted.entered_seconds) over days_so_far as bigint)
            as entered_seconds

    from ended_days
    left join counted
        on
            ended_days.journey = counted.journey
            and ended_days.state = counted.state
            and ended_days.local_date = counted.local_date
    window days_so_far as (
        partition by ended_days.journey, ended_days.state
        order by ended_days.local_date
        rows between unbounded preceding and current row
    )

),

queue_daily as (

    select
        journey,
        state,
        local_date,
        ended_at <= {{ offpath.as_of() }} as is_complete,
        entered_count,
        left_count,
        in_state_count,
        (
            {{ offpath.epoch_seconds(
                "least(ended_at, " ~ offpath.as_of() ~ ")"
            ) }}
            * in_state_count
            - entered_seconds
        ) / nullif(cast(in_state_count as double), 0) as mean_age_seconds

    from running

)

select * from queue_daily
