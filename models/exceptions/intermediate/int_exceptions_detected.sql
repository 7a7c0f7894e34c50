{% set sources = [
    "int_latency_exceptions",
    "int_quality_exceptions",
    "int_completeness_exceptions",
    "int_conformance_exceptions",
    "int_volume_exceptions",
    "int_budget_exceptions",
] + var("custom_exception_models") %}

with

detected as (

    {% for source in sources %}
    select
        rule_id,
        journey,
        subject_type,
        subject_id,
        onset_at,
        detected_at,
        cleared_at,
        clear_reason,
        cast(observed_value as double) as observed_value,
        cast(threshold_value as double) as threshold_value,
        unit,
        evidence

    from {{ ref(source) }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

exceptions_detected as (

    select
        {{ offpath.hash_id(["rule_id", "subject_type", "subject_id", "onset_at"]) }}
            as exception_id,
        rule_id,
        journey,
        subject_type,
        subject_id,
        cast(
            row_number() over (
                partition by rule_id, subject_type, subject_id
                order by onset_at
            ) as integer
        ) as episode,
        onset_at,
        detected_at,
        cleared_at,
        cleared_at is null as is_open,
        clear_reason,
        observed_value,
        threshold_value,
        unit,
        evidence

    from detected

)

select * from exceptions_detected
