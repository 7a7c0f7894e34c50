{#-
    Whether a seed of that name is a definition: one of those in `seeds/definitions`.
-#}
{% macro is_definition(name) -%}
    {%- set files = builtins.ref.manifest.files -%}
    {{ return("offpath://seeds/definitions/" ~ name ~ ".csv" in files) }}
{%- endmacro %}
