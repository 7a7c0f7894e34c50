{#-
    The trials of which k hits have an upper Wilson bound of exactly `share`, at the
    confidence of `z`, by default var `wilson_z`: the number n, seldom a whole one, that
    solves n share - k = z sqrt(n share (1 - share)). Wilson's interval holds the shares
    that the score test does not reject, so that its bound meets `share` where the test
    does.
-#}
{% macro wilson_trials_to_meet(k, share, z=none) -%}
    {%- set z = z or var("wilson_z") -%}
    {%- set z = z if z is string else (z | float) ~ "e0" -%}
    {%- set spread = z ~ " * sqrt(" ~ share ~ " * (1 - " ~ share ~ "))" -%}
    power(
        (
            {{ spread }}
            + sqrt(
                {{ z }} * {{ z }} * {{ share }} * (1 - {{ share }})
                + 4 * {{ share }} * {{ k }}
            )
        ) / (2 * {{ share }}),
        2
    )
{%- endmacro %}
