{#-
    A condition: whether two rows, relations or aliases, landed at one instant and no
    sequence of their source tells which is the later one.
-#}
{% macro is_tied(one, other) -%}
    (
        {{ one }}.loaded_at = {{ other }}.loaded_at
        and {{ one }}.source_sequence is not distinct from {{ other }}.source_sequence
    )
{%- endmacro %}
