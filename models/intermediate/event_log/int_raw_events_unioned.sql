{{ config(materialized="view") }}

{% for model in var("event_models") %}
select
    '{{ model }}' as source_model,
    journey,
    case_id,
    event_id,
    event_name,
    occurred_at,
    actor,
    channel,
    location,
    reason_code,
    amount,
    source_sequence,
    loaded_at,
    attributes,
    unreadable,
    raw_record

from {{ ref(model) }}
{{ "union all" if not loop.last }}
{% endfor %}
