{{ config(materialized="view") }}

{% set relations = [] %}
{% for family in offpath.exception_families().values() %}
{% for name in family.models %}
{#- A family without parameters is one of the root project's own models. -#}
{% do relations.append(
    ref(name) if family.parameters else ref(project_name, name)
) %}
{% endfor %}
{% endfor %}

with

detections_unioned as (

    {% for relation in relations %}
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

    from {{ relation }}
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from detections_unioned
