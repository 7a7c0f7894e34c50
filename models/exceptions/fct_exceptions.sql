with

exceptions_detected as (

    select * from {{ ref("int_exceptions_detected") }}

),

exceptions_weighed as (

    select * from {{ ref("int_exceptions_weighed") }}

),

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

owner_roles as (

    select * from {{ ref("owner_roles") }}

),

playbooks as (

    select * from {{ ref("playbooks") }}

),

budget_rules as (

    select * from {{ ref("budget_rules") }}

),

first_steps as (

    select
        policy,
        min(after_minutes) as first_step_minutes

    from {{ ref("escalation_policies") }}
    group by policy

),

error_budgets as (

    select * from {{ ref("fct_error_budgets") }}

),

burn_rates as (

    select * from {{ ref("fct_burn_rates") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

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

lifted as (

    select * from firing
    where lift_rank = 1

),

ruled as (

    select
        exceptions_detected.exception_id,
        exceptions_detected.rule_id,
        cast(exception_rules.version as integer) as rule_version,
        exception_rules.title as rule_title,
        exception_rules.family,
        exceptions_detected.journey,
        exceptions_detected.subject_type,
        exceptions_detected.subject_id,
        exceptions_detected.episode,
        exceptions_detected.onset_at,
        exceptions_detected.detected_at,
        exceptions_detected.cleared_at,
        exceptions_detected.is_open,
        exceptions_detected.clear_reason,
        exceptions_detected.observed_value,
        exceptions_detected.threshold_value,
        exceptions_detected.unit,
        exception_rules.severity,
        exception_rules.owner_role,
        exception_rules.respond_within_minutes,
        owner_roles.calendar as owner_calendar,
        exception_rules.escalation_policy,
        exception_rules.playbook,
        playbooks.location as playbook_location,
        exception_rules.slo_id,
        exception_rules.stage,
        exceptions_detected.evidence,
        exceptions_weighed.evidence_verdict,
        exceptions_weighed.value_at_stake,
        exceptions_weighed.risk_share,
        exceptions_weighed.cost_at_risk,
        exceptions_weighed.value_at_stake > exception_rules.page_above_value
            as is_valuable,
        cast(exception_rules.page_above_value as double) as page_above_value,
        coalesce(exceptions_detected.cleared_at, exceptions_detected.detected_at)
            as changed_at,
        first_steps.first_step_minutes,
        error_budgets.is_spent,
        error_budgets.burn_rate_1d > 1 as is_burning,
        error_budgets.remaining_share,
        lifted.lifts_to,
        lifted.tier,
        tiers.lifts_to as own_class

    from exceptions_detected
    inner join exceptions_weighed
        on exceptions_detected.exception_id = exceptions_weighed.exception_id
    inner join exception_rules
        on exceptions_detected.rule_id = exception_rules.rule_id
    inner join owner_roles
        on exception_rules.owner_role = owner_roles.owner_role
    inner join playbooks
        on exception_rules.playbook = playbooks.playbook
    left join first_steps
        on exception_rules.escalation_policy = first_steps.policy
    left join error_budgets
        on exception_rules.slo_id = error_budgets.slo_id
    left join lifted
        on exception_rules.slo_id = lifted.slo_id
    left join budget_rules
        on exceptions_detected.rule_id = budget_rules.rule_id
    left join burn_rates as tiers
        on
            exception_rules.slo_id = tiers.slo_id
            and budget_rules.tier = tiers.tier

),

with_due_time as (

    {{ offpath.business_time_added(
        "ruled",
        "calendar_hours",
        "calendar_open_hours",
        "owner_calendar",
        "detected_at",
        "respond_within_minutes",
        "respond_by_at",
    ) }}

),

-- The budget decides what deserves a person. A critical rule and a valuable case do not
-- ask it, and a rule that foretells nothing is not lifted by it.
decided as (

    select
        *,
        case
            when stage = 'trial' then 'record'
            when family = 'budget' then coalesce(own_class, 'record')
            when severity = 'critical' or is_valuable then 'page'
            when severity = 'low' or evidence_verdict = 'refuted' then 'digest'
            when lifts_to = 'page' or (is_spent and is_burning) then 'page'
            when lifts_to is not null or is_spent then 'task'
            when remaining_share is null and severity = 'high' then 'task'
            else 'digest'
        end as route_class,
        case
            when stage = 'trial' then 'the rule is on trial'
            when family = 'budget' and own_class is null
                then 'the tier is for review only'
            when family = 'budget'
                then 'the error budget of ' || slo_id || ' burns'
            when severity = 'critical' then 'the rule is critical'
            when is_valuable
                then
                    'the case is worth more than '
                    || cast(page_above_value as {{ dbt.type_string() }})
            when severity = 'low' then 'the severity is low'
            when evidence_verdict = 'refuted'
                then 'by the evidence it foretells nothing of ' || slo_id
            when lifts_to = 'page'
                then
                    'the error budget of ' || slo_id || ' burns: tier ' || tier
                    || ' fires'
            when is_spent and is_burning
                then 'the error budget of ' || slo_id || ' is spent and burns on'
            when is_spent then 'the error budget of ' || slo_id || ' is spent'
            when lifts_to is not null
                then
                    'the error budget of ' || slo_id || ' burns: tier ' || tier
                    || ' fires'
            when remaining_share is null and severity = 'high'
                then 'no error budget tells how urgent it is, and the severity is high'
            when remaining_share is null
                then 'no error budget tells how urgent it is'
            when remaining_share < 0
                then
                    'one bad case alone says little of the error budget of ' || slo_id
            else 'the error budget of ' || slo_id || ' is neither spent nor burning'
        end as route_reason

    from with_due_time

),

-- Who is told late must not be escalated for it: a task waits for a part of the time to
-- its first escalation.
with_digest_minutes as (

    select
        *,
        cast(
            floor(
                {{ var("digest_wait_share") }}
                * case
                    when route_class = 'task'
                        then
                            least(
                                respond_within_minutes,
                                coalesce(first_step_minutes, respond_within_minutes)
                            )
                    else respond_within_minutes
                end
            ) as integer
        ) as digest_within_minutes

    from decided

),

with_digest_time as (

    {{ offpath.business_time_added(
        "with_digest_minutes",
        "calendar_hours",
        "calendar_open_hours",
        "owner_calendar",
        "changed_at",
        "digest_within_minutes",
        "digest_at",
    ) }}

),

-- What costs the most, and is due the soonest, comes first.
ranked as (

    select
        *,
        row_number() over (
            order by
                case when is_open then 1 else 2 end,
                case route_class
                    when 'page' then 1
                    when 'task' then 2
                    when 'digest' then 3
                    else 4
                end,
                cost_at_risk / (
                    1 + greatest(
                        {{ offpath.seconds_between(offpath.as_of(), "respond_by_at") }},
                        0
                    ) / 3600.0
                ) desc,
                detected_at,
                exception_id
        ) as priority

    from with_digest_time

),

exceptions as (

    select
        exception_id,
        rule_id,
        rule_version,
        rule_title,
        family,
        journey,
        subject_type,
        subject_id,
        episode,
        onset_at,
        detected_at,
        cleared_at,
        is_open,
        clear_reason,
        observed_value,
        threshold_value,
        unit,
        severity,
        owner_role,
        respond_by_at,
        escalation_policy,
        playbook,
        playbook_location,
        slo_id,
        route_class,
        route_reason,
        cast(priority as integer) as priority,
        value_at_stake,
        risk_share,
        cost_at_risk,
        digest_at,
        evidence

    from ranked

)

select * from exceptions
