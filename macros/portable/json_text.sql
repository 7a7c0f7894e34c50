{#-
    The value of a top-level key of a JSON object as text; null if it is absent or the
    document is null. `key` is an SQL expression, so that it may come from a column.
-#}
{% macro json_text(json_expression, key) -%}
    {{ return(adapter.dispatch("json_text", "offpath")(json_expression, key)) }}
{%- endmacro %}

{% macro default__json_text(json_expression, key) -%}
    json_extract_string({{ json_expression }}, '$."' || {{ key }} || '"')
{%- endmacro %}

{% macro spark__json_text(json_expression, key) -%}
    get_json_object({{ json_expression }}, concat('$[''', {{ key }}, ''']'))
{%- endmacro %}
