{#- Every value of the column is within the bounds, which belong to it; null passes. -#}
{% test between(model, column_name, at_least=none, at_most=none) %}

{% if at_least is none and at_most is none %}
    {{ exceptions.raise_compiler_error("between: give at_least, at_most, or both") }}
{% endif %}

select {{ column_name }}

from {{ model }}
where
    1 = 0
    {% if at_least is not none -%} or {{ column_name }} < {{ at_least }} {%- endif %}
    {% if at_most is not none -%} or {{ column_name }} > {{ at_most }} {%- endif %}

{% endtest %}
