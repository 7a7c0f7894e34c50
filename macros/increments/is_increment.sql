{#- Whether a node is a table that builds add to: of rows per case, or as they land. -#}
{% macro is_increment(node) -%}
    {{ return(node.config.materialized == "incremental"
        and node.config.incremental_strategy in ("by_landing", "by_case")) }}
{%- endmacro %}
