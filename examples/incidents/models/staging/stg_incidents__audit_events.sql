with

incident_event_log as (

    select * from {{ source("incidents", "incident_event_log") }}

),

numbered as (

    select
        number,
        incident_state,
        sys_mod_count,
        sys_updated_at,
        contact_type,
        location,
        assignment_group,
        category,
        priority,
        {{ offpath.utc_timestamp("sys_updated_at", format="%-d/%-m/%Y %H:%M") }}
            as updated_at,
        -- The order of the file is the one thing that tells doubled counters apart.
        row_number() over () as file_row

    from incident_event_log

),

-- Five incidents use a value of their counter twice, for two updates that differ. The
-- first in the file keeps it, landed or not: every build says the same of a row.
claimed as (

    select
        *,
        row_number() over (
            partition by number, sys_mod_count
            order by file_row
        ) as claim_number

    from numbered

),

identified as (

    select
        *,
        number || '-' || sys_mod_count as row_key,
        case when claim_number = 1 then number || '-' || sys_mod_count end as event_id,
        {{ offpath.cast_or_null("sys_mod_count", "bigint") }} as source_sequence

    from claimed

),

audit_events as (

    select
        'ticket_to_resolution' as journey,
        number as case_id,
        event_id,
        case
            -- Five rows hold a code for which the source has no name.
            when incident_state = '-100' then 'unknown'
            else replace(lower({{ offpath.trimmed("incident_state") }}), ' ', '_')
        end as event_name,
        updated_at as occurred_at,
        nullif(assignment_group, '?') as actor,
        nullif(contact_type, '?') as channel,
        nullif(location, '?') as location,
        cast(null as {{ dbt.type_string() }}) as reason_code,
        cast(null as decimal(18, 2)) as amount,
        source_sequence,
        -- The audit row is written when the incident is updated.
        updated_at as loaded_at,
        {{ offpath.json_object({
            "category": "nullif(category, '?')",
            "priority": "nullif(priority, '?')",
        }) }} as attributes,
        {{ offpath.unreadable_columns({
            "event_id": ["row_key", "event_id"],
            "occurred_at": ["sys_updated_at", "updated_at"],
            "source_sequence": ["sys_mod_count", "source_sequence"],
        }) }} as unreadable,
        {{ offpath.raw_record([
            "number",
            "sys_mod_count",
            "incident_state",
            "sys_updated_at",
            "assignment_group",
            "contact_type",
            "location",
            "category",
            "priority",
        ]) }} as raw_record

    from identified

)

select * from audit_events
