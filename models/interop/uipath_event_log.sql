{{ config(alias="Event_log") }}

with

case_events as (

    select * from {{ ref("fct_case_events") }}
    where journey = '{{ var("uipath_journey") }}'

),

uipath_event_log as (

    select
        event_id as Event_ID,
        case_id as Case_ID,
        event_name as Activity,
        cast(null as timestamp) as Event_start,
        occurred_at as Event_end,
        event_number as Activity_order,
        cast(null as boolean) as Automated,
        cast(amount as double) as Event_cost,
        cast(null as bigint) as Event_processing_time,
        reason_code as Event_detail,
        cast(null as {{ dbt.type_string() }}) as Team,
        actor as {{ adapter.quote("User") }}

    from case_events

)

select * from uipath_event_log
