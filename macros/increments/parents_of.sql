{#- The seeds and models that a node refers to; a source is none. -#}
{% macro parents_of(node) -%}
    {%- set found = [] -%}
    {%- for unique_id in node.depends_on.nodes if unique_id in graph.nodes -%}
        {%- do found.append(graph.nodes[unique_id]) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
