{#-
    The relation of `offpath_<name>`, a table of what builds know of each other, beside
    the classified events, wherever the project puts those.
-#}
{% macro state_table(name) -%}
    {#- A unit test has no graph, and builds on nothing. -#}
    {%- set nodes = graph.get("nodes", {}) -%}
    {%- set beside = nodes.get("model.offpath.int_events_classified", target) -%}
    {{ return(api.Relation.create(
        database=beside.database,
        schema=beside.schema,
        identifier="offpath_" ~ name,
        type="table",
    )) }}
{%- endmacro %}
