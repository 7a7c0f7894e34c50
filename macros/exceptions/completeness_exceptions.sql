{#-
    Detections of the completeness rules: passages of a gate without what the rule
    expects, from the first one to the first later one of the case that has it. A case
    that does not come back is cleared after review. Arguments are relations.
-#}
{% macro completeness_exceptions(gate_spells, case_endings) %}
    with

    lasting as (

        select *
        from {{ gate_spells }}
        -- What is mended at the instant it happens was never open.
        where mended_at is null or mended_at > onset_at

    ),

    cleared as (

        {{ offpath.cleared_detections("lasting", "onset_at", case_endings) }}

    )

    select
        rule_id,
        journey,
        'case' as subject_type,
        case_id as subject_id,
        onset_at,
        onset_at as detected_at,
        cleared_at,
        clear_reason,
        cast(failing_count as double) as observed_value,
        cast(0 as double) as threshold_value,
        'failing passages' as unit,
        {{ offpath.json_object({
            "gate": "gate_event",
            "field": "field",
            "expectation": "expectation",
            "event_id": "event_id",
            "observed_value": "observed_value",
        }) }} as evidence

    from cleared
{% endmacro %}
