with

exceptions_detected as (

    select * from {{ ref("int_exceptions_detected") }}

),

exceptions_weighed as (

    select * from {{ ref("int_exceptions_weighed") }}

),

exceptions_routed as (

    select * from {{ ref("int_exceptions_routed") }}

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

escalation_policies as (

    select * from {{ ref("escalation_policies") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

first_steps as (

    select
        policy,
        min(after_minutes) as first_step_minutes

    from escalation_policies
    group by policy

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
        exceptions_detected.evidence,
        exceptions_routed.route_class,
        exceptions_routed.route_reason,
        exceptions_weighed.value_at_stake,
        exceptions_weighed.risk_share,
        exceptions_weighed.cost_at_risk,
        coalesce(exceptions_detected.cleared_at, exceptions_detected.detected_at)
            as changed_at,
        first_steps.first_step_minutes

    from exceptions_detected
    inner join exceptions_weighed
        on exceptions_detected.exception_id = exceptions_weighed.exception_id
    inner join exceptions_routed
        on exceptions_detected.exception_id = exceptions_routed.exception_id
    inner join exception_rules
        on exceptions_detected.rule_id = exception_rules.rule_id
    inner join owner_roles
        on exception_rules.owner_role = owner_roles.owner_role
    inner join playbooks
        on exception_rules.playbook = playbooks.playbook
    left join first_steps
        on exception_rules.escalation_policy = first_steps.policy

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

    from with_due_time

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
                    ) / 3600.0e0
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
