{#- Whole seconds of a timestamp since 1970-01-01 00:00, rounded down. -#}
{% macro epoch_seconds(instant) -%}
    {{ return(adapter.dispatch("epoch_seconds", "offpath")(instant)) }}
{%- endmacro %}

{% macro default__epoch_seconds(instant) -%}
    cast(floor(epoch_us({{ instant }}) / 1000000.0e0) as bigint)
{%- endmacro %}

{% macro spark__epoch_seconds(instant) -%}
    unix_seconds({{ instant }})
{%- endmacro %}
