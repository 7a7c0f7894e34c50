with

log as (

    select * from {{ ref("raw_shop_order_log") }}

),

-- The shop writes 13.04.2026 07:59:12; ISO order reads the same on every engine.
reordered as (

    select
        *,
        substring(trim(happened), 7, 4)
        || '-' || substring(trim(happened), 4, 2)
        || '-' || substring(trim(happened), 1, 2)
        || substring(trim(happened), 11) as happened_iso

    from log

),

typed as (

    select
        *,
        {{ offpath.utc_timestamp("happened_iso", "Europe/Berlin") }} as occurred_at,
        {{ offpath.cast_or_null("sum_eur", "decimal(18, 2)") }} as amount,
        {{ offpath.cast_or_null("entry_no", "bigint") }} as source_sequence,
        {{ offpath.utc_timestamp("exported_at") }} as loaded_at

    from reordered

),

order_events as (

    select
        'order_to_ship' as journey,
        {{ offpath.trimmed("order_no") }} as case_id,
        {{ offpath.trimmed("entry_key") }} as event_id,
        case upper(trim(step))
            when 'PLACED' then 'order_placed'
            when 'PAID' then 'payment_captured'
            when 'STOCK_RESERVED' then 'inventory_allocated'
            when 'PACKED' then 'packed'
            when 'CHECK_FAILED' then 'mispack_found'
            when 'LABEL_ERROR' then 'label_print_failed'
            when 'LABEL_OK' then 'label_printed'
            when 'RAISED_TO_LEAD' then 'fulfilment_escalated'
            when 'HANDED_OVER' then 'shipped'
            when 'VOIDED' then 'order_cancelled'
            when 'GIVEN_UP' then 'fulfilment_failed'
            -- A step nobody named keeps its own word and shows as a deviation.
            else lower({{ offpath.trimmed("step") }})
        end as event_name,
        occurred_at,
        {{ offpath.trimmed("operator") }} as actor,
        {{ offpath.trimmed("sales_channel") }} as channel,
        {{ offpath.trimmed("station") }} as location,
        {{ offpath.trimmed("reason") }} as reason_code,
        amount,
        source_sequence,
        loaded_at,
        {{ offpath.trimmed("details") }} as attributes,
        {{ offpath.unreadable_columns({
            "occurred_at": ["happened", "occurred_at"],
            "amount": ["sum_eur", "amount"],
            "source_sequence": ["entry_no", "source_sequence"],
            "loaded_at": ["exported_at", "loaded_at"],
        }) }} as unreadable,
        {{ offpath.raw_record([
            "order_no",
            "entry_no",
            "entry_key",
            "step",
            "happened",
            "station",
            "operator",
            "sales_channel",
            "sum_eur",
            "reason",
            "details",
            "exported_at",
        ]) }} as raw_record

    from typed

)

select * from order_events
