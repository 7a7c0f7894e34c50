{#- An aggregate: the median, the mean of the middle two where the count is even. -#}
{% macro median_of(expression) -%}
    {{ return(adapter.dispatch("median_of", "offpath")(expression)) }}
{%- endmacro %}

{% macro default__median_of(expression) -%}
    median({{ expression }})
{%- endmacro %}

{% macro spark__median_of(expression) -%}
    percentile({{ expression }}, 0.5)
{%- endmacro %}
