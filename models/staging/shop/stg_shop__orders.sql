with

orders as (

    select * from {{ ref("raw_shop_orders") }}

),

-- The shop writes 13.04.2026 22:00:00 and 1.299,90.
reordered as (

    select
        *,
        substring(trim(ship_by), 7, 4)
        || '-' || substring(trim(ship_by), 4, 2)
        || '-' || substring(trim(ship_by), 1, 2)
        || substring(trim(ship_by), 11) as ship_by_iso,
        replace(replace(order_value, '.', ''), ',', '.') as order_value_point

    from orders

),

typed as (

    select
        *,
        {{ offpath.utc_timestamp("ship_by_iso", "Europe/Berlin") }} as due_at,
        {{ offpath.cast_or_null("order_value_point", "decimal(18, 2)") }}
            as value_amount,
        case lower(trim(is_test)) when 'yes' then true when 'no' then false end
            as is_excluded,
        {{ offpath.utc_timestamp("exported_at") }} as loaded_at

    from reordered

),

order_cases as (

    select
        'order_to_ship' as journey,
        {{ offpath.trimmed("order_no") }} as case_id,
        {{ offpath.trimmed("priority") }} as severity,
        due_at,
        value_amount,
        is_excluded,
        loaded_at,
        {{ offpath.unreadable_columns({
            "due_at": ["ship_by", "due_at"],
            "value_amount": ["order_value", "value_amount"],
            "is_excluded": ["is_test", "is_excluded"],
            "loaded_at": ["exported_at", "loaded_at"],
        }) }} as unreadable,
        {{ offpath.raw_record([
            "order_no",
            "priority",
            "ship_by",
            "order_value",
            "is_test",
            "exported_at",
        ]) }} as raw_record

    from typed

)

select * from order_cases
