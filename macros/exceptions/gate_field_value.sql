{#-
    The value, as text, of the field that `field` (an SQL expression) names: a column of
    the event, of the case, or the key `attribute` of the event's JSON. Null where it is
    absent or blank.
-#}
{% macro gate_field_value(
    field, attribute, case_events, event_attributes, case_attributes
) -%}
    {%- set relations = {"event": case_events, "case": case_attributes} -%}
    case
        {%- for kind, relation in relations.items() %}
        {%- for column in offpath.contract_columns(kind, "gate") %}
        when {{ field }} = '{{ column }}'
            then {{ offpath.trimmed(relation ~ "." ~ column) }}
        {%- endfor %}
        {%- endfor %}
        when {{ attribute }} is not null
            then {{ offpath.trimmed(
                offpath.json_text(event_attributes ~ ".attributes", attribute)
            ) }}
    end
{%- endmacro %}
