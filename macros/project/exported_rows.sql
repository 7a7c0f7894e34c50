{#-
    Where the router's exported rows of one kind are, as a dictionary of `relation` and
    `columns`, their names; no name before its first export. An engine that reads no
    files of this machine has them as tables, the source `routing_log`.
-#}
{% macro exported_rows(kind) -%}
    {{ return(adapter.dispatch("exported_rows", "offpath")(kind)) }}
{%- endmacro %}

{% macro default__exported_rows(kind) -%}
    {#- What would be a pattern or end the text stands for itself. -#}
    {%- set home = env_var("OFFPATH_HOME", ".offpath") | replace("[", "[[]")
        | replace("*", "[*]") | replace("'", "''") -%}
    {%- set files = home ~ "/routing_log/" ~ kind ~ "/*.parquet" -%}
    {%- set relation = "read_parquet('" ~ files ~ "', union_by_name = true)" -%}
    {%- set columns = [] -%}
    {%- if execute and run_query(
        "select count(*) as n from glob('" ~ files ~ "')"
    ).columns[0].values()[0] > 0 -%}
        {%- do columns.extend(
            run_query("describe select * from " ~ relation).columns[0].values()
        ) -%}
    {%- endif -%}
    {{ return({"relation": relation, "columns": columns}) }}
{%- endmacro %}

{% macro spark__exported_rows(kind) -%}
    {%- set relation = source("routing_log", kind) -%}
    {%- set columns = [] -%}
    {%- if execute and load_relation(relation) is not none -%}
        {%- do columns.extend(
            adapter.get_columns_in_relation(relation) | map(attribute="name")
        ) -%}
    {%- endif -%}
    {{ return({"relation": relation, "columns": columns}) }}
{%- endmacro %}
