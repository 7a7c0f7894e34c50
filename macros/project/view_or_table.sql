{#-
    The materialization of a mart that only picks what is there: a table where readers,
    as `offpath publish --from`, go by the files of tables, of which a view has none.
-#}
{% macro view_or_table() -%}
    {{ return("view" if target.type == "duckdb" else "table") }}
{%- endmacro %}
