{{ config(materialized="view") }}

{% for model in var("promise_models") %}
select
    '{{ model }}' as source_model,
    journey,
    case_id,
    promise,
    due_at,
    loaded_at,
    unreadable,
    raw_record

from {{ ref(model) }}
{{ "union all" if not loop.last }}
{% else %}
select
    cast(null as {{ dbt.type_string() }}) as source_model,
    cast(null as {{ dbt.type_string() }}) as journey,
    cast(null as {{ dbt.type_string() }}) as case_id,
    cast(null as {{ dbt.type_string() }}) as promise,
    cast(null as timestamp) as due_at,
    cast(null as timestamp) as loaded_at,
    cast(null as {{ dbt.type_string() }}) as unreadable,
    cast(null as {{ dbt.type_string() }}) as raw_record

where 1 = 0
{% endfor %}
