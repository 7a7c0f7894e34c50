{#-
    A select: every row of `budgets`, a relation with `valid_count`, `bad_count`,
    `allowed_count`, `error_share` and the sums over days `valid_squares`, `products`
    and `bad_squares`, with its verdict and what that rests on: `allowed_share`,
    `effective_count`, `quantile`, `bad_share_lower`, `bad_share_upper` and
    `valid_count_to_meet`.

    The bounds are those of Wilson for as many cases as the valid ones are worth, with
    two corrections. The quantile is Student's, as far as the variation between days,
    of which only so many days tell, has a part in the whole one (degrees of freedom:
    Satterthwaite (1946), An Approximate Distribution of Estimates of Variance
    Components, Biometrics Bulletin 2, 110-114). And bad cases are whole, and their
    chance is skewed: the lower bound takes half a case off and the upper one adds it,
    and both take off (z^2 - 0.7) (1 - 2 share) / 6 cases (Hall (1982), Improving the
    Normal Approximation when Constructing One-Sided Confidence Intervals for Binomial
    or Poisson Parameters, Biometrika 69, 647-652, has z^2 - 1, which is a little too
    careful with few cases). Where cases are independent, a verdict is so false in 5.1 %
    at the most, be they few or many.
-#}
{% macro with_verdict(budgets) %}
    {%- set z = var("wilson_z") | float -%}
    {%- set skew = "(1 - 2 * allowed_share) * " ~ (10 * z * z - 7) / 60 ~ "e0" -%}
    with

    allowed as (

        select
            *,
            coalesce(allowed_count / nullif(valid_count, 0), error_share)
                as allowed_share

        from {{ budgets }}

    ),

    varied as (

        select
            *,
            -- At the most, all cases are worth one.
            least(
                {{ offpath.without_noise(offpath.design_effect(
                    "allowed_share",
                    "valid_count",
                    "bad_count",
                    "valid_squares",
                    "products",
                    "bad_squares",
                )) }},
                greatest(valid_count, 1)
            ) as design_effect,
            greatest(bad_count - greatest(0.5e0 + {{ skew }}, 0), 0) as fewest_bad,
            bad_count + greatest(0.5e0 - {{ skew }}, 0) as most_bad

        from allowed

    ),

    weighed as (

        select
            *,
            valid_count / design_effect as effective_count,
            {{ offpath.student_quantile(
                var("wilson_z"),
                "((" ~ offpath.effective_days("valid_count", "valid_squares")
                ~ " - 1) * power(design_effect / nullif(design_effect - 1, 0), 2))",
            ) }} as quantile

        from varied

    ),

    bounded as (

        select
            *,
            {{ offpath.wilson_lower(
                "fewest_bad / design_effect", "effective_count", "quantile"
            ) }} as bad_share_lower,
            {{ offpath.wilson_upper(
                "least(most_bad, valid_count) / design_effect",
                "effective_count",
                "quantile",
            ) }} as bad_share_upper,
            -- What arithmetic in doubles adds is no further case.
            ceil(
                design_effect
                * {{ offpath.wilson_trials_to_meet(
                    "(most_bad / design_effect)", "allowed_share", "quantile"
                ) }}
                - 1e-9
            ) as valid_count_to_meet

        from weighed

    )

    select
        *,
        case
            when bad_share_upper <= allowed_share then 'met'
            when bad_share_lower > allowed_share then 'missed'
            else 'too few'
        end as verdict

    from bounded
{% endmacro %}
