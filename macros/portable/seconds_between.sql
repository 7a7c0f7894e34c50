{#- Whole seconds from one timestamp to another, rounded down; null if either is. -#}
{% macro seconds_between(start_at, end_at) -%}
    cast(
        floor({{ offpath.microseconds_between(start_at, end_at) }} / 1000000.0) as bigint
    )
{%- endmacro %}
