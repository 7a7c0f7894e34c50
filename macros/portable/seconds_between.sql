{#- Whole seconds from one timestamp to another, rounded down; null if either is. -#}
{% macro seconds_between(start_at, end_at) -%}
    {{ return(adapter.dispatch("seconds_between", "offpath")(start_at, end_at)) }}
{%- endmacro %}

{% macro default__seconds_between(start_at, end_at) -%}
    cast(
        floor((epoch_us({{ end_at }}) - epoch_us({{ start_at }})) / 1000000.0e0)
        as bigint
    )
{%- endmacro %}

{% macro spark__seconds_between(start_at, end_at) -%}
    cast(
        floor((unix_micros({{ end_at }}) - unix_micros({{ start_at }})) / 1000000.0e0)
        as bigint
    )
{%- endmacro %}
