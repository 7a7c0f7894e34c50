with

cases as (

    select * from {{ ref("fct_cases") }}

),

case_endings as (

    select * from {{ ref("int_case_endings") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

-- From an end to the next reopening a case is over: at its first end in between, and as
-- what its last one says.
rests as (

    select
        journey,
        case_id,
        reopened_at,
        min(ended_at) as ended_at,
        max_by(ended_as, event_number) as ended_as

    from case_endings
    group by journey, case_id, reopened_at

),

first_ends as (

    select
        journey,
        case_id,
        min(ended_at) as first_ended_at

    from rests
    group by journey, case_id

),

-- A case whose start comes after an end of it arrived with its first event.
arrivals as (

    select
        cases.journey,
        cases.case_id,
        case
            when first_ends.first_ended_at < cases.started_at then cases.first_event_at
            else cases.started_at
        end as arrived_at,
        cases.was_abandoned

    from cases
    left join first_ends
        on
            cases.journey = first_ends.journey
            and cases.case_id = first_ends.case_id

),

ended as (

    select
        rests.journey,
        rests.ended_at,
        rests.ended_as,
        rests.reopened_at,
        rests.reopened_at is null and arrivals.was_abandoned as is_abandoned,
        arrivals.arrived_at

    from rests
    inner join arrivals
        on
            rests.journey = arrivals.journey
            and rests.case_id = arrivals.case_id

),

moves as (

    select
        journey,
        arrived_at as moved_at,
        arrived_at,
        'arrived' as move,
        1 as change,
        false as is_abandoned

    from arrivals
    union all
    select
        journey,
        reopened_at as moved_at,
        arrived_at,
        'reopened' as move,
        1 as change,
        false as is_abandoned

    from ended
    where reopened_at is not null
    union all
    select
        journey,
        ended_at as moved_at,
        arrived_at,
        ended_as as move,
        -1 as change,
        is_abandoned

    from ended

),

quarters as (

    select
        journey,
        {{ offpath.floor_to_seconds("moved_at", 900) }} as quarter_at,
        {%- for move in ["arrived", "reopened", "good", "bad", "excluded"] %}
        sum(case when move = '{{ move }}' then 1 else 0 end) as {{ move }}_count,
        {%- endfor %}
        sum(case when is_abandoned then 1 else 0 end) as abandoned_count,
        sum(change) as change,
        sum(change * {{ offpath.epoch_seconds("arrived_at") }}) as arrived_seconds

    from moves
    group by journey, {{ offpath.floor_to_seconds("moved_at", 900) }}

),

dated as (

    {{ offpath.local_date_added(
        "quarters", "journey_timezones", "quarter_at", "local_date"
    ) }}

),

counted as (

    select
        journey,
        local_date,
        sum(arrived_count) as arrived_count,
        sum(reopened_count) as reopened_count,
        sum(good_count) as good_count,
        sum(bad_count) as bad_count,
        sum(excluded_count) as excluded_count,
        sum(abandoned_count) as abandoned_count,
        sum(change) as change,
        sum(arrived_seconds) as arrived_seconds

    from dated
    group by journey, local_date

),

ended_days as (

    {{ offpath.local_days_elapsed("counted", "journey_timezones", ["journey"]) }}

),

running as (

    select
        ended_days.journey,
        ended_days.local_date,
        ended_days.ended_at,
        {%- for move in
            ["arrived", "reopened", "good", "bad", "excluded", "abandoned"] %}
        cast(coalesce(counted.{{ move }}_count, 0) as bigint) as {{ move }}_count,
        {%- endfor %}
        cast(sum(counted.change) over days_so_far as bigint) as in_progress_count,
        cast(sum(counted.arrived_seconds) over days_so_far as bigint)
            as arrived_seconds

    from ended_days
    left join counted
        on
            ended_days.journey = counted.journey
            and ended_days.local_date = counted.local_date
    window days_so_far as (
        partition by ended_days.journey
        order by ended_days.local_date
        rows between unbounded preceding and current row
    )

),

flow_daily as (

    select
        journey,
        local_date,
        ended_at <= {{ offpath.as_of() }} as is_complete,
        arrived_count,
        reopened_count,
        good_count + bad_count + excluded_count as completed_count,
        good_count,
        bad_count,
        excluded_count,
        abandoned_count,
        in_progress_count,
        (
            {{ offpath.epoch_seconds(
                "least(ended_at, " ~ offpath.as_of() ~ ")"
            ) }}
            * in_progress_count
            - arrived_seconds
        ) / nullif(cast(in_progress_count as double), 0) as mean_age_seconds

    from running

)

select * from flow_daily
