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

ship_by_promises as (

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

select * from ship_by_promises
