with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

volume_rules as (

    select * from {{ ref("volume_rules") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

volume_exceptions as (

    {{ offpath.volume_exceptions(
        "rules", "volume_rules", "case_events", "journey_timezones"
    ) }}

)

select * from volume_exceptions
