{% if flags.WHICH in ("build", "run") and execute and not offpath.runs_python_models() %}
{% set rules = run_query(
    "select rule_id from " ~ ref("int_gate_values") ~ " where is_trial order by rule_id"
).columns[0].values() %}
{% if rules %}
    {% do exceptions.warn(
        "completeness rules are not judged, since this engine runs no Python models: "
        ~ rules | join(", ")
    ) %}
{% endif %}
{% endif %}

with

gate_passages as (

    select * from {{ ref("int_gate_passages") }}

),

gate_values as (

    select * from {{ ref("int_gate_values") }}

),

verdicts as (

    {% if offpath.runs_python_models() -%}
    select * from {{ ref("int_gate_verdicts") }}
    {%- else -%}
    select
        value_key,
        false as is_failing

    from gate_values
    {%- endif %}

),

completeness_rules as (

    select * from {{ ref("completeness_rules") }}

),

failing as (

    select
        gate_values.rule_id,
        gate_values.expectation,
        gate_values.judged_value

    from gate_values
    inner join verdicts
        on gate_values.value_key = verdicts.value_key
    where verdicts.is_failing and not gate_values.is_trial

),

gate_failures as (

    select
        gate_passages.rule_id,
        gate_passages.journey,
        gate_passages.case_id,
        gate_passages.event_id,
        completeness_rules.gate_event,
        gate_passages.field,
        failing.expectation,
        gate_passages.field_value as observed_value

    from gate_passages
    inner join completeness_rules
        on gate_passages.rule_id = completeness_rules.rule_id
    inner join failing
        on
            gate_passages.rule_id = failing.rule_id
            and gate_passages.judged_value is not distinct from failing.judged_value

)

select * from gate_failures
