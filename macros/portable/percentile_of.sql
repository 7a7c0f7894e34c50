{#-
    An aggregate: the value as a double below which the given share of the rows lies
    (0.9e0: the 90th percentile), between two of them in proportion. Nulls do not count;
    null where there is nothing else.
-#}
{% macro percentile_of(expression, share) -%}
    {{ return(adapter.dispatch("percentile_of", "offpath")(expression, share)) }}
{%- endmacro %}

{% macro default__percentile_of(expression, share) -%}
    quantile_cont(cast({{ expression }} as double), {{ share }})
{%- endmacro %}

{% macro spark__percentile_of(expression, share) -%}
    percentile(cast({{ expression }} as double), {{ share }})
{%- endmacro %}
