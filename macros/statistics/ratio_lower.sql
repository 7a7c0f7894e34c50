{#-
    The lower bound of the ratio of two sums R / S at the quantile `z`, where the
    variance of R - ratio * S is ratio * `variance`: what solves (R - ratio * S)^2 =
    z^2 * ratio * variance. Of the Mantel-Haenszel sums with the variance of Greenland
    and Robins it is the score form of their interval, as Wilson's is of a share, so
    that it is there without a hit on one side. Null where all three are 0. Sources:
    Greenland and Robins (1985), Estimation of a common effect parameter from sparse
    follow-up data, Biometrics 41, 55-68; Newcombe (2001), Logit confidence intervals
    and the inverse sinh transformation, Am. Stat. 55, 200-202.
-#}
{% macro ratio_lower(r, s, variance, z) -%}
    {%- set spread = "(power(" ~ z ~ ", 2) * " ~ variance ~ ")" -%}
    (
        2 * power({{ r }}, 2)
        / nullif(
            2 * {{ r }} * {{ s }}
            + {{ spread }}
            + sqrt(power({{ spread }}, 2) + 4 * {{ r }} * {{ s }} * {{ spread }}),
            0
        )
    )
{%- endmacro %}
