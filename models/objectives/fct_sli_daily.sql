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
-- a local day faster than its cases are. A target ends at any instant.
quarters as (

    select
        sli_cases.slo_id,
        sli_cases.journey,
        slo_targets.target,
        {{ offpath.floor_to_seconds("sli_cases.counted_at", 900) }} as quarter_at,
        {%- for name, verdicts in {
            "valid": "'good', 'bad'",
            "good": "'good'",
            "bad": "'bad'",
            "excluded": "'excluded'",
        }.items() %}
        sum(case when sli_cases.verdict in ({{ verdicts }}) then 1 else 0 end)
            as {{ name }}_count
        {{- "," if not loop.last }}
        {%- endfor %}

    from sli_cases
    inner join slo_targets
        on
            sli_cases.slo_id = slo_targets.slo_id
            and {{ offpath.is_in_force("slo_targets", "sli_cases.counted_at") }}
    group by
        sli_cases.slo_id,
        sli_cases.journey,
        slo_targets.target,
        {{ offpath.floor_to_seconds("sli_cases.counted_at", 900) }}

),

dated as (

    select
        quarters.*,
        cast(
            {{ offpath.utc_to_local(
                "quarters.quarter_at", "journey_timezones.timezone"
            ) }} as date
        ) as counted_date

    from quarters
    inner join journey_timezones
        on quarters.journey = journey_timezones.journey

),

counted as (

    select
        slo_id,
        counted_date,
        sum((1 - target) * valid_count) as allowed_count,
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
        min(journey_timezones.timezone) as timezone,
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
        timezone,
        {{ offpath.unnested_timestamps("first_day", "last_day", 86400) }} as day_at

    from spans

),

ended_days as (

    select
        slo_id,
        day_at,
        least(
            {{ offpath.local_to_utc(
                offpath.add_seconds("day_at", "86400"), "timezone"
            ) }},
            {{ offpath.as_of() }}
        ) as ended_at

    from days

),

-- The target of a day is the one in force at its end; of today, at the clock.
targeted as (

    select
        ended_days.slo_id,
        ended_days.day_at,
        slo_targets.target

    from ended_days
    inner join slo_targets
        on
            ended_days.slo_id = slo_targets.slo_id
            and {{ offpath.is_in_force("slo_targets", "ended_days.ended_at") }}

),

sli_daily as (

    select
        slos.slo_id,
        slos.journey,
        cast(targeted.day_at as date) as counted_date,
        cast(coalesce(counted.valid_count, 0) as bigint) as valid_count,
        cast(coalesce(counted.good_count, 0) as bigint) as good_count,
        cast(coalesce(counted.bad_count, 0) as bigint) as bad_count,
        cast(coalesce(counted.excluded_count, 0) as bigint) as excluded_count,
        cast(counted.good_count as double) / nullif(counted.valid_count, 0) as sli,
        cast(coalesce(counted.allowed_count, 0) as double) as allowed_count,
        cast(targeted.target as double) as target

    from targeted
    inner join slos
        on targeted.slo_id = slos.slo_id
    left join counted
        on
            targeted.slo_id = counted.slo_id
            and cast(targeted.day_at as date) = counted.counted_date

)

select * from sli_daily
