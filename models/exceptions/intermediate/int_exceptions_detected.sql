{% set models = [] %}
{% for family in offpath.exception_families().values() %}
{% do models.extend(family.models) %}
{% endfor %}

with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

detected as (

    {% for model in models %}
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

    from {{ ref(model) }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

exceptions_detected as (

    select
        {{ offpath.hash_id([
            "detected.rule_id",
            "detected.subject_type",
            "detected.subject_id",
            "detected.onset_at",
        ]) }} as exception_id,
        detected.rule_id,
        detected.journey,
        detected.subject_type,
        detected.subject_id,
        cast(
            row_number() over (
                partition by
                    detected.rule_id, detected.subject_type, detected.subject_id
                order by detected.onset_at
            ) as integer
        ) as episode,
        detected.onset_at,
        detected.detected_at,
        detected.cleared_at,
        detected.cleared_at is null as is_open,
        detected.clear_reason,
        detected.observed_value,
        detected.threshold_value,
        detected.unit,
        detected.evidence

    from detected
    -- A model of one's own need not ask whether a rule is retired.
    inner join rules
        on detected.rule_id = rules.rule_id

)

select * from exceptions_detected
