-- Few rows: what a rule of a segment or journey has counted, of each of its exceptions.
with

exceptions_detected as (

    select * from {{ ref("int_exceptions_detected") }}
    where subject_type <> 'case'

),

quality_rules as (

    select * from {{ ref("quality_rules") }}

),

volume_rules as (

    select * from {{ ref("volume_rules") }}

),

-- The window as it was judged last, whose figures the evidence tells.
judged as (

    select
        exceptions_detected.exception_id,
        exceptions_detected.rule_id,
        exceptions_detected.journey,
        exceptions_detected.subject_id,
        quality_rules.segment_by,
        quality_rules.defect_event,
        quality_rules.opportunity_event,
        quality_rules.window_days,
        {{ offpath.utc_timestamp(
            offpath.json_text("exceptions_detected.evidence", "'last_judged_at'")
        ) }} as last_judged_at

    from exceptions_detected
    inner join quality_rules
        on exceptions_detected.rule_id = quality_rules.rule_id

),

windows as (

    {% for role in ["defect", "opportunity"] %}
    select
        exception_id,
        rule_id,
        journey,
        subject_id,
        segment_by,
        '{{ role }}' as role,
        {{ role }}_event as event_name,
        {{ offpath.add_seconds("last_judged_at", "window_days * -86400") }}
            as starts_at,
        last_judged_at as ends_at

    from judged
    union all
    {% endfor %}
    select
        exceptions_detected.exception_id,
        exceptions_detected.rule_id,
        exceptions_detected.journey,
        exceptions_detected.subject_id,
        volume_rules.segment_by,
        'counted' as role,
        volume_rules.event_name,
        exceptions_detected.onset_at as starts_at,
        exceptions_detected.detected_at as ends_at

    from exceptions_detected
    inner join volume_rules
        on exceptions_detected.rule_id = volume_rules.rule_id

),

exception_windows as (

    select
        exception_id,
        rule_id,
        journey,
        role,
        event_name,
        segment_by,
        -- Behind `segment_by=`.
        case
            when segment_by is not null
                then substring(subject_id, length(segment_by) + 2)
        end as segment,
        starts_at,
        ends_at

    from windows

)

select * from exception_windows
