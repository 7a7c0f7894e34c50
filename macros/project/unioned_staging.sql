{#-
    The rows of the staging models named by the var `models_var`, with `source_model`
    and the columns of their contract; no row where it names none. Fails by the name of
    the model that lacks a column, and of the columns.
-#}
{% macro unioned_staging(kind, models_var) %}
    {%- set models = var(models_var) -%}
    {%- set contract = offpath.staging_contract(kind) -%}
    {%- if models is string or models is not iterable -%}
        {{ exceptions.raise_compiler_error(
            "var " ~ models_var ~ " must be a list of models, not " ~ models
        ) }}
    {%- endif -%}
    {%- for model in models %}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(ref(model)) -%}
            {%- do found.append(column.name | lower) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set missing = contract.keys() | reject("in", found) | list -%}
    {%- if found and missing -%}
        {{ exceptions.raise_compiler_error(
            "model " ~ model ~ " of var " ~ models_var ~ " lacks "
            ~ missing | join(", ") ~ " of the " ~ kind
            ~ " contract (macros/project/staging_contract.sql); select null as "
            ~ missing[0] ~ " for what the source does not have"
        ) }}
    {%- endif %}
    select
        '{{ model }}' as source_model,
        {%- for column, type in contract.items() %}
        cast({{ column }} as {{ type }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}

    from {{ ref(model) }}
    {{ "union all" if not loop.last }}
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as source_model,
        {%- for column, type in contract.items() %}
        cast(null as {{ type }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}

    where 1 = 0
    {%- endfor %}
{% endmacro %}
