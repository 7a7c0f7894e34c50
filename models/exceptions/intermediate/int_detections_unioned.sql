{{ config(materialized="view") }}

{% set models = [] %}
{% for family in offpath.exception_families().values() %}
{% do models.extend(family.models) %}
{% endfor %}

with

detections_unioned as (

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

)

select * from detections_unioned
