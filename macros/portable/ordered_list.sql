{#-
    An aggregate: the texts in the given order, joined by `separator`; nulls are left
    out, and null where there is nothing else.
-#}
{% macro ordered_list(text_expression, order_by, separator=", ") -%}
    {{ return(adapter.dispatch("ordered_list", "offpath")(
        text_expression, order_by, separator
    )) }}
{%- endmacro %}

{% macro default__ordered_list(text_expression, order_by, separator) -%}
    string_agg({{ text_expression }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__ordered_list(text_expression, order_by, separator) -%}
    listagg({{ text_expression }}, '{{ separator }}')
    within group (order by {{ order_by }})
{%- endmacro %}
