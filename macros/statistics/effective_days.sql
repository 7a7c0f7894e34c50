{#-
    How many days of equally many cases tell as much of the variation from day to day as
    the given ones: the square of the sum over the sum of the squares; null without a
    case. Source: Kish (1965), Survey Sampling, 11.7.
-#}
{% macro effective_days(valid_count, valid_squares) -%}
    (
        power(cast({{ valid_count }} as double), 2)
        / nullif(cast({{ valid_squares }} as double), 0)
    )
{%- endmacro %}
