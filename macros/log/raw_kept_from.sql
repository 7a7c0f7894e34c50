{#-
    The instant from which on the raw log is whole, a UTC timestamp literal of the var
    `raw_kept_from`; none where nothing was ever deleted from it. What landed before is
    archived in the classified tables, and stays there when its raw row goes.
-#}
{% macro raw_kept_from() -%}
    {%- set instant = var("raw_kept_from", none) -%}
    {%- if instant -%}
        {{ return(offpath.instant_literal("raw_kept_from", instant)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
