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
        required=["case_id"],
        newest_first=[
            "loaded_at", "severity", "due_at", "value_amount", "is_excluded"
        ],
    ) }}

)

select * from classified
