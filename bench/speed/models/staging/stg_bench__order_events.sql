with

events as (

    select * from {{ source("bench", "events") }}

),

order_events as (

    select
        'order_to_ship' as journey,
        case_id,
        event_id,
        event_name,
        occurred_at,
        actor,
        channel,
        location,
        reason_code,
        amount,
        source_sequence,
        loaded_at,
        attributes,
        cast(null as {{ dbt.type_string() }}) as unreadable,
        cast(null as {{ dbt.type_string() }}) as raw_record

    from events

)

select * from order_events
