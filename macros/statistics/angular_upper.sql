{#-
    The upper bound of an interval for a share of k out of n, one-sided at the
    confidence of `z`; null where n is 0. That of `angular_lower` for what is no hit,
    turned round. Source: Freeman and Tukey (1950), Transformations related to the
    angular and the square root, Ann. Math. Stat. 21, 607-611; of their two angles the
    greater one.
-#}
{% macro angular_upper(k, n, z) -%}
    case
        when {{ n }} > 0
            then
                power(
                    sin(
                        least(
                            asin(sqrt(({{ k }} + 1) / (cast({{ n }} as double) + 1)))
                            + {{ z }} / (2 * sqrt({{ n }} + 0.5e0)),
                            pi() / 2
                        )
                    ),
                    2
                )
    end
{%- endmacro %}
