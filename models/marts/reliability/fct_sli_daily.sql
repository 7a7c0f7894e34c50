with

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where counted_at <= {{ offpath.as_of() }}

),

slos as (

    select * from {{ ref("slos") }}

),

slo_targets as (

    select * from {{ ref("int_slo_targets") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

-- No zone is off by other than whole quarters of an hour, and a quarter is turned into
-- a local day faster than its cases are.
quarters as (

    select
        slo_id,
        journey,
        {{ offpath.floor_to_seconds("counted_at", 900) }} as quarter_at,
        sum(case when verdict in ('good', 'bad') then 1 else 0 end) as valid_count,
        sum(case when verdict = 'good' then 1 else 0 end) as good_count,
        sum(case when verdict = 'bad' then 1 else 0 end) as bad_count,
        sum(case when verdict = 'excluded' then 1 else 0 end) as excluded_count

    from sli_cases
    group by slo_id, journey, {{ offpath.floor_to_seconds("counted_at", 900) }}

),

dated as (

    select
        quarters.*,
        slo_targets.target,
        cast(
            {{ offpath.utc_to_local(
                "quarters.quarter_at", "journey_timezones.timezone"
            ) }} as date
        ) as counted_date

    from quarters
    inner join journey_timezones
        on quarters.journey = journey_timezones.journey
    inner join slo_targets
        on
            quarters.slo_id = slo_targets.slo_id
            and quarters.quarter_at >= slo_targets.after_at
            and quarters.quarter_at < slo_targets.until_at

),

counted as (

    select
        slo_id,
        counted_date,
        sum((1 - target) * valid_count) as allowed_count,
        max_by(target, quarter_at) as target,
        sum(valid_count) as valid_count,
        sum(good_count) as good_count,
        sum(bad_count) as bad_count,
        sum(excluded_count) as excluded_count

    from dated
    group by slo_id, counted_date

),

spans as (

    select
        counted.slo_id,
        cast(min(counted.counted_date) as timestamp) as first_day,
        date_trunc(
            'day',
            {{ offpath.utc_to_local(offpath.as_of(), "min(journey_timezones.timezone)") }}
        ) as last_day

    from counted
    inner join slos
        on counted.slo_id = slos.slo_id
    inner join journey_timezones
        on slos.journey = journey_timezones.journey
    group by counted.slo_id

),

days as (

    select
        slo_id,
        {{ offpath.unnested_timestamps("first_day", "last_day", 86400) }} as day_at

    from spans

),

sli_daily as (

    select
        slos.slo_id,
        slos.journey,
        cast(days.day_at as date) as counted_date,
        cast(coalesce(counted.valid_count, 0) as bigint) as valid_count,
        cast(coalesce(counted.good_count, 0) as bigint) as good_count,
        cast(coalesce(counted.bad_count, 0) as bigint) as bad_count,
        cast(coalesce(counted.excluded_count, 0) as bigint) as excluded_count,
        cast(counted.good_count as double) / nullif(counted.valid_count, 0) as sli,
        cast(coalesce(counted.allowed_count, 0) as double) as allowed_count,
        cast(coalesce(counted.target, slos.target) as double) as target

    from days
    inner join slos
        on days.slo_id = slos.slo_id
    left join counted
        on
            days.slo_id = counted.slo_id
            and cast(days.day_at as date) = counted.counted_date

)

select * from sli_daily
