{#-
    A JSON object as text, its keys in the given order. `fields` maps a key to the SQL
    expression of its value; a null is a JSON null. A time is cast to a text by who
    calls, and a decimal to a double, which engines write in two ways.
-#}
{% macro json_object(fields) -%}
    {{ return(adapter.dispatch("json_object", "offpath")(fields)) }}
{%- endmacro %}

{% macro default__json_object(fields) -%}
    cast(json_object(
    {%- for key, value in fields.items() -%}
        '{{ dbt.escape_single_quotes(key) }}', {{ value }}{{ ", " if not loop.last }}
    {%- endfor -%}
    ) as {{ dbt.type_string() }})
{%- endmacro %}

{% macro spark__json_object(fields) -%}
    to_json(named_struct(
    {%- for key, value in fields.items() -%}
        '{{ dbt.escape_single_quotes(key) }}', {{ value }}{{ ", " if not loop.last }}
    {%- endfor -%}
    ), map('ignoreNullFields', 'false'))
{%- endmacro %}
