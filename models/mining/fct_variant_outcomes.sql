with

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where verdict <> 'excluded'

),

cases as (

    select * from {{ ref("fct_cases") }}

),

variants as (

    select * from {{ ref("dim_variants") }}

),

counted as (

    select
        sli_cases.journey,
        cases.variant_id,
        sli_cases.slo_id,
        sum(case when sli_cases.verdict = 'pending' then 0 else 1 end) as valid_count,
        sum(case when sli_cases.verdict = 'good' then 1 else 0 end) as good_count,
        sum(case when sli_cases.verdict = 'bad' then 1 else 0 end) as bad_count,
        sum(case when sli_cases.verdict = 'pending' then 1 else 0 end)
            as pending_count,
        {{ offpath.median_of(
            "case when sli_cases.verdict <> 'pending' and not cases.is_open"
            ~ " then cases.elapsed_seconds end"
        ) }} as median_lead_seconds

    from sli_cases
    inner join cases
        on
            sli_cases.journey = cases.journey
            and sli_cases.case_id = cases.case_id
    group by sli_cases.journey, cases.variant_id, sli_cases.slo_id

),

variant_outcomes as (

    select
        counted.journey,
        counted.variant_id,
        counted.slo_id,
        variants.variant,
        cast(counted.valid_count as bigint) as valid_count,
        cast(counted.good_count as bigint) as good_count,
        cast(counted.bad_count as bigint) as bad_count,
        cast(counted.pending_count as bigint) as pending_count,
        cast(counted.bad_count as double) / nullif(counted.valid_count, 0)
            as bad_share,
        cast(
            {{ offpath.wilson_lower("counted.bad_count", "counted.valid_count") }}
            as double
        ) as bad_share_lower,
        cast(
            {{ offpath.wilson_upper("counted.bad_count", "counted.valid_count") }}
            as double
        ) as bad_share_upper,
        cast(counted.median_lead_seconds as double) as median_lead_seconds

    from counted
    inner join variants
        on
            counted.journey = variants.journey
            and counted.variant_id = variants.variant_id

)

select * from variant_outcomes
