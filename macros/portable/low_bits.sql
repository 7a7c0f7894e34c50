{#-
    A bigint whose lowest `number` bits are set; `number` is an SQL expression, 0 to 62.
-#}
{% macro low_bits(number) -%}
    {{ return(adapter.dispatch("low_bits", "offpath")(number)) }}
{%- endmacro %}

{% macro default__low_bits(number) -%}
    ((cast(1 as bigint) << cast({{ number }} as integer)) - 1)
{%- endmacro %}

{% macro spark__low_bits(number) -%}
    (shiftleft(cast(1 as bigint), cast({{ number }} as integer)) - 1)
{%- endmacro %}
