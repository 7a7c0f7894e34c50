{#- Whether a node is one of those that are built by increments here, not elsewhere. -#}
{% macro is_increment(node) -%}
    {{ return(node.config.incremental_strategy in ("by_landing", "by_case")) }}
{%- endmacro %}


{#- All of them, as nodes. -#}
{% macro increments() -%}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values() -%}
        {%- if offpath.is_increment(node) -%}
            {%- do found.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- The incremental models and all that they come from: each after what it comes from. -#}
{% macro watched_nodes() -%}
    {%- set found = {} -%}
    {%- for node in offpath.increments() -%}
        {%- do offpath.add_upstream_first(node, found) -%}
    {%- endfor -%}
    {{ return(found.values() | list) }}
{%- endmacro %}


{% macro add_upstream_first(node, found) -%}
    {%- if node.unique_id not in found -%}
        {%- for parent in offpath.parents_of(node) -%}
            {%- do offpath.add_upstream_first(parent, found) -%}
        {%- endfor -%}
        {%- do found.update({node.unique_id: node}) -%}
    {%- endif -%}
{%- endmacro %}


{#- The seeds and models that a node refers to; a source is none. -#}
{% macro parents_of(node) -%}
    {%- set found = [] -%}
    {%- for unique_id in node.depends_on.nodes -%}
        {%- if unique_id in graph.nodes -%}
            {%- do found.append(graph.nodes[unique_id]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
