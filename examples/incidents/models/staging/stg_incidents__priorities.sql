with

incident_event_log as (

    select * from {{ source("incidents", "incident_event_log") }}

),

updates as (

    select
        number,
        priority,
        sys_mod_count,
        sys_updated_at,
        {{ offpath.utc_timestamp("sys_updated_at", format="%-d/%-m/%Y %H:%M") }}
            as updated_at,
        {{ offpath.cast_or_null("sys_mod_count", "bigint") }} as modification

    from incident_event_log

),

-- Of several updates in one minute the last says the priority.
ranked as (

    select
        *,
        row_number() over (
            partition by number, updated_at
            order by modification desc, priority
        ) as minute_rank

    from updates

),

compared as (

    select
        *,
        lag(priority) over (
            partition by number
            order by updated_at
        ) as previous_priority

    from ranked
    where minute_rank = 1

),

priorities as (

    select
        'ticket_to_resolution' as journey,
        number as case_id,
        nullif(priority, '?') as severity,
        cast(null as timestamp) as due_at,
        cast(null as decimal(18, 2)) as value_amount,
        false as is_excluded,
        updated_at as loaded_at,
        {{ offpath.unreadable_columns({
            "loaded_at": ["sys_updated_at", "updated_at"],
        }) }} as unreadable,
        {{ offpath.raw_record(["number", "sys_updated_at", "priority"]) }} as raw_record

    from compared
    where previous_priority is null or priority <> previous_priority

)

select * from priorities
