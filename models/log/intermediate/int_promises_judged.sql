{{ config(materialized="view") }}

with

raw_rows as (

    select * from {{ ref("int_raw_promises_unioned") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

judged as (

    select
        raw_rows.*,
        {{ offpath.quarantine_reason("raw_rows", "promise") }} as quarantine_reason

    from raw_rows
    left join journeys
        on raw_rows.journey = journeys.journey
    where {{ offpath.has_landed("raw_rows.loaded_at") }}

)

select * from judged
