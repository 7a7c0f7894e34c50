{#-
    The router's exported rows of one kind, as a relation of the given columns (name:
    type); no rows before its first export, so that a first build has a closed loop too.
    Raises nothing; a file that lacks a column fails the build with its name.
-#}
{% macro routing_log_files(kind, columns) %}
    {%- set files = env_var("OFFPATH_HOME", ".offpath") ~ "/routing_log/" ~ kind
        ~ "/*.parquet" -%}
    {%- set found = false -%}
    {%- if execute -%}
        {%- set found = run_query(
            "select count(*) as n from glob('" ~ files ~ "')"
        ).columns[0].values()[0] > 0 -%}
    {%- endif -%}
    select
    {%- for name, type in columns.items() %}
        cast({{ name if found else "null" }} as {{ type }}) as {{ name }}
        {{- "," if not loop.last }}
    {%- endfor %}
    {% if found %}
    from read_parquet('{{ files }}', union_by_name = true)
    {% else %}
    where 1 = 0
    {% endif %}
{% endmacro %}
