-- A tier whose burn is more than all cases being bad would be silent for ever (of the
-- default ones, `int_slo_tiers` leaves it out), a window that is not shorter than the
-- other tells nothing, and below a burn rate of 1 the budget lasts: a tier that lifts
-- there disturbs people for an objective that is met.

with

slo_tiers as (

    select * from {{ ref("int_slo_tiers") }}

),

budget_rules as (

    select
        exception_rules.rule_id,
        exception_rules.slo_id,
        budget_rules.tier

    from {{ ref("budget_rules") }} as budget_rules
    inner join {{ ref("exception_rules") }} as exception_rules
        on budget_rules.rule_id = exception_rules.rule_id

),

violations as (

    select
        'seed burn_tiers, row ' || tier || ' of ' || slo_id || ': at a target of '
        || cast(target as {{ dbt.type_string() }}) || ' all cases being bad burn '
        || cast(round(1 / (1 - target), 2) as {{ dbt.type_string() }})
        || ' times the budget, and the tier asks for more than '
        || cast(round(burn_threshold, 2) as {{ dbt.type_string() }})
        || ': take the row out, or ask for less' as message

    from slo_tiers
    where burn_threshold * (1 - target) >= 1
    union all
    select
        'seed burn_tiers, row ' || tier || ' of ' || slo_id
        || ': short_hours is not less than long_hours, or long_hours more than its'
        || ' window' as message

    from slo_tiers
    where short_hours >= long_hours or long_hours > window_hours
    union all
    select
        'seed burn_tiers, row ' || tier || ' of ' || slo_id || ': it lifts to '
        || lifts_to || ' above a burn rate of '
        || cast(round(burn_threshold, 2) as {{ dbt.type_string() }})
        || ', and up to 1 the budget lasts: ask for more, or leave lifts_to empty'
            as message

    from slo_tiers
    where lifts_to is not null and burn_threshold < 1
    union all
    select
        'seed budget_rules, row ' || budget_rules.rule_id || ': '
        || case
            when budget_rules.slo_id is null then 'its rule names no slo_id'
            else
                'objective ' || budget_rules.slo_id || ' has no tier '
                || budget_rules.tier || ' in burn_tiers that can fire'
        end as message

    from budget_rules
    left join slo_tiers
        on
            budget_rules.slo_id = slo_tiers.slo_id
            and budget_rules.tier = slo_tiers.tier
    where slo_tiers.slo_id is null

)

{{ offpath.named_violations("violations") }}
