{#- Day of the week of a timestamp, 1 Monday to 7 Sunday; null if it is null. -#}
{% macro iso_weekday(instant) -%}
    {{ return(adapter.dispatch("iso_weekday", "offpath")(instant)) }}
{%- endmacro %}

{% macro default__iso_weekday(instant) -%}
    isodow({{ instant }})
{%- endmacro %}

{% macro spark__iso_weekday(instant) -%}
    cast(weekday({{ instant }}) + 1 as bigint)
{%- endmacro %}
