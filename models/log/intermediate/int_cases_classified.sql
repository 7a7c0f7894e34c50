{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_landing",
    meta={"row_kind": "case"},
) }}

with

classified as (

    {{ offpath.classified_rows("case", ref("int_cases_judged")) }}

)

select * from classified
