{#-
    By how many standard deviations of luck k hits of n are more than `share` allows:
    the quantile of the normal distribution beyond which lies the chance of as many hits
    or more; null where k or n is 0. The chance is the exact one of the binomial
    distribution, as the bound of Clopper and Pearson has it, in the approximation of
    Camp and Paulson, which also takes counts that are not whole. Sources: Clopper and
    Pearson (1934), The Use of Confidence or Fiducial Limits, Biometrika 26, 404-413;
    Johnson, Kemp and Kotz (2005), Univariate Discrete Distributions, section 3.6.1.
-#}
{% macro binomial_excess(k, n, share) -%}
    {%- set hits = "(least(" ~ k ~ ", " ~ n ~ ") * 1.0e0)" -%}
    {#- Of a share of nothing the first hit is already too many. -#}
    {%- set share = "greatest(cast(" ~ share ~ " as double), 1e-9)" -%}
    {%- set misses = "(" ~ n ~ " - " ~ hits ~ " + 1)" -%}
    {%- set hit_spread = "(1 / (9 * nullif(" ~ hits ~ ", 0)))" -%}
    {%- set miss_spread = "(1 / (9 * " ~ misses ~ "))" -%}
    {%- set root = (
        "power(" ~ hits ~ " * (1 - " ~ share ~ ") / (" ~ misses ~ " * " ~ share
        ~ "), 1 / 3.0e0)"
    ) -%}
    (
        ((1 - {{ hit_spread }}) * {{ root }} - (1 - {{ miss_spread }}))
        / sqrt({{ hit_spread }} * {{ root }} * {{ root }} + {{ miss_spread }})
    )
{%- endmacro %}
