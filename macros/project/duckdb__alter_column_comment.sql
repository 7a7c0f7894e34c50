{#-
    Takes the place of dbt-duckdb's own where this is the root project: a view of
    DuckLake takes no comments on its columns, and all else has them.
-#}
{% macro duckdb__alter_column_comment(relation, column_dict) -%}
    {%- if not (relation.is_view and adapter.is_ducklake(relation)) -%}
        {{ dbt.duckdb__alter_column_comment(relation, column_dict) }}
    {%- endif -%}
{%- endmacro %}
