{#-
    Whether the engine keeps tables that builds add to. On one that does not, a build is
    a whole one: each table is made anew, every case is due, and nothing is noted of one
    build for the next.
-#}
{% macro keeps_increments() -%}
    {{ return(target.type == "duckdb") }}
{%- endmacro %}
