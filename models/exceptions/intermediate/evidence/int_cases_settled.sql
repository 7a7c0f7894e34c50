with

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where verdict in ('good', 'bad') and not is_provisional

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

dated as (

    {{ offpath.local_date_added(
        "sli_cases", "journey_timezones", "from_at", "from_date"
    ) }}

),

cases_settled as (

    select
        slo_id,
        case_id,
        coalesce(severity, '') as severity,
        from_at,
        settled_at,
        from_date,
        {{ offpath.age_bin(offpath.seconds_between("from_at", "settled_at")) }} + 1
            as settled_bin,
        case when verdict = 'bad' then 1 else 0 end as is_bad,
        settled_at
        > {{ offpath.add_seconds(offpath.as_of(), "-86400 * " ~ var("evidence_days")) }}
            as is_recent

    from dated

)

select * from cases_settled
