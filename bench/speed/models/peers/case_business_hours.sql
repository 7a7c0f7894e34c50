{{ config(materialized="table") }}

with

cases as (

    select
        journey,
        case_id,
        first_event_at,
        last_event_at,
        'peers_hours' as calendar

    from {{ ref("offpath", "fct_cases") }}

),

calendar_hours as (

    select * from {{ ref("offpath", "int_calendar_hours") }}

),

case_business_hours as (

    {{ offpath.business_seconds_between(
        "cases",
        "calendar_hours",
        "calendar",
        "first_event_at",
        "last_event_at",
        "business_seconds",
    ) }}

)

select
    journey,
    case_id,
    business_seconds

from case_business_hours
