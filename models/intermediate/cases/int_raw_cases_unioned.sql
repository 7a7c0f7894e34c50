{{ config(materialized="view") }}

{% for model in var("case_models") %}
select
    '{{ model }}' as source_model,
    journey,
    case_id,
    severity,
    due_at,
    value_amount,
    is_excluded,
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
    cast(null as {{ dbt.type_string() }}) as severity,
    cast(null as timestamp) as due_at,
    cast(null as decimal(18, 2)) as value_amount,
    cast(null as boolean) as is_excluded,
    cast(null as timestamp) as loaded_at,
    cast(null as {{ dbt.type_string() }}) as unreadable,
    cast(null as {{ dbt.type_string() }}) as raw_record

where 1 = 0
{% endfor %}
