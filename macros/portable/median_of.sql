{#-
    An aggregate: the median as a double, the mean of the middle two where the count is
    even. Nulls do not count; null where there is nothing else.
-#}
{% macro median_of(expression) -%}
    {{ return(adapter.dispatch("median_of", "offpath")(expression)) }}
{%- endmacro %}

{% macro default__median_of(expression) -%}
    median(cast({{ expression }} as double))
{%- endmacro %}

{% macro spark__median_of(expression) -%}
    percentile(cast({{ expression }} as double), 0.5e0)
{%- endmacro %}
