{#- The columns that rows of a kind (`event`, `case` or `promise`) share when they are deliveries of one thing. -#}
{% macro delivery_key(kind) -%}
    {{ return({
        "event": ["journey", "event_id"],
        "case": ["journey", "case_id"],
        "promise": ["journey", "case_id", "promise"],
    }[kind]) }}
{%- endmacro %}
