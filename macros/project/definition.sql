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
            "project " ~ project_name ~ " has no seed " ~ name ~ ", which offpath needs: a "
            ~ name ~ ".csv with the columns of seeds/definitions/" ~ name ~ ".csv there"
        ) }}
    {%- endif -%}
    {{ return(is_there) }}
{%- endmacro %}


{#-
    What a definition says that the root project does not bring, with the columns and types
    of its YAML: the rows that this package has of burn tiers and of the ladder of routes,
    and no row of anything else.
-#}
{% macro rows_of_absent(name) -%}
    {%- set seeds = builtins.ref.manifest.disabled.get("seed.offpath." ~ name, []) -%}
    (
        select
        {%- for column, type in (seeds[0].config.column_types if seeds else {}).items() %}
            cast({{ column if name in ["burn_tiers", "route_cases"] else "null" }} as {{ type }})
                as {{ column }}{{ "," if not loop.last }}
        {%- else %}
            null as {{ name }}
        {%- endfor %}

        {% if seeds and name in ["burn_tiers", "route_cases"] -%}
        from read_csv(
            '{{ seeds[0].root_path }}/{{ seeds[0].original_file_path }}',
            header = true,
            all_varchar = true
        )
        {%- else -%}
        where 1 = 0
        {%- endif %}
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
