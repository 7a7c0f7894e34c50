{#- A class of the time left, or two classes in one; what is not left stays apart. -#}
{% macro rough_left_class(left_class) -%}
    case
        when {{ left_class }} < 0 then {{ left_class }}
        else cast(floor({{ left_class }} / 2.0e0) as bigint)
    end
{%- endmacro %}
