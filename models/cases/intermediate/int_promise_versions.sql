{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

classified as (

    select * from {{ ref("int_promises_classified") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

promise_versions as (

    {{ offpath.versions_of("promise", "classified", ["due_at"]) }}

)

select * from promise_versions
