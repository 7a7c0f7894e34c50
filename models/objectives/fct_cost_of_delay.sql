with

case_promises as (

    select * from {{ ref("fct_case_promises") }}
    where verdict in ('good', 'bad')

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

dated as (

    {{ offpath.local_date_added(
        "case_promises", "journey_timezones", "deadline_at", "due_date"
    ) }}

),

-- Whole seconds and cents, whose sums are the same in whatever order they are added.
measured as (

    select
        *,
        cast(round(days_late * 86400) as decimal(18, 0)) as seconds_late

    from dated

),

counted as (

    select
        slo_id,
        journey,
        cast(date_trunc('week', due_date) as date) as week_date,
        count(*) as due_count,
        sum(case when days_late > 0 then 1 else 0 end) as late_count,
        sum(case when days_late > 0 and is_owed then 1 else 0 end) as owed_count,
        sum(case when days_late > 0 and value_amount is null then 1 else 0 end)
            as without_value_count,
        sum(seconds_late) as seconds_late,
        sum(cast(value_amount as decimal(18, 2)) * seconds_late) as value_seconds_late

    from measured
    group by slo_id, journey, cast(date_trunc('week', due_date) as date)

),

cost_of_delay as (

    select
        counted.slo_id,
        counted.journey,
        counted.week_date,
        {{ offpath.utc_to_local(offpath.as_of(), "journey_timezones.timezone") }}
        >= {{ offpath.add_seconds("cast(counted.week_date as timestamp)", "604800") }}
            as is_complete,
        cast(counted.due_count as bigint) as due_count,
        cast(counted.late_count as bigint) as late_count,
        cast(counted.owed_count as bigint) as owed_count,
        cast(counted.without_value_count as bigint) as without_value_count,
        {{ offpath.without_noise("cast(counted.seconds_late as double) / 86400") }}
            as days_late,
        {{ offpath.without_noise(
            "cast(counted.value_seconds_late as double) / 86400"
        ) }} as value_days_late

    from counted
    inner join journey_timezones
        on counted.journey = journey_timezones.journey

)

select * from cost_of_delay
