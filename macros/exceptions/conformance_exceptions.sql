{#-
    Detections of the conformance rules: a case that breaks the rule for good, from its
    first breach on, and an answer that is missed, from the instant it was due. Both are
    cleared when they are mended, or after review. Arguments are relations.
-#}
{% macro conformance_exceptions(breaches_lasting, answers_missed, case_endings) %}
    with

    detected as (

        select
            rule_id,
            journey,
            case_id,
            onset_at,
            onset_at as detected_at,
            breach_count,
            event_id,
            event_name,
            mended_at

        from {{ breaches_lasting }}
        union all
        select
            rule_id,
            journey,
            case_id,
            onset_at,
            due_at as detected_at,
            breach_count,
            event_id,
            event_name,
            answered_at as mended_at

        from {{ answers_missed }}
        -- An answer at the instant it is due is in time.
        where due_at < {{ offpath.as_of() }}

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
