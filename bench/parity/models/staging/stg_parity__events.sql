with

log_rows as (

    select * from {{ source("parity", "events") }}

),

events as (

    select
        '{{ var("log") }}' as journey,
        "case:concept:name" as case_id,
        cast(file_row_number as {{ dbt.type_string() }}) as event_id,
        "concept:name" as event_name,
        cast("time:timestamp" as timestamp) as occurred_at,
        "org:resource" as actor,
        cast(file_row_number as bigint) as source_sequence,
        cast("time:timestamp" as timestamp) as loaded_at,
        cast(null as {{ dbt.type_string() }}) as unreadable,
        cast(null as {{ dbt.type_string() }}) as raw_record

    from log_rows

)

select * from events
