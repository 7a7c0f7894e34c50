with

orders as (

    select * from {{ source("bench", "orders") }}

),

order_cases as (

    select
        'order_to_ship' as journey,
        case_id,
        severity,
        due_at,
        value_amount,
        is_excluded,
        loaded_at,
        cast(null as {{ dbt.type_string() }}) as unreadable,
        cast(null as {{ dbt.type_string() }}) as raw_record

    from orders

)

select * from order_cases
