{{ config(materialized="view") }}

with

cases as (

    select * from {{ ref("fct_cases") }}
    where ended_as in ('good', 'bad')

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

dated as (

    {{ offpath.local_date_added(
        "cases", "journey_timezones", "ended_at", "ended_date"
    ) }}

),

ended_cases_dated as (

    select
        journey,
        case_id,
        severity,
        ended_date,
        elapsed_seconds,
        business_seconds,
        case
            when rework_count > 0 or escalation_count > 0 then 1 else 0
        end as is_change_failure

    from dated
    where ended_date is not null

)

select * from ended_cases_dated
