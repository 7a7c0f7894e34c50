{#-
    A select of every row of `relation` with two columns more, among the rows of the
    same `keys`: `ended_weight`, by how much the row lowers the share that lasts longer,
    and `surviving_share`, what is left of that share after it. The weights of a key add
    up to the share that has ended. A row of which `is_ended` is false was watched no
    longer: it has no weight, and what it had is that of the rows that lasted longer.
    Rows that ended at the same time lower the share one after the other, to the same
    end; `place` says which is first, so that every build has the same.

    Kaplan and Meier (1958), Nonparametric estimation from incomplete observations,
    J. Am. Stat. Assoc. 53, 457-481. The weights of one kind of end are its cumulative
    incidence: Aalen and Johansen (1978), An empirical transition matrix for
    non-homogeneous Markov chains, Scand. J. Stat. 5, 141-150.
-#}
{% macro ended_weights(relation, keys, duration, is_ended, place) %}
    {%- set key_columns = keys | join(", ") %}
    select
        *,
        -- The last of all takes what is left.
        case
            when {{ is_ended }}
                then left_share / greatest(at_risk_count - 1, 1)
            else 0.0e0
        end as ended_weight,
        case when {{ is_ended }} and at_risk_count = 1 then 0.0e0 else left_share end
            as surviving_share

    from (
        select
            *,
            exp(
                sum(
                    case
                        when {{ is_ended }} and at_risk_count > 1
                            then ln(1 - 1 / cast(at_risk_count as double))
                        else 0.0e0
                    end
                ) over (
                    partition by {{ key_columns }}
                    order by at_risk_count desc
                    rows between unbounded preceding and current row
                )
            ) as left_share

        from (
            select
                *,
                row_number() over (
                    partition by {{ key_columns }}
                    order by
                        {{ duration }} desc,
                        case when {{ is_ended }} then 1 else 0 end,
                        {{ place }}
                ) as at_risk_count

            from {{ relation }}
            where {{ duration }} is not null
        ) as at_risk
    ) as weighed
{% endmacro %}
