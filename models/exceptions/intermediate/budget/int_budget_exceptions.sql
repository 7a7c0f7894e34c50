with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

budget_rules as (

    select * from {{ ref("budget_rules") }}

),

budget_exceptions as (

    {{ offpath.budget_exceptions(
        "rules", "budget_rules", ref("fct_burn_rate_history")
    ) }}

)

select * from budget_exceptions
