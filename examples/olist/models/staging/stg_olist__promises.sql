{%- set timezone = "America/Sao_Paulo" -%}

with

order_items as (

    select * from {{ source("olist", "order_items") }}

),

orders as (

    select * from {{ source("olist", "orders") }}

),

latest_limits as (

    select
        order_id,
        -- Texts of this form sort as the times do.
        max(shipping_limit_date) as due_text

    from order_items
    group by order_id

),

texts as (

    -- The date that the customer was shown at the purchase.
    select
        order_id,
        'delivery' as promise,
        order_estimated_delivery_date as due_text,
        order_purchase_timestamp as made_text

    from orders
    union all
    select
        latest_limits.order_id,
        'ship_by' as promise,
        latest_limits.due_text,
        -- Most limits carry the time of day of the approval, so they are set then; a
        -- limit before the approval, or without one, is known when it passes.
        least(latest_limits.due_text, orders.order_approved_at) as made_text

    from latest_limits
    inner join orders
        on latest_limits.order_id = orders.order_id

),

typed as (

    select
        *,
        {{ offpath.utc_timestamp("due_text", timezone) }} as due_at,
        {{ offpath.utc_timestamp("made_text", timezone) }} as loaded_at

    from texts

),

promises as (

    select
        'order_to_ship' as journey,
        order_id as case_id,
        promise,
        due_at,
        loaded_at,
        {{ offpath.unreadable_columns({
            "due_at": ["due_text", "due_at"],
            "loaded_at": ["made_text", "loaded_at"],
        }) }} as unreadable,
        {{ offpath.raw_record(["order_id", "promise", "due_text", "made_text"]) }}
            as raw_record

    from typed

)

select * from promises
