{#- The value of the event column that `segment_by` (an SQL expression) names. -#}
{% macro segment_value(segment_by, events) -%}
    case {{ segment_by }}
        {%- for column in offpath.contract_columns("event", "segment") %}
        when '{{ column }}' then {{ events }}.{{ column }}
        {%- endfor %}
    end
{%- endmacro %}
