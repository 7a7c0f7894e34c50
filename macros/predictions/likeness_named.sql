{#-
    In what cases are alike, in words, by the number of a likeness; null if it is. Of
    the end of a case no time is left, and its words say nothing of it.
-#}
{% macro likeness_named(number, is_of_end) -%}
    case {{ number }}
        {%- for name in offpath.likenesses() %}
        {%- set words = name.split(", time left")[0].split(", roughly")[0] %}
        when {{ loop.index }} then '{{ words if is_of_end else name }}'
        {%- endfor %}
    end
{%- endmacro %}
