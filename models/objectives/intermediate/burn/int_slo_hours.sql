with

slo_case_hours as (

    select * from {{ ref("int_slo_case_hours") }}

),

slo_hours as (

    select
        slo_id,
        counted_hour,
        bad_hour,
        count(*) as case_count,
        sum(allowed_share) as allowed_count

    from slo_case_hours
    group by slo_id, counted_hour, bad_hour

)

select * from slo_hours
