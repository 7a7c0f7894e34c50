with

audit as (

    select * from {{ ref("raw_desk_ticket_audit") }}

),

typed as (

    select
        *,
        {{ offpath.utc_timestamp("changed_at") }} as occurred_at,
        {{ offpath.cast_or_null("audit_no", "bigint") }} as source_sequence,
        {{ offpath.utc_timestamp("synced_at") }} as loaded_at

    from audit

),

-- One event for each update: an update that leaves the status repeats the event.
ticket_events as (

    select
        'ticket_to_resolution' as journey,
        {{ offpath.trimmed("ticket") }} as case_id,
        {{ offpath.normal_id("ticket") }} || '/' || {{ offpath.trimmed("audit_no") }}
            as event_id,
        case lower(trim(status))
            when 'open' then 'new'
            when 'working' then 'in_progress'
            when 'pending' then 'awaiting_customer'
            when 'escalated' then 'escalated'
            when 'solved' then 'resolved'
            when 'closed' then 'closed'
            when 'cancelled' then 'cancelled'
            -- A status nobody named keeps its own word and shows as a deviation.
            else lower({{ offpath.trimmed("status") }})
        end as event_name,
        occurred_at,
        {{ offpath.trimmed("changed_by") }} as actor,
        {{ offpath.trimmed("via") }} as channel,
        {{ offpath.trimmed("site") }} as location,
        {{ offpath.trimmed("resolution") }} as reason_code,
        cast(null as decimal(18, 2)) as amount,
        source_sequence,
        loaded_at,
        {{ offpath.trimmed("fields") }} as attributes,
        {{ offpath.unreadable_columns({
            "occurred_at": ["changed_at", "occurred_at"],
            "source_sequence": ["audit_no", "source_sequence"],
            "loaded_at": ["synced_at", "loaded_at"],
        }) }} as unreadable,
        {{ offpath.raw_record([
            "ticket",
            "audit_no",
            "status",
            "changed_at",
            "changed_by",
            "via",
            "site",
            "resolution",
            "fields",
            "synced_at",
        ]) }} as raw_record

    from typed

)

select * from ticket_events
