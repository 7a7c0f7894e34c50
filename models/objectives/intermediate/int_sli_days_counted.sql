{{ config(materialized="view") }}

with

sli_daily as (

    select * from {{ ref("fct_sli_daily") }}

),

pending_cases as (

    select
        slo_id,
        journey,
        counted_at

    from {{ ref("fct_sli_cases") }}
    where verdict = 'pending' and counted_at is not null

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

dated as (

    {{ offpath.local_date_added(
        "pending_cases", "journey_timezones", "counted_at", "counted_date"
    ) }}

),

sli_days as (

    select
        sli_daily.slo_id,
        sli_daily.journey,
        journey_timezones.timezone,
        sli_daily.counted_date,
        sli_daily.valid_count,
        sli_daily.good_count,
        sli_daily.bad_count,
        sli_daily.excluded_count,
        sli_daily.allowed_count,
        0 as pending_count

    from sli_daily
    inner join journey_timezones
        on sli_daily.journey = journey_timezones.journey
    union all
    select
        dated.slo_id,
        dated.journey,
        journey_timezones.timezone,
        dated.counted_date,
        0 as valid_count,
        0 as good_count,
        0 as bad_count,
        0 as excluded_count,
        0 as allowed_count,
        count(*) as pending_count

    from dated
    inner join journey_timezones
        on dated.journey = journey_timezones.journey
    group by
        dated.slo_id, dated.journey, journey_timezones.timezone, dated.counted_date

)

select * from sli_days
