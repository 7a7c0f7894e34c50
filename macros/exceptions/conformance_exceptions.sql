{#-
    Detections of the conformance rules: the breaches that the clock has reached. A
    breach is cleared when it is mended, or after review. Arguments are relations.
-#}
{% macro conformance_exceptions(conformance_breaches, case_endings) %}
    with

    detected as (

        select *
        from {{ conformance_breaches }}
        -- An answer at the instant it is due is in time.
        where kind = 'lasting' or detected_at < {{ offpath.as_of() }}

    ),

    cleared as (

        {{ offpath.cleared_detections("detected", "detected_at", case_endings) }}

    )

    select
        rule_id,
        journey,
        'case' as subject_type,
        case_id as subject_id,
        onset_at,
        detected_at,
        cleared_at,
        clear_reason,
        breach_count as observed_value,
        0 as threshold_value,
        'breaches' as unit,
        {{ offpath.json_object({
            "breach": "event_name",
            "event_id": "event_id",
            "answered_at": "mended_at",
        }) }} as evidence

    from cleared
{% endmacro %}
