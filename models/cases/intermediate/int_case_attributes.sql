{{ config(materialized="view") }}

with

classified as (

    select * from {{ ref("int_cases_classified") }}

),

case_attributes as (

    select
        journey,
        case_id,
        severity,
        due_at,
        value_amount,
        coalesce(is_excluded, false) as is_excluded,
        loaded_at

    from classified
    where disposition = 'accepted'

)

select * from case_attributes
