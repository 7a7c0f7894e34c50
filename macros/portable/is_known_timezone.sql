{#-
    Whether a text names a time zone of the engine; false if it is null. Spark keeps no
    list of them, and ends a build with the name of the one that it does not know.
-#}
{% macro is_known_timezone(text_expression) -%}
    {{ return(adapter.dispatch("is_known_timezone", "offpath")(text_expression)) }}
{%- endmacro %}

{% macro default__is_known_timezone(text_expression) -%}
    (coalesce({{ text_expression }}, '') in (select name from pg_timezone_names()))
{%- endmacro %}

{% macro spark__is_known_timezone(text_expression) -%}
    ({{ text_expression }} is not null)
{%- endmacro %}
