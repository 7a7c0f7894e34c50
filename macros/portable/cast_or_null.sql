{#-
    The text as a `data_type`; null where it cannot be read as one. What else than
    digits it takes for a whole number (`1.5`, `1e3`) is the engine's choice.
-#}
{% macro cast_or_null(text_expression, data_type) -%}
    {{ return(adapter.dispatch("cast_or_null", "offpath")(
        text_expression, data_type
    )) }}
{%- endmacro %}

{% macro default__cast_or_null(text_expression, data_type) -%}
    try_cast({{ offpath.trimmed(text_expression) }} as {{ data_type }})
{%- endmacro %}
