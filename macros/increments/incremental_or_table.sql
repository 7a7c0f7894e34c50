{#-
    The materialization of a model that builds add to: a table on an engine that keeps
    no increments.
-#}
{% macro incremental_or_table() -%}
    {{ return("incremental" if offpath.keeps_increments() else "table") }}
{%- endmacro %}
