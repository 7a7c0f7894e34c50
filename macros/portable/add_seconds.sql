{#-
    A timestamp plus a number of seconds, both SQL expressions; null if either is. It is
    rounded to whole ones, a half to the even one.
-#}
{% macro add_seconds(instant, seconds) -%}
    {{ return(adapter.dispatch("add_seconds", "offpath")(instant, seconds)) }}
{%- endmacro %}

{% macro default__add_seconds(instant, seconds) -%}
    ({{ instant }} + to_seconds(cast({{ seconds }} as bigint)))
{%- endmacro %}

{% macro spark__add_seconds(instant, seconds) -%}
    ({{ instant }} + make_dt_interval(0, 0, 0, cast(rint({{ seconds }}) as bigint)))
{%- endmacro %}
