{#-
    What a definition says that the root project does not bring, with the columns and
    types of its YAML: the rows that this package has of burn tiers and of the ladder of
    routes, and no row of anything else.
-#}
{% macro rows_of_absent(name) -%}
    {%- set disabled = builtins.ref.manifest.disabled -%}
    {%- set seeds = disabled.get("seed.offpath." ~ name, []) -%}
    {%- set types = seeds[0].config.column_types if seeds else {name: "string"} -%}
    {%- set has_rows = seeds and name in ["burn_tiers", "route_cases"] -%}
    (
        select
        {%- for column, type in types.items() %}
            cast({{ column if has_rows else "null" }} as {{ type }}) as {{ column }}
            {{- "," if not loop.last }}
        {%- endfor %}

        {% if has_rows -%}
        from {{ offpath.rows_of_package(seeds[0]) }}
        {%- else -%}
        where 1 = 0
        {%- endif %}
    )
{%- endmacro %}
