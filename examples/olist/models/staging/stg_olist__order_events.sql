{%- set timezone = "America/Sao_Paulo" -%}
{%- set steps = {
    "purchased": "order_purchase_timestamp",
    "approved": "order_approved_at",
    "handed_to_carrier": "order_delivered_carrier_date",
    "delivered": "order_delivered_customer_date",
} -%}

with

orders as (

    select * from {{ source("olist", "orders") }}

),

order_items as (

    select * from {{ source("olist", "order_items") }}

),

order_payments as (

    select * from {{ source("olist", "order_payments") }}

),

customers as (

    select * from {{ source("olist", "customers") }}

),

sellers as (

    select * from {{ source("olist", "sellers") }}

),

-- `order_status` is left out: it is the last state of the order, which no step of it
-- could know.
steps as (

    {% for event_name, column in steps.items() %}
    select
        order_id,
        customer_id,
        '{{ event_name }}' as event_name,
        {{ column }} as step_text

    from orders
    where {{ offpath.trimmed(column) }} is not null
    {{ "union all" if not loop.last }}
    {% endfor %}

),

first_items as (

    select
        order_id,
        seller_id

    from order_items
    where order_item_id = '1'

),

payments as (

    select
        order_id,
        min_by(
            payment_type, {{ offpath.cast_or_null("payment_sequential", "integer") }}
        ) as payment_type,
        sum({{ offpath.cast_or_null("payment_value", "decimal(18, 2)") }}) as amount

    from order_payments
    group by order_id

),

described as (

    select
        steps.order_id,
        steps.event_name,
        steps.step_text,
        {{ offpath.utc_timestamp("steps.step_text", timezone) }} as occurred_at,
        customers.customer_state,
        sellers.seller_state,
        payments.payment_type,
        payments.amount

    from steps
    left join customers
        on steps.customer_id = customers.customer_id
    left join first_items
        on steps.order_id = first_items.order_id
    left join sellers
        on first_items.seller_id = sellers.seller_id
    left join payments
        on steps.order_id = payments.order_id

),

order_events as (

    select
        'order_to_ship' as journey,
        order_id as case_id,
        order_id || '-' || event_name as event_id,
        event_name,
        occurred_at,
        case event_name
            when 'purchased' then 'customer'
            when 'approved' then 'payment'
            when 'handed_to_carrier' then 'seller'
            when 'delivered' then 'carrier'
        end as actor,
        cast(null as {{ dbt.type_string() }}) as channel,
        case event_name
            when 'purchased' then customer_state
            when 'handed_to_carrier' then seller_state
            when 'delivered' then customer_state
        end as location,
        cast(null as {{ dbt.type_string() }}) as reason_code,
        case when event_name = 'purchased' then cast(amount as decimal(18, 2)) end
            as amount,
        -- The file has no time of arrival: a step is known when it happens.
        occurred_at as loaded_at,
        case event_name
            when 'purchased'
                then {{ offpath.json_object({"payment_type": "payment_type"}) }}
            when 'handed_to_carrier'
                then {{ offpath.json_object({"seller_state": "seller_state"}) }}
        end as attributes,
        {{ offpath.unreadable_columns({"occurred_at": ["step_text", "occurred_at"]}) }}
            as unreadable,
        {{ offpath.raw_record(["order_id", "event_name", "step_text"]) }} as raw_record

    from described

)

select * from order_events
