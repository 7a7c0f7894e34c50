{#-
    A window expression: the last value that is not null in the frame of the named
    window; null where there is none.
-#}
{% macro last_not_null(expression, window_name) -%}
    {{ return(adapter.dispatch("last_not_null", "offpath")(expression, window_name)) }}
{%- endmacro %}

{% macro default__last_not_null(expression, window_name) -%}
    last_value({{ expression }} ignore nulls) over {{ window_name }}
{%- endmacro %}

{% macro spark__last_not_null(expression, window_name) -%}
    last_value({{ expression }}, true) over {{ window_name }}
{%- endmacro %}
