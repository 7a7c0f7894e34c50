{{ config(materialized="view") }}

with

slos as (

    select * from {{ ref("slos") }}

),

slo_past_targets as (

    select * from {{ ref("slo_past_targets") }}

),

targets as (

    select
        slo_id,
        target,
        ended_at

    from slo_past_targets
    union all
    select
        slo_id,
        target,
        cast('9999-12-31' as timestamp) as ended_at

    from slos

),

slo_targets as (

    select
        slo_id,
        cast(target as decimal(9, 6)) as target,
        lag(ended_at, 1, cast('1000-01-01' as timestamp)) over (
            partition by slo_id order by ended_at
        ) as after_at,
        ended_at as until_at

    from targets

)

select * from slo_targets
