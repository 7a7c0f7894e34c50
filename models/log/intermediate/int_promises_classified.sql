{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_landing",
    meta={"row_kind": "promise"},
) }}

with

classified as (

    {{ offpath.classified_rows("promise", ref("int_promises_judged")) }}

)

select * from classified
