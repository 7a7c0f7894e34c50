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
        max({{ offpath.utc_timestamp("shipping_limit_date", timezone) }}) as due_at

    from order_items
    group by order_id

),

promises as (

    -- The date that the customer was shown at the purchase.
    select
        'order_to_ship' as journey,
        order_id as case_id,
        'delivery' as promise,
        {{ offpath.utc_timestamp("order_estimated_delivery_date", timezone) }}
            as due_at,
        {{ offpath.utc_timestamp("order_purchase_timestamp", timezone) }} as loaded_at

    from orders
    union all
    select
        'order_to_ship' as journey,
        latest_limits.order_id as case_id,
        'ship_by' as promise,
        latest_limits.due_at,
        -- Most limits carry the time of day of the approval, so they are set then; a
        -- limit before the approval, or without one, is known when it passes.
        least(
            latest_limits.due_at,
            {{ offpath.utc_timestamp("orders.order_approved_at", timezone) }}
        ) as loaded_at

    from latest_limits
    inner join orders
        on latest_limits.order_id = orders.order_id

)

select * from promises
