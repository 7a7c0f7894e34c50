{#-
    The router's exported rows of one kind, as a relation of the given columns (name:
    type); no rows before its first export, so that a first build has a closed loop too.
    A column that the files of an older router lack is null, since that one exports anew
    only on marts of its own version.
-#}
{% macro routing_log_files(kind, columns) %}
    {#- What would be a pattern or end the text stands for itself. -#}
    {%- set home = env_var("OFFPATH_HOME", ".offpath") | replace("[", "[[]")
        | replace("*", "[*]") | replace("'", "''") -%}
    {%- set files = home ~ "/routing_log/" ~ kind ~ "/*.parquet" -%}
    {%- set found = [] -%}
    {%- if execute and run_query(
        "select count(*) as n from glob('" ~ files ~ "')"
    ).columns[0].values()[0] > 0 -%}
        {%- do found.extend(run_query(
            "describe select * from read_parquet('" ~ files ~ "', union_by_name = true)"
        ).columns[0].values()) -%}
    {%- endif -%}
    select
    {%- for name, type in columns.items() %}
        cast({{ name if name in found else "null" }} as {{ type }}) as {{ name }}
        {{- "," if not loop.last }}
    {%- endfor %}
    {% if found %}
    from read_parquet('{{ files }}', union_by_name = true)
    {% else %}
    where 1 = 0
    {% endif %}
{% endmacro %}
