{#-
    Schemas are named as configured: `marts`, not `main_marts`; or as the root project's
    own macro of this name says, which dbt by itself asks for its own nodes only.
-#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set own = context.get(project_name, {}).get("generate_schema_name") -%}
    {%- if own and project_name != "offpath" -%}
        {{ own(custom_schema_name, node) }}
    {%- else -%}
        {{ (custom_schema_name or target.schema) | trim }}
    {%- endif -%}
{%- endmacro %}
