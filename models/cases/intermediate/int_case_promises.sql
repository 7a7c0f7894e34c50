{{ config(materialized="view") }}

with

classified as (

    select * from {{ ref("int_promises_classified") }}

),

case_promises as (

    select
        journey,
        case_id,
        promise,
        due_at,
        loaded_at

    from classified
    where disposition = 'accepted'

)

select * from case_promises
