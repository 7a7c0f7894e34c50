with

error_budgets as (

    select * from {{ ref("fct_error_budgets") }}

),

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where verdict = 'bad'

),

bad_cases as (

    select
        sli_cases.slo_id,
        sli_cases.journey,
        sli_cases.case_id,
        sli_cases.from_at,
        greatest(sli_cases.counted_at, sli_cases.settled_at) as bad_at,
        error_budgets.bad_count,
        error_budgets.budget_cases

    from sli_cases
    inner join error_budgets
        on
            sli_cases.slo_id = error_budgets.slo_id
            and {{ offpath.is_since_window_start("sli_cases", "error_budgets") }}

)

select * from bad_cases
