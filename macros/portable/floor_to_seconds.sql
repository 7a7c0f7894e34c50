{#-
    The start of the window of `seconds` that holds an instant; windows are counted
    from 1970-01-01 00:00 UTC. Null if either is.
-#}
{% macro floor_to_seconds(instant, seconds) -%}
    {{ return(adapter.dispatch("floor_to_seconds", "offpath")(instant, seconds)) }}
{%- endmacro %}

{% macro default__floor_to_seconds(instant, seconds) -%}
    make_timestamp(
        cast(
            floor(epoch_us({{ instant }}) / (1000000.0e0 * {{ seconds }}))
            * {{ seconds }} as bigint
        ) * 1000000
    )
{%- endmacro %}

{% macro spark__floor_to_seconds(instant, seconds) -%}
    timestamp_seconds(
        cast(
            floor(unix_seconds({{ instant }}) / {{ seconds }}) * {{ seconds }} as bigint
        )
    )
{%- endmacro %}
