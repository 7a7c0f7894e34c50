{#- The schema names of offpath: `marts`, not `main_marts`. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ offpath.generate_schema_name(custom_schema_name, node) }}
{%- endmacro %}
