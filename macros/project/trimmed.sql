{#- The text without the blanks around it; null if nothing is left. -#}
{% macro trimmed(text_expression) -%}
    nullif(trim(cast({{ text_expression }} as {{ dbt.type_string() }})), '')
{%- endmacro %}
