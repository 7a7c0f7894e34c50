{{ config(materialized="view") }}

with

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}

),

cases_settled as (

    select
        slo_id,
        case_id,
        coalesce(severity, '') as severity,
        from_at,
        settled_at,
        date_trunc('day', from_at) as from_day,
        {{ offpath.age_bin(offpath.seconds_between("from_at", "settled_at")) }} + 1
            as settled_bin,
        case when verdict = 'bad' then 1 else 0 end as is_bad,
        settled_at
        > {{ offpath.add_seconds(offpath.as_of(), "-86400 * " ~ var("evidence_days")) }}
            as is_recent

    from sli_cases
    where verdict in ('good', 'bad') and not is_provisional

)

select * from cases_settled
