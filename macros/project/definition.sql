{#- Whether a seed of that name is a definition: one of those in `seeds/definitions`. -#}
{% macro is_definition(name) -%}
    {{ return("offpath://seeds/definitions/" ~ name ~ ".csv" in builtins.ref.manifest.files) }}
{%- endmacro %}


{#-
    Whether the root project has a seed of that name. Fails by name where it lacks one
    that nothing goes without.
-#}
{% macro is_brought(name) -%}
    {%- set is_there = "seed." ~ project_name ~ "." ~ name in builtins.ref.manifest.nodes -%}
    {%- if not is_there
        and name in ["journeys", "journey_events", "calendars", "owner_roles"] -%}
        {{ exceptions.raise_compiler_error(
            "project " ~ project_name ~ " has no seed " ~ name ~ ", which offpath needs: "
            ~ name ~ ".csv with the columns "
            ~ offpath.columns_of_definition(name).keys() | join(",")
        ) }}
    {%- endif -%}
    {{ return(is_there) }}
{%- endmacro %}


{#- Columns and types of a definition that the root project does not bring, by its YAML. -#}
{% macro columns_of_definition(name) -%}
    {%- set seeds = builtins.ref.manifest.disabled.get("seed.offpath." ~ name, []) -%}
    {{ return(seeds[0].config.column_types if seeds else {}) }}
{%- endmacro %}


{#- A definition without a row, for a project that does not bring it. -#}
{% macro no_rows_of(name) -%}
    (
        select
        {%- for column, type in offpath.columns_of_definition(name).items() %}
            cast(null as {{ type }}) as {{ column }}{{ "," if not loop.last }}
        {%- else %}
            null as {{ name }}
        {%- endfor %}

        where 1 = 0
    )
{%- endmacro %}


{#-
    Runs as a build begins: fails by the name of a definition of the root project that no
    model here reads, since dbt read this package before the seed was there.
-#}
{% macro definitions_checked() -%}
    {%- if execute and project_name != "offpath" -%}
        {%- set read = [] -%}
        {%- for node in graph.nodes.values() -%}
            {%- if node.package_name == "offpath" and node.resource_type == "model" -%}
                {%- do read.extend(node.depends_on.nodes) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for unique_id, node in graph.nodes.items() -%}
            {%- if node.resource_type == "seed" and node.package_name == project_name
                and offpath.is_definition(node.name) and unique_id not in read -%}
                {{ exceptions.raise_compiler_error(
                    "seed " ~ node.name ~ " is new, and dbt has not read offpath since: "
                    ~ "dbt parse --no-partial-parse, once"
                ) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
