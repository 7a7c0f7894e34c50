{#- Whether the text is a JSON object; null if it is null. -#}
{% macro is_json_object(text_expression) -%}
    {{ return(adapter.dispatch("is_json_object", "offpath")(text_expression)) }}
{%- endmacro %}

{% macro default__is_json_object(text_expression) -%}
    (
        case
            when json_valid({{ text_expression }})
                then json_type({{ text_expression }}) = 'OBJECT'
            when {{ text_expression }} is not null then false
        end
    )
{%- endmacro %}

{% macro spark__is_json_object(text_expression) -%}
    (
        case
            when {{ text_expression }} is not null
                then json_object_keys({{ text_expression }}) is not null
        end
    )
{%- endmacro %}
