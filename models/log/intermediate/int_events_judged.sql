{{ config(materialized="view") }}

with

raw_rows as (

    select * from {{ ref("int_raw_events_unioned") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

judged as (

    select
        raw_rows.*,
        coalesce(
            {{ offpath.quarantine_reason("raw_rows", "event") }},
            case
                when not {{ offpath.is_json_object("raw_rows.attributes") }}
                    then 'attributes is no JSON object'
            end
        ) as quarantine_reason

    from raw_rows
    left join journeys
        on raw_rows.journey = journeys.journey
    where {{ offpath.has_landed("raw_rows.loaded_at") }}

)

select * from judged
