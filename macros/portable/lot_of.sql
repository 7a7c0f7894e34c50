{#-
    The lot of a row: a double from 0 to below 1 that its texts decide and nothing else,
    the same on every engine.
-#}
{% macro lot_of(expressions) -%}
    {{ return(adapter.dispatch("lot_of", "offpath")(expressions)) }}
{%- endmacro %}

{% macro default__lot_of(expressions) -%}
    (
        cast('0x' || substr({{ offpath.hash_id(expressions) }}, 1, 8) as bigint)
        / 4294967296.0e0
    )
{%- endmacro %}

{% macro spark__lot_of(expressions) -%}
    (
        cast(conv(substr({{ offpath.hash_id(expressions) }}, 1, 8), 16, 10) as bigint)
        / 4294967296.0e0
    )
{%- endmacro %}
