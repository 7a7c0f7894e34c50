{#-
    The order of the deliveries of one key that landed at one instant, an `order by`
    list: the one that counts comes first.
-#}
{% macro newest_first(kind) -%}
    {%- set columns = offpath.contract_columns(kind, "content") + ["source_model"] -%}
    {{ return(columns | join(" desc, ") ~ " desc") }}
{%- endmacro %}
