{{ config(alias="Due_dates") }}

with

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where
        journey = '{{ var("uipath_journey") }}'
        and deadline_at is not null
        and verdict <> 'excluded'

),

objectives as (

    select * from {{ ref("fct_error_budgets") }}

),

uipath_due_dates as (

    select
        sli_cases.slo_id || '/' || sli_cases.case_id as Due_date_ID,
        sli_cases.case_id as Case_ID,
        sli_cases.slo_id as Due_date,
        objectives.indicator as Due_date_type,
        sli_cases.reached_at as Actual_date,
        sli_cases.deadline_at as Expected_date,
        -- A case that is past its deadline is late now, not when it gets there.
        case sli_cases.early_verdict when 'good' then true when 'bad' then false end
            as On_time,
        cast(null as double) as Cost,
        {{ offpath.seconds_between("sli_cases.deadline_at", "sli_cases.reached_at") }}
            as Difference

    from sli_cases
    inner join objectives
        on sli_cases.slo_id = objectives.slo_id

)

select * from uipath_due_dates
