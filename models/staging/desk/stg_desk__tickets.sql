with

tickets as (

    select * from {{ ref("raw_desk_tickets") }}

),

typed as (

    select
        *,
        {{ offpath.cast_or_null("customer_value", "decimal(18, 2)") }}
            as value_amount,
        {{ offpath.cast_or_null("is_test", "boolean") }} as is_excluded,
        {{ offpath.utc_timestamp("synced_at") }} as loaded_at

    from tickets

),

-- The desk promises no time for a single ticket; the thresholds of an SLO do.
ticket_cases as (

    select
        'ticket_to_resolution' as journey,
        {{ offpath.trimmed("ticket") }} as case_id,
        {{ offpath.trimmed("priority") }} as severity,
        cast(null as timestamp) as due_at,
        value_amount,
        is_excluded,
        loaded_at,
        {{ offpath.unreadable_columns({
            "value_amount": ["customer_value", "value_amount"],
            "is_excluded": ["is_test", "is_excluded"],
            "loaded_at": ["synced_at", "loaded_at"],
        }) }} as unreadable,
        {{ offpath.raw_record([
            "ticket",
            "priority",
            "customer_value",
            "is_test",
            "synced_at",
        ]) }} as raw_record

    from typed

)

select * from ticket_cases
