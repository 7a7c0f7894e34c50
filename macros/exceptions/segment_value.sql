{#-
    The value by which a rule judges an event apart, as its `segment_by` (an SQL
    expression) says: of a segment column of the contract, or of a declared attribute,
    which `attribute_segments` holds. Null where the event has none or a blank one, or
    the rule judges none apart.
-#}
{% macro segment_value(segment_by, events, attribute_segments) -%}
    case {{ segment_by }}
        {%- for column in offpath.contract_columns("event", "segment") %}
        when '{{ column }}' then {{ offpath.trimmed(events ~ "." ~ column) }}
        {%- endfor %}
        else {{ attribute_segments }}.segment
    end
{%- endmacro %}
