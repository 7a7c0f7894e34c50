{{ config(materialized="view") }}

with

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where verdict in ('good', 'bad')

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

dated as (

    {{ offpath.local_date_added(
        "sli_cases", "journey_timezones", "counted_at", "counted_date"
    ) }}

),

sli_cases_dated as (

    select
        slo_id,
        journey,
        case_id,
        severity,
        counted_date,
        case when verdict = 'bad' then 1 else 0 end as is_bad

    from dated
    where counted_date is not null

)

select * from sli_cases_dated
