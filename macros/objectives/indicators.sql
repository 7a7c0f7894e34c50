{#-
    The indicators, each with the columns of `slos` that it cannot do without. Of each
    there is a model `int_<indicator>_cases`; all that lists indicators is made from
    this. A composite is none of them: it is made of objectives that have one.
-#}
{% macro indicators() -%}
    {{ return({
        "outcome": [],
        "latency": ["from_event", "to_event"],
        "first_time_right": [],
    }) }}
{%- endmacro %}
