{{ config(materialized="view") }}

with

slo_thresholds as (

    select * from {{ ref("slo_thresholds") }}

),

dated as (

    select
        slo_id,
        severity,
        threshold_minutes,
        coalesce(valid_from, cast('1000-01-01' as timestamp)) as valid_from

    from slo_thresholds

),

thresholds as (

    select
        slo_id,
        severity,
        threshold_minutes,
        valid_from,
        lead(valid_from, 1, cast('9999-12-31' as timestamp)) over (
            partition by slo_id, severity order by valid_from
        ) as valid_until

    from dated

)

select * from thresholds
