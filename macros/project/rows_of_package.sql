{#-
    A relation of the rows that a seed of this package has, all of them texts; `seed` is
    its node. An engine that reads no files of this machine fails by the name of the
    seed that the root project has to bring.
-#}
{% macro rows_of_package(seed) -%}
    {{ return(adapter.dispatch("rows_of_package", "offpath")(seed)) }}
{%- endmacro %}

{% macro default__rows_of_package(seed) -%}
    read_csv(
        '{{ seed.root_path }}/{{ seed.original_file_path }}',
        header = true,
        all_varchar = true
    )
{%- endmacro %}

{#- A cluster does not read the files of the machine that dbt runs on. -#}
{% macro spark__rows_of_package(seed) -%}
    {{ exceptions.raise_compiler_error(
        "seed " ~ seed.name ~ ": on " ~ target.type ~ " a project brings it itself;"
        ~ " copy " ~ seed.original_file_path ~ " of offpath into your seeds"
    ) }}
{%- endmacro %}
