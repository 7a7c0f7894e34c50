{{ config(
    materialized="incremental",
    incremental_strategy="by_landing",
    meta={"row_kind": "case"},
) }}

with

classified as (

    {{ offpath.classified_rows(
        kind="case",
        raw_rows=ref("int_raw_cases_unioned"),
        journeys=ref("journeys"),
        landings=ref("int_landings"),
    ) }}

)

select * from classified
