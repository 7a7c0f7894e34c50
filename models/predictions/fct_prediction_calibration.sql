{%- set bin_count = 10 -%}

with

predictions_judged as (

    select * from {{ ref("int_predictions_judged") }}
    where is_breached is not null

),

binned as (

    select
        *,
        cast(
            floor(
                least(breach_probability * {{ bin_count }} + 1e-9, {{ bin_count - 1 }})
            ) as integer
        ) as bin

    from predictions_judged

),

counted as (

    select
        journey,
        target,
        bin,
        count(*) as case_count,
        sum(is_breached) as breach_count,
        {{ offpath.without_noise("avg(breach_probability)") }} as mean_probability

    from binned
    group by journey, target, bin

),

prediction_calibration as (

    select
        journey,
        target as slo_id,
        bin / {{ bin_count }}.0e0 as probability_from,
        (bin + 1) / {{ bin_count }}.0e0 as probability_to,
        cast(case_count as bigint) as case_count,
        cast(breach_count as bigint) as breach_count,
        mean_probability,
        breach_count / cast(case_count as double) as breach_share,
        {{ offpath.wilson_lower("breach_count", "case_count") }} as breach_share_lower,
        {{ offpath.wilson_upper("breach_count", "case_count") }} as breach_share_upper

    from counted

)

select * from prediction_calibration
