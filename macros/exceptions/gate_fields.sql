{#-
    The columns that a completeness rule may ask for, besides `attributes.<key>`, by the
    relation that has them.
-#}
{% macro gate_fields() -%}
    {{ return({
        "case_events": ["actor", "channel", "location", "reason_code", "amount"],
        "case_attributes": ["severity", "due_at", "value_amount"],
    }) }}
{%- endmacro %}
