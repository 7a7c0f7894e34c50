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

in_window as (

    select
        budget_windows.slo_id,
        sli_cases.journey,
        sli_cases.counted_at,
        sli_cases.verdict

    from budget_windows
    inner join sli_cases
        on
            budget_windows.slo_id = sli_cases.slo_id
            and {{ offpath.is_since_window_start("sli_cases", "budget_windows") }}

),

dated as (

    {{ offpath.local_date_added(
        "in_window", "journey_timezones", "counted_at", "counted_date"
    ) }}

),

budget_days as (

    select
        slo_id,
        counted_date,
        count(*) as valid_count,
        sum(case when verdict = 'bad' then 1 else 0 end) as bad_count

    from dated
    group by slo_id, counted_date

)

select * from budget_days
