{{ config(
    materialized="incremental",
    incremental_strategy="by_landing",
    meta={"row_kind": "promise"},
) }}

with

classified as (

    {{ offpath.classified_rows(
        kind="promise",
        raw_rows=ref("int_raw_promises_unioned"),
        journeys=ref("journeys"),
        landings=ref("int_landings"),
    ) }}

)

select * from classified
