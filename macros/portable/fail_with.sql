{#-
    Ends the query with an error of the given text, so that a build says what to mend.
-#}
{% macro fail_with(message_expression) -%}
    {{ return(adapter.dispatch("fail_with", "offpath")(message_expression)) }}
{%- endmacro %}

{% macro default__fail_with(message_expression) -%}
    error({{ message_expression }})
{%- endmacro %}

{% macro spark__fail_with(message_expression) -%}
    raise_error({{ message_expression }})
{%- endmacro %}
