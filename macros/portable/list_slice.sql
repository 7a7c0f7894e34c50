{#-
    The elements of a list from place `first` to `last`, both included and counted from
    1; empty where first is above last. `||` joins two lists.
-#}
{% macro list_slice(list, first, last) -%}
    {{ return(adapter.dispatch("list_slice", "offpath")(list, first, last)) }}
{%- endmacro %}

{% macro default__list_slice(list, first, last) -%}
    list_slice({{ list }}, {{ first }}, {{ last }})
{%- endmacro %}

{% macro spark__list_slice(list, first, last) -%}
    slice({{ list }}, {{ first }}, greatest(({{ last }}) - ({{ first }}) + 1, 0))
{%- endmacro %}
