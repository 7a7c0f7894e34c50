with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

latency_rules as (

    select * from {{ ref("latency_rules") }}

),

state_visits as (

    select * from {{ ref("fct_state_visits") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

latency_exceptions as (

    {{ offpath.latency_exceptions(
        "rules",
        "latency_rules",
        "state_visits",
        "calendar_hours",
        "calendar_open_hours",
    ) }}

)

select * from latency_exceptions
