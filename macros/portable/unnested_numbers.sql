{#-
    A select-list expression that yields one row for each whole number from `first` to
    `last`, both included; no row where first is above last.
-#}
{% macro unnested_numbers(first, last) -%}
    {{ return(adapter.dispatch("unnested_numbers", "offpath")(first, last)) }}
{%- endmacro %}

{% macro default__unnested_numbers(first, last) -%}
    unnest(generate_series({{ first }}, {{ last }}))
{%- endmacro %}

{#- Spark's `sequence` counts down where first is above last. -#}
{% macro spark__unnested_numbers(first, last) -%}
    explode(
        case
            when {{ first }} <= {{ last }} then sequence({{ first }}, {{ last }})
            else cast(array() as array<bigint>)
        end
    )
{%- endmacro %}
