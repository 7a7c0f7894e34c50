-- What the design effect is made of are the cases that the budget counts.
with

budget_days as (

    select
        slo_id,
        sum(valid_count) as valid_count,
        sum(bad_count) as bad_count

    from {{ ref("int_budget_days") }}
    group by slo_id

),

error_budgets as (

    select * from {{ ref("fct_error_budgets") }}

)

select
    error_budgets.slo_id,
    error_budgets.valid_count,
    budget_days.valid_count as valid_count_of_days,
    error_budgets.bad_count,
    budget_days.bad_count as bad_count_of_days

from error_budgets
left join budget_days
    on error_budgets.slo_id = budget_days.slo_id
where
    error_budgets.valid_count <> coalesce(budget_days.valid_count, 0)
    or error_budgets.bad_count <> coalesce(budget_days.bad_count, 0)
