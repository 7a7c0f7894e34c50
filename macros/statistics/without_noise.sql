{#-
    A number as a double without what arithmetic in doubles leaves of nothing, so that
    its sign can be trusted.
-#}
{% macro without_noise(number) -%}
    (round(cast({{ number }} as double), 9) + 0.0e0)
{%- endmacro %}
