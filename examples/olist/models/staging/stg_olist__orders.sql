{%- set timezone = "America/Sao_Paulo" -%}

with

orders as (

    select * from {{ source("olist", "orders") }}

),

order_payments as (

    select * from {{ source("olist", "order_payments") }}

),

payment_totals as (

    select
        order_id,
        sum({{ offpath.cast_or_null("payment_value", "decimal(18, 2)") }}) as amount

    from order_payments
    group by order_id

),

dated as (

    select
        orders.order_id,
        orders.order_purchase_timestamp,
        orders.order_estimated_delivery_date,
        {{ offpath.utc_timestamp("orders.order_purchase_timestamp", timezone) }}
            as purchased_at,
        {{ offpath.utc_timestamp("orders.order_estimated_delivery_date", timezone) }}
            as due_at,
        payment_totals.amount

    from orders
    left join payment_totals
        on orders.order_id = payment_totals.order_id

),

order_cases as (

    select
        'order_to_ship' as journey,
        order_id as case_id,
        cast(null as {{ dbt.type_string() }}) as severity,
        due_at,
        cast(amount as decimal(18, 2)) as value_amount,
        false as is_excluded,
        -- The promised date is the one the customer was shown at the purchase.
        purchased_at as loaded_at,
        {{ offpath.unreadable_columns({
            "due_at": ["order_estimated_delivery_date", "due_at"],
            "loaded_at": ["order_purchase_timestamp", "purchased_at"],
        }) }} as unreadable,
        {{ offpath.raw_record([
            "order_id",
            "order_purchase_timestamp",
            "order_estimated_delivery_date",
        ]) }} as raw_record

    from dated

)

select * from order_cases
