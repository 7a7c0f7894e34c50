{#-
    An aggregate: a text id of 32 hexadecimal digits of the texts at the numbered
    positions. It sums a digest of 60 bits of each text with its position, so that it
    holds a number, not the texts; two lists of a million have the same id with a chance
    of one in two million. A null text counts as none.
-#}
{% macro ordered_hash(text_expression, position) -%}
    {{ return(adapter.dispatch("ordered_hash", "offpath")(text_expression, position)) }}
{%- endmacro %}

{% macro default__ordered_hash(text_expression, position) -%}
    {%- set numbered = "cast(" ~ position ~ " as " ~ dbt.type_string() ~ ") || ' ' || "
        ~ text_expression -%}
    md5(cast(
        sum(cast('0x' || md5({{ numbered }})[:15] as bigint)) as {{ dbt.type_string() }}
    ))
{%- endmacro %}

{% macro spark__ordered_hash(text_expression, position) -%}
    {%- set numbered = "cast(" ~ position ~ " as string) || ' ' || "
        ~ text_expression -%}
    {%- set digest = "conv(left(md5(" ~ numbered ~ "), 15), 16, 10)" -%}
    md5(cast(sum(cast({{ digest }} as decimal(38, 0))) as string))
{%- endmacro %}
