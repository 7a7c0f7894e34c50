{#- Fewer cases that are alike say nothing. -#}
{% macro fewest_alike() -%}
    {{ return(30) }}
{%- endmacro %}
