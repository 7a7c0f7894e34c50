{#-
    Detections of the conformance rules: a case that breaks the rule for good, from its
    first breach on, and an answer that is missed, from the instant it was due. Both are
    cleared when they are mended, or after review. An answer that falls due while the
    feed is silent is not known to be missed until the feed is back. Arguments are
    relations.
-#}
{% macro conformance_exceptions(
    breaches_lasting, answers_missed, case_endings, silences_lasting
) %}
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
            answers_missed.rule_id,
            answers_missed.journey,
            answers_missed.case_id,
            answers_missed.onset_at,
            answers_missed.due_at as detected_at,
            answers_missed.breach_count,
            answers_missed.event_id,
            answers_missed.event_name,
            answers_missed.answered_at as mended_at

        from {{ answers_missed }} as answers_missed
        left join {{ silences_lasting }} as silences_lasting
            on
                answers_missed.journey = silences_lasting.journey
                and answers_missed.answered_at is null
                and answers_missed.due_at >= silences_lasting.silent_since
        where
            -- An answer at the instant it is due is in time.
            answers_missed.due_at < {{ offpath.as_of() }}
            and silences_lasting.journey is null

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
            "answered_at": "cast(mended_at as " ~ dbt.type_string() ~ ")",
        }) }} as evidence

    from cleared
{% endmacro %}
