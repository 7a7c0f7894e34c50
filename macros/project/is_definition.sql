{#- Whether a seed of that name is a definition: one of those in `seeds/definitions`. -#}
{% macro is_definition(name) -%}
    {{ return("offpath://seeds/definitions/" ~ name ~ ".csv" in builtins.ref.manifest.files) }}
{%- endmacro %}
