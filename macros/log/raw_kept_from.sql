{#-
    The instant from which on the raw log is whole, a UTC timestamp literal of the var
    `raw_kept_from`; none where nothing was ever deleted from it. What landed before is
    archived in the classified tables, and stays there when its raw row goes. An engine
    that makes each table anew has no archive, and refuses the var.
-#}
{% macro raw_kept_from() -%}
    {%- set instant = var("raw_kept_from", none) -%}
    {%- if instant and not offpath.keeps_increments() -%}
        {{ exceptions.raise_compiler_error(
            "var raw_kept_from: each build on " ~ target.type ~ " makes all tables"
            ~ " anew from the raw rows and archives none, so that no raw row may be"
            ~ " deleted: keep them and take the var away, or build on DuckDB"
        ) }}
    {%- endif -%}
    {%- if instant -%}
        {{ return(offpath.instant_literal("raw_kept_from", instant)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
