{#- Microseconds from one timestamp to another; null if either is. -#}
{% macro microseconds_between(start_at, end_at) -%}
    {{ return(adapter.dispatch("microseconds_between", "offpath")(start_at, end_at)) }}
{%- endmacro %}

{% macro default__microseconds_between(start_at, end_at) -%}
    (epoch_us({{ end_at }}) - epoch_us({{ start_at }}))
{%- endmacro %}

{% macro spark__microseconds_between(start_at, end_at) -%}
    (unix_micros({{ end_at }}) - unix_micros({{ start_at }}))
{%- endmacro %}
