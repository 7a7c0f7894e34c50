{#-
    The fewest trials of which k hits have an upper Wilson bound of at most `share`, at
    the confidence of var `wilson_z`: the number n that solves n share - k =
    z sqrt(n share (1 - share)), rounded up. Wilson's interval holds the shares that the
    score test does not reject, so that its bound meets `share` where the test does.
-#}
{% macro wilson_trials_to_meet(k, share) -%}
    {%- set z = var("wilson_z") | float -%}
    {%- set spread = z ~ "e0 * sqrt(" ~ share ~ " * (1 - " ~ share ~ "))" -%}
    ceil(
        power(
            (
                {{ spread }}
                + sqrt(
                    {{ z * z }}e0 * {{ share }} * (1 - {{ share }})
                    + 4 * {{ share }} * {{ k }}
                )
            ) / (2 * {{ share }}),
            2
        )
        -- What arithmetic in doubles adds is no further trial.
        - 1e-9
    )
{%- endmacro %}
