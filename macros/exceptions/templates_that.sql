{#-
    Names of the templates of conformance rules of which a key of the register is true,
    as SQL literals in a row.
-#}
{% macro templates_that(key) -%}
    {%- set found = [] -%}
    {%- for name, template in offpath.conformance_templates().items()
        if template[key] -%}
        {%- do found.append("'" ~ name ~ "'") -%}
    {%- endfor -%}
    {{ return(found | join(", ")) }}
{%- endmacro %}
