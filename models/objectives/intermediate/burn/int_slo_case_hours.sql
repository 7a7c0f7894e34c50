{{ config(materialized="view") }}

with

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where verdict in ('good', 'bad')

),

slo_targets as (

    select * from {{ ref("int_slo_targets") }}

),

calendar_span as (

    select * from {{ ref("int_calendar_span") }}

),

-- A case counts from the first full hour after it counts, and is bad from the first
-- that knows it. What was due before the log begins is some mistake of the source.
slo_case_hours as (

    select
        sli_cases.slo_id,
        sli_cases.journey,
        sli_cases.case_id,
        {{ offpath.full_hour_from("sli_cases.counted_at") }} as counted_hour,
        case
            when sli_cases.verdict = 'bad'
                then
                    {{ offpath.full_hour_from(
                        "greatest(sli_cases.counted_at, sli_cases.settled_at)"
                    ) }}
        end as bad_hour,
        1 - slo_targets.target as allowed_share

    from sli_cases
    inner join slo_targets
        on
            sli_cases.slo_id = slo_targets.slo_id
            and {{ offpath.is_in_force("slo_targets", "sli_cases.counted_at") }}
    inner join calendar_span
        on sli_cases.counted_at >= calendar_span.starts_at

)

select * from slo_case_hours
