{#-
    A list of one element, a double.
-#}
{% macro list_of(element) -%}
    {{ return(adapter.dispatch("list_of", "offpath")(element)) }}
{%- endmacro %}

{% macro default__list_of(element) -%}
    list_value(cast({{ element }} as double))
{%- endmacro %}

{% macro spark__list_of(element) -%}
    array(cast({{ element }} as double))
{%- endmacro %}
