{#- Whether a text matches a regular expression anywhere in it; null if it is null. -#}
{% macro text_matches(text_expression, pattern) -%}
    {{ return(adapter.dispatch("text_matches", "offpath")(text_expression, pattern)) }}
{%- endmacro %}

{% macro default__text_matches(text_expression, pattern) -%}
    regexp_matches({{ text_expression }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__text_matches(text_expression, pattern) -%}
    ({{ text_expression }} rlike '{{ pattern }}')
{%- endmacro %}
