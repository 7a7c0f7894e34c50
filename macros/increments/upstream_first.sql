{#-
    `found`, with a node and all seeds and models that it comes from, each after its
    own.
-#}
{% macro upstream_first(node, found) -%}
    {%- if node.unique_id not in found -%}
        {%- for parent in node.depends_on.nodes if parent in graph.nodes -%}
            {%- do offpath.upstream_first(graph.nodes[parent], found) -%}
        {%- endfor -%}
        {%- do found.update({node.unique_id: node}) -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
