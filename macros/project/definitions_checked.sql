{#-
    Runs as a build begins: fails by the name of a definition of the root project that
    no model here reads, since dbt read this package before the seed was there.
-#}
{% macro definitions_checked() -%}
    {%- if execute and project_name != "offpath" -%}
        {%- set read = [] -%}
        {%- for node in graph.nodes.values() -%}
            {%- if node.package_name == "offpath" and node.resource_type == "model" -%}
                {%- do read.extend(node.depends_on.nodes) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for unique_id, node in graph.nodes.items() -%}
            {%- if node.resource_type == "seed" and node.package_name == project_name
                and offpath.is_definition(node.name) and unique_id not in read -%}
                {{ exceptions.raise_compiler_error(
                    "seed " ~ node.name ~ " is new, and dbt has not read offpath since:"
                    ~ " dbt parse --no-partial-parse, once"
                ) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
