{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

classified as (

    select * from {{ ref("int_cases_classified") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

case_versions as (

    {{ offpath.versions_of("case", "classified", ["severity", "due_at", "value_amount"]) }}

)

select * from case_versions
