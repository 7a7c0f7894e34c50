{#-
    The rows of the staging models named by the var `models_var`, with `source_model`
    and the columns of their contract, ids in their normal form; no row where it names
    none. Fails by the name of the model that lacks a required column, or has one that
    the contract does not know.
-#}
{% macro unioned_staging(kind, models_var) %}
    {%- set models = offpath.staging_models(models_var) -%}
    {%- set contract = offpath.contract(kind) -%}
    {%- for model in models %}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(ref(project_name, model)) -%}
            {%- do found.append(column.name | lower) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set missing = (
        offpath.contract_columns(kind, "required") + ["unreadable", "raw_record"]
    ) | reject("in", found) | list -%}
    {%- set unknown = found | reject("in", contract.keys()) | list -%}
    {%- if found and (missing or unknown) -%}
        {{ exceptions.raise_compiler_error(
            "model " ~ model ~ " of var " ~ models_var
            ~ (" lacks " ~ missing | join(", ") if missing
                else " has " ~ unknown | join(", "))
            ~ (" of the " if missing else ", which is not in the ") ~ kind
            ~ " contract: " ~ contract.keys() | join(", ")
        ) }}
    {%- endif %}
    select
        '{{ model }}' as source_model,
        {%- for name, column in contract.items() %}
        {%- set given = name if name in found or not found else "null" %}
        {%- set value = offpath.normal_id(given) if "id" in column.parts
            else "cast(" ~ given ~ " as " ~ column.type ~ ")" %}
        {{ value }} as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}

    from {{ ref(project_name, model) }}
    {{ "union all" if not loop.last }}
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as source_model,
        {%- for name, column in contract.items() %}
        cast(null as {{ column.type }}) as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}

    where 1 = 0
    {%- endfor %}
{% endmacro %}
