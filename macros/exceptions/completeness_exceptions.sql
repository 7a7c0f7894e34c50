{#-
    Detections of the completeness rules: passages of a gate that fail the expectation
    of the rule. An exception lasts from a failing passage to the first later one of the
    case that passes the gate; failing passages in between belong to it. A case that
    does not come back is cleared after review. Fields of the case are read as they are
    known by the clock, so that one that is filled in takes the exception away.
    Arguments are relations.
-#}
{% macro completeness_exceptions(gate_passages, gate_failures, case_endings) %}
    with

    judged as (

        select
            gate_passages.rule_id,
            gate_passages.journey,
            gate_passages.case_id,
            gate_passages.event_id,
            gate_passages.event_number,
            gate_passages.occurred_at,
            gate_failures.gate_event,
            gate_failures.field,
            gate_failures.expectation,
            gate_failures.observed_value,
            gate_failures.rule_id is not null as is_failing

        from {{ gate_passages }} as gate_passages
        left join {{ gate_failures }} as gate_failures
            on
                gate_passages.rule_id = gate_failures.rule_id
                and gate_passages.event_id = gate_failures.event_id
        where
            (gate_passages.rule_id, gate_passages.case_id) in (
                select
                    rule_id,
                    case_id

                from {{ gate_failures }}
            )

    ),

    -- Failing passages share a spell with the passing one before them, so that each
    -- spell has one passing passage at most: the one that ends the spell before.
    spelled as (

        select
            *,
            sum(case when is_failing then 0 else 1 end) over (
                partition by rule_id, case_id
                order by event_number
                rows between unbounded preceding and current row
            ) as spell

        from judged

    ),

    passed as (

        select
            rule_id,
            case_id,
            spell,
            occurred_at

        from spelled
        where not is_failing

    ),

    failed as (

        select
            rule_id,
            journey,
            case_id,
            spell,
            gate_event,
            field,
            expectation,
            min(occurred_at) as onset_at,
            count(*) as failing_count,
            min_by(event_id, event_number) as event_id,
            min_by(observed_value, event_number) as first_observed_value

        from spelled
        where is_failing
        group by
            rule_id, journey, case_id, spell, gate_event, field, expectation

    ),

    mended as (

        select
            failed.rule_id,
            failed.journey,
            failed.case_id,
            failed.gate_event,
            failed.field,
            failed.expectation,
            failed.event_id,
            failed.first_observed_value,
            failed.failing_count,
            failed.onset_at,
            passed.occurred_at as mended_at

        from failed
        left join passed
            on
                failed.rule_id = passed.rule_id
                and failed.case_id = passed.case_id
                and failed.spell + 1 = passed.spell
        -- What is mended at the instant it happens was never open.
        where passed.occurred_at is null or passed.occurred_at > failed.onset_at

    ),

    cleared as (

        {{ offpath.cleared_detections("mended", "onset_at", case_endings) }}

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
            "observed_value": "first_observed_value",
        }) }} as evidence

    from cleared
{% endmacro %}
