{#-
    What ids share that differ only in case, or in characters that one cannot see: white
    space, control and zero-width ones.
-#}
{% macro folded_id(id) -%}
    {{ return(adapter.dispatch("folded_id", "offpath")(id)) }}
{%- endmacro %}

{% macro default__folded_id(id) -%}
    lower(regexp_replace({{ id }}, '[\p{Z}\p{C}]+', '', 'g'))
{%- endmacro %}

{% macro spark__folded_id(id) -%}
    lower(regexp_replace({{ id }}, '[\\p{Z}\\p{C}]+', ''))
{%- endmacro %}
