{#-
    Whether the root project has a seed of that name. Fails by name where it lacks one
    that nothing goes without.
-#}
{% macro is_brought(name) -%}
    {%- set nodes = builtins.ref.manifest.nodes -%}
    {%- set is_there = "seed." ~ project_name ~ "." ~ name in nodes -%}
    {%- if not is_there
        and name in ["journeys", "journey_events", "calendars", "owner_roles"] -%}
        {{ exceptions.raise_compiler_error(
            "project " ~ project_name ~ " has no seed " ~ name
            ~ ", which offpath needs: a " ~ name
            ~ ".csv with the columns of seeds/definitions/" ~ name ~ ".csv there"
        ) }}
    {%- endif -%}
    {{ return(is_there) }}
{%- endmacro %}
