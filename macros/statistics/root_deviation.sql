{#-
    By how many standard errors a count deviates from the mean of `baseline_windows`
    usual ones: the difference of their roots, which vary alike at every rate, over its
    standard error. Counts have the variance u + c u^2 around a usual count of u, c
    being `overdispersion` (0 for Poisson), so that a root has (1 + c u) / 4. `count`
    may itself be the mean of `windows` windows. Source: Anscombe (1948), The
    Transformation of Poisson, Binomial and Negative-Binomial Data, Biometrika 35,
    246-254: the root of x + 3/8, here with the variance of the negative binomial by
    the delta method.
-#}
{% macro root_deviation(count, usual, overdispersion, baseline_windows, windows="1") -%}
    (
        (
            sqrt({{ windows }} * cast({{ count }} as double) + 0.375e0)
            - sqrt({{ windows }} * cast({{ usual }} as double) + 0.375e0)
        ) / (
            0.5e0 * sqrt(
                (1 + {{ overdispersion }} * {{ usual }})
                * (1 + {{ windows }} / cast({{ baseline_windows }} as double))
            )
        )
    )
{%- endmacro %}
