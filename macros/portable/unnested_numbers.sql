{#-
    A select-list expression that yields one row for each whole number from `first` to
    `last`, both included, as a bigint; no row where first is above last or either is
    null. A select has one at the most, as a column by itself, beside no aggregate and
    no window.
-#}
{% macro unnested_numbers(first, last) -%}
    {{ return(adapter.dispatch("unnested_numbers", "offpath")(first, last)) }}
{%- endmacro %}

{% macro default__unnested_numbers(first, last) -%}
    unnest(generate_series(cast({{ first }} as bigint), cast({{ last }} as bigint)))
{%- endmacro %}

{#- Spark's `sequence` counts down where first is above last. -#}
{% macro spark__unnested_numbers(first, last) -%}
    explode(
        case
            when {{ first }} <= {{ last }}
                then sequence(cast({{ first }} as bigint), cast({{ last }} as bigint))
        end
    )
{%- endmacro %}
