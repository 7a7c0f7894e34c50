-- A due time beyond the calendars is null, and its case would never count.
with

beyond as (

    select
        'objective ' || sli_cases.slo_id || ': the deadlines of '
        || cast(count(*) as {{ dbt.type_string() }})
        || ' cases are beyond the calendars; raise var calendar_horizon_days ('
        || '{{ var("calendar_horizon_days") }})' as message

    from {{ ref("fct_sli_cases") }} as sli_cases
    inner join {{ ref("slos") }} as slos
        on sli_cases.slo_id = slos.slo_id
    where
        sli_cases.deadline_at is null
        and not sli_cases.is_paused
        and sli_cases.not_valid_reason is null
        and (
            slos.indicator = 'latency'
            or slos.slo_id in (
                select slo_thresholds.slo_id
                from {{ ref("slo_thresholds") }} as slo_thresholds
            )
        )
    group by sli_cases.slo_id

)

{{ offpath.named_violations("beyond") }}
