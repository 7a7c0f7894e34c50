{{ config(materialized="view") }}

with

budget_windows as (

    select * from {{ ref("int_budget_windows") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where verdict in ('good', 'bad') and counted_at <= {{ offpath.as_of() }}

),

-- A quarter of an hour is turned into a local day faster than its cases are.
quarters as (

    select
        budget_windows.slo_id,
        budget_windows.journey,
        {{ offpath.floor_to_seconds("sli_cases.counted_at", 900) }} as quarter_at,
        count(*) as valid_count,
        sum(case when sli_cases.verdict = 'bad' then 1 else 0 end) as bad_count

    from budget_windows
    inner join sli_cases
        on
            budget_windows.slo_id = sli_cases.slo_id
            and {{ offpath.is_since_window_start("sli_cases", "budget_windows") }}
    group by
        budget_windows.slo_id,
        budget_windows.journey,
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

budget_days as (

    select
        slo_id,
        counted_date,
        cast(sum(valid_count) as bigint) as valid_count,
        cast(sum(bad_count) as bigint) as bad_count

    from dated
    group by slo_id, counted_date

)

select * from budget_days
