{#-
    How many times as much the share of bad cases varies as it would if the cases of a
    day had nothing in common, at least 1: so many cases are worth one. `share` is the
    true share that it is asked for, the one to test; the others are sums over days: of
    valid and bad cases, of squares of valid ones, of products of valid and bad ones,
    and of squares of bad ones.

    By how much the days' bad cases are off their expectation beyond a binomial is the
    variation between days (the moments of Kleinman (1973), Proportions with Extraneous
    Variance, J. Am. Stat. Assoc. 68, 46-54). It grows with the square of the share, so
    that who takes it as it was found takes too little where the share was low by
    chance. It is taken to `share` by a power of 2 - 2/3 (1 - 1 / z^2), at which both
    tails of the mean of days with gamma shares are alike (first term of Cornish and
    Fisher (1937), Moments and Cumulants in the Specification of Distributions, Revue de
    l'Institut International de Statistique 5, 307-320).

    1 where nothing tells it: without a bad case, or with all cases on one day.
-#}
{% macro design_effect(
    share, valid_count, bad_count, valid_squares, products, bad_squares
) -%}
    {%- set z = var("wilson_z") | float -%}
    {%- set power_of_share = "(2 - (2 - 2 / " ~ z * z ~ "e0) / 3)" -%}
    {%- set found = "(cast(" ~ bad_count ~ " as double) / nullif(" ~ valid_count
        ~ ", 0))" -%}
    {%- set days = offpath.effective_days(valid_count, valid_squares) -%}
    (
        1 + coalesce(
            greatest(
                (
                    {{ bad_squares }}
                    - 2 * {{ found }} * {{ products }}
                    + {{ found }} * {{ found }} * {{ valid_squares }}
                )
                * {{ days }} / nullif({{ days }} - 1, 0)
                - {{ bad_count }} * (1 - {{ found }}),
                0
            )
            * power({{ share }} / nullif({{ found }}, 0), {{ power_of_share }})
            / nullif({{ valid_count }} * {{ share }} * (1 - {{ share }}), 0),
            0
        )
    )
{%- endmacro %}
