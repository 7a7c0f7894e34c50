{{ config(
    materialized="incremental",
    incremental_strategy="by_landing",
    meta={"row_kind": "event"},
) }}

with

classified as (

    {{ offpath.classified_rows(
        kind="event",
        raw_rows=ref("int_raw_events_unioned"),
        journeys=ref("journeys"),
        landings=ref("int_landings"),
        own_reason="case"
        ~ " when raw_rows.occurred_at < "
        ~ offpath.instant_literal("earliest_occurred_at", var("earliest_occurred_at"))
        ~ " then 'occurred_at is before " ~ var("earliest_occurred_at") ~ "'"
        ~ " when not " ~ offpath.is_json_object("raw_rows.attributes")
        ~ " then 'attributes is no JSON object'"
        ~ " end",
    ) }}

)

select * from classified
