{#-
    An aggregate: a number that other rows would not give, in whatever order they come.
    The arguments are SQL expressions on a row. It may be another with another version
    of the engine.
-#}
{% macro digest_of_rows(expressions) -%}
    {{ return(adapter.dispatch("digest_of_rows", "offpath")(expressions)) }}
{%- endmacro %}

{% macro default__digest_of_rows(expressions) -%}
    cast(sum(hash({{ expressions | join(", ") }})) as decimal(38, 0))
{%- endmacro %}

{% macro spark__digest_of_rows(expressions) -%}
    sum(cast(xxhash64({{ expressions | join(", ") }}) as decimal(28, 0)))
{%- endmacro %}
