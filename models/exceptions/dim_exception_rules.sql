{% set parameters = {
    "latency": ["state", "threshold_minutes", "calendar"],
    "quality": [
        "defect_event",
        "opportunity_event",
        "segment_by",
        "window_days",
        "threshold_share",
    ],
    "completeness": ["gate_event", "field", "expectation", "arguments"],
    "conformance": [
        "template", "activation_event", "target_event", "within_minutes", "calendar"
    ],
    "volume": [
        "event_name",
        "segment_by",
        "window_minutes",
        "direction",
        "ratio",
        "minimum_count",
        "comparable",
        "baseline_windows",
    ],
    "budget": ["tier"],
} %}

with

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

exceptions as (

    select * from {{ ref("fct_exceptions") }}

),

parameters as (

    {% for family, columns in parameters.items() %}
    {% set fields = {} %}
    {% for column in columns %}{% do fields.update({column: column}) %}{% endfor %}
    select
        rule_id,
        {{ offpath.json_object(fields) }} as parameters

    from {{ ref(family ~ "_rules") }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

counted as (

    select
        rule_id,
        count(*) as exception_count,
        sum(case when is_open then 1 else 0 end) as open_count,
        max(detected_at) as last_detected_at

    from exceptions
    group by rule_id

),

rules as (

    select
        exception_rules.rule_id,
        exception_rules.journey,
        exception_rules.family,
        exception_rules.title,
        exception_rules.slo_id,
        exception_rules.severity,
        exception_rules.owner_role,
        cast(exception_rules.respond_within_minutes as integer)
            as respond_within_minutes,
        exception_rules.escalation_policy,
        exception_rules.playbook,
        exception_rules.stage,
        cast(exception_rules.version as integer) as version,
        cast(exception_rules.page_above_value as double) as page_above_value,
        parameters.parameters,
        cast(coalesce(counted.exception_count, 0) as bigint) as exception_count,
        cast(coalesce(counted.open_count, 0) as bigint) as open_count,
        counted.last_detected_at

    from exception_rules
    left join parameters
        on exception_rules.rule_id = parameters.rule_id
    left join counted
        on exception_rules.rule_id = counted.rule_id

)

select * from rules
