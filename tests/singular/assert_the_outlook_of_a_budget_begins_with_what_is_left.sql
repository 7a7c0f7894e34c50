-- What an outlook says of today, the budget says too.
with

budget_outlook as (

    select * from {{ ref("int_budget_outlook") }}
    where days_ahead = 0

),

error_budgets as (

    select * from {{ ref("fct_error_budgets") }}

)

select
    error_budgets.slo_id,
    error_budgets.left_cases,
    budget_outlook.left_cases as left_cases_of_outlook

from budget_outlook
inner join error_budgets
    on budget_outlook.slo_id = error_budgets.slo_id
where abs(error_budgets.left_cases - budget_outlook.left_cases) > 1e-6
