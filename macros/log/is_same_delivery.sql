{#-
    A condition: whether two rows of a kind are the same delivery: of one key, by one
    staging model, at one instant. What is missing of a key is the same as what is
    missing. `one` and `other` name the relations.
-#}
{% macro is_same_delivery(kind, one, other) -%}
    (
        {{ one }}.source_model = {{ other }}.source_model
        and {{ one }}.loaded_at = {{ other }}.loaded_at
        {%- for column in offpath.contract_columns(kind, "key") %}
        and {{ one }}.{{ column }} is not distinct from {{ other }}.{{ column }}
        {%- endfor %}
    )
{%- endmacro %}
