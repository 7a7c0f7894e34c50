{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_landing",
    meta={"row_kind": "event"},
) }}

with

classified as (

    {{ offpath.classified_rows("event", ref("int_events_judged")) }}

)

select * from classified
