{#-
    A select-list expression that yields one row for each timestamp from `start_at` to
    `end_at`, both included, every `seconds`; no row where start is after end or either
    is null. A select has one at the most, as a column by itself, beside no aggregate
    and no window.
-#}
{% macro unnested_timestamps(start_at, end_at, seconds) -%}
    {{ return(adapter.dispatch("unnested_timestamps", "offpath")(
        start_at, end_at, seconds
    )) }}
{%- endmacro %}

{% macro default__unnested_timestamps(start_at, end_at, seconds) -%}
    unnest(generate_series({{ start_at }}, {{ end_at }}, to_seconds({{ seconds }})))
{%- endmacro %}

{#- Spark's `sequence` fails where start is after end. -#}
{% macro spark__unnested_timestamps(start_at, end_at, seconds) -%}
    explode(
        case
            when {{ start_at }} <= {{ end_at }}
                then sequence(
                    {{ start_at }},
                    {{ end_at }},
                    make_dt_interval(0, 0, 0, {{ seconds }})
                )
        end
    )
{%- endmacro %}
