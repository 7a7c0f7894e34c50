{#-
    The lower bound of an interval for a share of k out of n, one-sided at the
    confidence of `z`; null where n is 0. The angle of a share varies alike at every
    share, so that the bound holds where a share is small and the confidence high. The
    one of Wilson does not: of many values, each of them rare, the first hit would seem
    too many.
    Source: Freeman and Tukey (1950), Transformations related to the angular and the
    square root, Ann. Math. Stat. 21, 607-611; of their two angles the smaller one.
-#}
{% macro angular_lower(k, n, z) -%}
    case
        when {{ n }} > 0
            then
                power(
                    sin(
                        greatest(
                            asin(sqrt({{ k }} / (cast({{ n }} as double) + 1)))
                            - {{ z }} / (2 * sqrt({{ n }} + 0.5e0)),
                            0
                        )
                    ),
                    2
                )
    end
{%- endmacro %}
