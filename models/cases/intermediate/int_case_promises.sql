{{ config(materialized="view") }}

with

classified as (

    select * from {{ ref("int_promises_classified") }}

),

case_promises as (

    select
        {{ offpath.contract_columns("promise") | join(",\n        ") }}

    from classified
    where disposition = 'accepted'

)

select * from case_promises
