with

events as (

    select * from {{ ref("int_events_classified") }}

),

cases as (

    select * from {{ ref("int_cases_classified") }}

),

promises as (

    select * from {{ ref("int_promises_classified") }}

),

quarantined_rows as (

    select
        source_model,
        'event' as row_kind,
        journey,
        case_id,
        event_id,
        loaded_at,
        quarantine_reason,
        raw_record

    from events
    where disposition = 'quarantined'
    union all
    select
        source_model,
        'case' as row_kind,
        journey,
        case_id,
        cast(null as {{ dbt.type_string() }}) as event_id,
        loaded_at,
        quarantine_reason,
        raw_record

    from cases
    where disposition = 'quarantined'
    union all
    select
        source_model,
        'promise' as row_kind,
        journey,
        case_id,
        cast(null as {{ dbt.type_string() }}) as event_id,
        loaded_at,
        quarantine_reason,
        raw_record

    from promises
    where disposition = 'quarantined'

)

select * from quarantined_rows
