with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

detected as (

    select * from {{ ref("int_detections_unioned") }}

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
