{#-
    The upper bound of the ratio of two sums R / S at the quantile `z`, as
    `ratio_lower` is the lower one; null where S is 0, since no bound is high enough.
-#}
{% macro ratio_upper(r, s, variance, z) -%}
    {%- set spread = "(power(" ~ z ~ ", 2) * " ~ variance ~ ")" -%}
    (
        (
            2 * {{ r }} * {{ s }}
            + {{ spread }}
            + sqrt(power({{ spread }}, 2) + 4 * {{ r }} * {{ s }} * {{ spread }})
        ) / nullif(2 * power({{ s }}, 2), 0)
    )
{%- endmacro %}
