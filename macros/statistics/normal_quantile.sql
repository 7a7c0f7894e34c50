{#-
    The quantile of the standard normal distribution: a double within 0.00045 of the
    right one, null where p is null. Source: Abramowitz and Stegun (1964), Handbook of
    Mathematical Functions, formula 26.2.23.
-#}
{% macro normal_quantile(p) -%}
    {%- set tail = "sqrt(-2 * ln(least(" ~ p ~ ", 1 - (" ~ p ~ "))))" -%}
    (
        (case when {{ p }} < 0.5e0 then -1 else 1 end)
        * (
            {{ tail }}
            - (2.515517e0 + 0.802853e0 * {{ tail }} + 0.010328e0 * power({{ tail }}, 2))
            / (
                1 + 1.432788e0 * {{ tail }} + 0.189269e0 * power({{ tail }}, 2)
                + 0.001308e0 * power({{ tail }}, 3)
            )
        )
    )
{%- endmacro %}
