{#-
    The quantile of the standard normal distribution that is exceeded with probability
    `tail` (an SQL expression above 0 and at most 0.5), within 0.00045; null for null.
    Source: Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 26.2.23.
-#}
{% macro normal_quantile(tail) -%}
    {%- set root = "sqrt(-2 * ln(" ~ tail ~ "))" -%}
    (
        {{ root }}
        - (2.515517e0 + 0.802853e0 * {{ root }} + 0.010328e0 * power({{ root }}, 2))
        / (
            1
            + 1.432788e0 * {{ root }}
            + 0.189269e0 * power({{ root }}, 2)
            + 0.001308e0 * power({{ root }}, 3)
        )
    )
{%- endmacro %}
