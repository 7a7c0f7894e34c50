{%- set announce_from = var("announce_from") -%}

with

exceptions_detected as (

    select * from {{ ref("int_exceptions_detected") }}

),

exceptions_weighed as (

    select * from {{ ref("int_exceptions_weighed") }}

),

exceptions_excluded as (

    select * from {{ ref("int_exceptions_excluded") }}

),

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

budget_rules as (

    select * from {{ ref("budget_rules") }}

),

error_budgets as (

    select * from {{ ref("fct_error_budgets") }}

),

burn_rates as (

    select * from {{ ref("fct_burn_rates") }}

),

route_cases as (

    select * from {{ ref("route_cases") }}

),

-- The tier that lifts an objective the highest, of several the fastest.
firing as (

    select
        slo_id,
        lifts_to,
        tier,
        row_number() over (
            partition by slo_id
            order by case lifts_to when 'page' then 1 else 2 end, long_hours, tier
        ) as lift_rank

    from burn_rates
    where is_firing and lifts_to is not null

),

judged as (

    select
        exceptions_detected.exception_id,
        exceptions_detected.detected_at,
        {{ "cast(null as timestamp)" if announce_from is none
            else offpath.instant_literal("announce_from", announce_from) }}
            as announce_from,
        exceptions_excluded.exclusion,
        exception_rules.stage,
        exception_rules.family,
        exception_rules.severity,
        exception_rules.slo_id,
        cast(exception_rules.page_above_value as double) as page_above_value,
        exceptions_weighed.value_at_stake,
        exceptions_weighed.evidence_verdict,
        coalesce(error_budgets.budget_cases > 0, false) as has_budget,
        error_budgets.left_cases,
        error_budgets.is_spent,
        error_budgets.burn_rate_1d > 1 as is_burning,
        firing.lifts_to,
        firing.tier,
        own_tiers.lifts_to as own_class

    from exceptions_detected
    inner join exceptions_weighed
        on exceptions_detected.exception_id = exceptions_weighed.exception_id
    inner join exception_rules
        on exceptions_detected.rule_id = exception_rules.rule_id
    left join exceptions_excluded
        on exceptions_detected.exception_id = exceptions_excluded.exception_id
    left join error_budgets
        on exception_rules.slo_id = error_budgets.slo_id
    left join firing
        on exception_rules.slo_id = firing.slo_id and firing.lift_rank = 1
    left join budget_rules
        on exceptions_detected.rule_id = budget_rules.rule_id
    left join burn_rates as own_tiers
        on
            exception_rules.slo_id = own_tiers.slo_id
            and budget_rules.tier = own_tiers.tier

),

climbed as (

    select
        *,
        case
            {%- for route_case, condition in offpath.route_ladder().items() %}
            when {{ condition }} then '{{ route_case }}'
            {%- endfor %}
        end as route_case

    from judged

),

exceptions_routed as (

    select
        climbed.exception_id,
        climbed.route_case,
        route_cases.route_class,
        replace(
            replace(
                replace(
                    replace(
                        route_cases.reason, '{slo_id}', coalesce(climbed.slo_id, '')
                    ),
                    '{tier}',
                    coalesce(climbed.tier, '')
                ),
                '{amount}',
                coalesce(
                    cast(climbed.page_above_value as {{ dbt.type_string() }}), ''
                )
            ),
            '{exclusion}',
            coalesce(climbed.exclusion, '')
        ) as route_reason

    from climbed
    left join route_cases
        on climbed.route_case = route_cases.route_case

)

select * from exceptions_routed
