{#- A node and all that it comes from, each after what it comes from itself. -#}
{% macro upstream_first(node, found=none) -%}
    {%- set found = {} if found is none else found -%}
    {%- if node.unique_id not in found -%}
        {%- for parent in offpath.parents_of(node) -%}
            {%- do offpath.upstream_first(parent, found) -%}
        {%- endfor -%}
        {%- do found.update({node.unique_id: node}) -%}
    {%- endif -%}
    {{ return(found.values() | list) }}
{%- endmacro %}
