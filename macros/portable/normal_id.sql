{#-
    An id in the one form in which ids are compared: Unicode NFC (where the engine has
    it: DuckDB), without white space, control and zero-width characters at its ends;
    null if nothing is left.
-#}
{% macro normal_id(text_expression) -%}
    {%- set text = "cast(" ~ text_expression ~ " as " ~ dbt.type_string() ~ ")" -%}
    nullif({{ adapter.dispatch("normal_id", "offpath")(text) }}, '')
{%- endmacro %}

{% macro default__normal_id(text) -%}
    regexp_replace(
        nfc_normalize({{ text }}), '^[\p{Z}\p{C}]+|[\p{Z}\p{C}]+$', '', 'g'
    )
{%- endmacro %}

{% macro spark__normal_id(text) -%}
    regexp_replace({{ text }}, '^[\\p{Z}\\p{C}]+|[\\p{Z}\\p{C}]+$', '')
{%- endmacro %}
