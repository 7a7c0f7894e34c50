{#-
    How many cycles, days or weeks, make the eight weeks that a volume rule looks back
    beyond its baseline, by what it compares; a bigint.
-#}
{% macro remembered_cycles(comparable) -%}
    cast(
        case {{ comparable }}
            when 'hour_of_day' then 56
            when 'hour_of_week' then 8
        end as bigint
    )
{%- endmacro %}
