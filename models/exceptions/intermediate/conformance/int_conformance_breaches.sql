{{ config(
    materialized="incremental",
    incremental_strategy="by_case",
    meta={"moved_by_clock": "detected_at is null"},
) }}

with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

conformance_rules as (

    select * from {{ ref("conformance_rules") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

conformance_breaches as (

    {{ offpath.conformance_breaches(
        "rules",
        "conformance_rules",
        offpath.due_rows(ref("fct_case_events")),
        offpath.due_rows(ref("int_case_endings")),
        ref("reference_transitions"),
    ) }}

)

select * from conformance_breaches
