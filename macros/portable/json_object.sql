{#- A JSON object as text. `fields` maps a key to the SQL expression of its value. -#}
{% macro json_object(fields) -%}
    {{ return(adapter.dispatch("json_object", "offpath")(fields)) }}
{%- endmacro %}

{% macro default__json_object(fields) -%}
    cast(json_object(
    {%- for key, value in fields.items() -%}
        '{{ key }}', {{ value }}{{ ", " if not loop.last }}
    {%- endfor -%}
    ) as varchar)
{%- endmacro %}

{% macro spark__json_object(fields) -%}
    to_json(named_struct(
    {%- for key, value in fields.items() -%}
        '{{ key }}', {{ value }}{{ ", " if not loop.last }}
    {%- endfor -%}
    ))
{%- endmacro %}
