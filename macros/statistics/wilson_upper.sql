{#-
    The upper bound of the Wilson score interval for a share of k out of n, one-sided
    at the confidence of `z`, by default var `wilson_z`; null where n is 0, and 1 where
    k is n, which arithmetic misses by a last digit. Source:
    Wilson (1927), Probable Inference, J. Am. Stat. Assoc. 22, 209-212.
-#}
{% macro wilson_upper(k, n, z=none) -%}
    {%- set z = z or var("wilson_z") -%}
    {%- set z = z if z is string else (z | float) ~ "e0" -%}
    {%- set trials = "nullif(cast(" ~ n ~ " as double), 0)" -%}
    {%- set share = "(" ~ k ~ " / " ~ trials ~ ")" -%}
    case when {{ k }} = {{ n }} and {{ n }} > 0 then 1.0e0 else
        (
            {{ share }} + {{ z }} * {{ z }} / 2 / {{ trials }}
            + {{ z }} * sqrt(
                {{ share }} * (1 - {{ share }}) / {{ trials }}
                + {{ z }} * {{ z }} / 4 / ({{ trials }} * {{ trials }})
            )
        ) / (1 + {{ z }} * {{ z }} / {{ trials }})
    end
{%- endmacro %}
