{#-
    A select of one row for each duration, in seconds, of the rows of `relation` with
    the same `keys`: `surviving_share` is the share that lasts longer than it. A row of
    which `is_ended` is false lasts longer than its duration, nobody knows by how much:
    it counts among those at risk for as long as it was watched. Rows without a duration
    are left out.

    Kaplan and Meier (1958), Nonparametric estimation from incomplete observations,
    J. Am. Stat. Assoc. 53, 457-481. The product is a sum of logarithms; where all that
    were left have ended, nothing is left.
-#}
{% macro surviving_shares(relation, keys, duration, is_ended) %}
    {%- set key_columns = keys | join(", ") %}
    select
        {{ key_columns }},
        {{ duration }},
        case
            when ended_count = at_risk_count then 0.0e0
            else
                exp(
                    sum(
                        case
                            when ended_count < at_risk_count
                                then ln(1 - ended_count / cast(at_risk_count as double))
                        end
                    ) over (
                        partition by {{ key_columns }}
                        order by {{ duration }}
                        rows between unbounded preceding and current row
                    )
                )
        end as surviving_share

    from (
        select
            {{ key_columns }},
            {{ duration }},
            ended_count,
            sum(lasting_count) over (
                partition by {{ key_columns }}
                order by {{ duration }} desc
                rows between unbounded preceding and current row
            ) as at_risk_count

        from (
            select
                {{ key_columns }},
                {{ duration }},
                count(*) as lasting_count,
                sum(case when {{ is_ended }} then 1 else 0 end) as ended_count

            from {{ relation }}
            where {{ duration }} is not null
            group by {{ key_columns }}, {{ duration }}
        ) as durations
    ) as at_risk
{% endmacro %}
