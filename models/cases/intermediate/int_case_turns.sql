{{ config(materialized="view") }}

with

case_events as (

    select * from {{ ref("fct_case_events") }}

),

abandonments as (

    select * from {{ ref("int_case_abandonments") }}
    where is_abandoned

),

case_turns as (

    select
        journey,
        case_id,
        event_id,
        event_name,
        event_number,
        occurred_at,
        enters_state,
        ends_case_as,
        status_after,
        is_staying,
        is_ending,
        is_reopening,
        is_rework

    from case_events
    union all
    select
        journey,
        case_id,
        '[abandoned] ' || case_id as event_id,
        '[abandoned]' as event_name,
        event_number + 1 as event_number,
        abandoned_at as occurred_at,
        cast(null as {{ dbt.type_string() }}) as enters_state,
        ends_case_as,
        ends_case_as as status_after,
        false as is_staying,
        true as is_ending,
        false as is_reopening,
        false as is_rework

    from abandonments

)

select * from case_turns
