{#-
    The value of a top-level key of a JSON object as text; null if it is absent or a
    JSON null, or if the document is null. An object or a list is its JSON without
    blanks, and of a fraction an engine may write the digits anew. `key` is an SQL
    expression, so that it may come from a column; it may hold any sign. A text that is
    no JSON ends the query.
-#}
{% macro json_text(json_expression, key) -%}
    {{ return(adapter.dispatch("json_text", "offpath")(json_expression, key)) }}
{%- endmacro %}

{% macro default__json_text(json_expression, key) -%}
    {%- set escaped = "replace(replace(" ~ key ~ ", '~', '~0'), '/', '~1')" -%}
    json_extract_string({{ json_expression }}, '/' || {{ escaped }})
{%- endmacro %}

{% macro spark__json_text(json_expression, key) -%}
    try_element_at(
        from_json(
            {{ json_expression }}, 'map<string, string>', map('mode', 'FAILFAST')
        ), {{ key }}
    )
{%- endmacro %}
