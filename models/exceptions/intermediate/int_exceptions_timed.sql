with

exceptions_detected as (

    select * from {{ ref("int_exceptions_detected") }}

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

escalation_policies as (

    select * from {{ ref("escalation_policies") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

ruled as (

    select
        exceptions_detected.exception_id,
        exceptions_detected.detected_at,
        coalesce(exceptions_detected.cleared_at, exceptions_detected.detected_at)
            as changed_at,
        exceptions_routed.route_class,
        exception_rules.escalation_policy,
        exception_rules.respond_within_minutes,
        cast(
            floor(
                {{ var("digest_wait_share") }} * exception_rules.respond_within_minutes
            ) as integer
        ) as digest_within_minutes,
        owner_roles.calendar as owner_calendar

    from exceptions_detected
    inner join exceptions_routed
        on exceptions_detected.exception_id = exceptions_routed.exception_id
    inner join exception_rules
        on exceptions_detected.rule_id = exception_rules.rule_id
    inner join owner_roles
        on exception_rules.owner_role = owner_roles.owner_role

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

with_digest_time as (

    {{ offpath.business_time_added(
        "with_due_time",
        "calendar_hours",
        "calendar_open_hours",
        "owner_calendar",
        "changed_at",
        "digest_within_minutes",
        "owner_digest_at",
    ) }}

),

-- Of the steps that one calendar times, the first comes first.
first_steps as (

    select
        escalation_policies.policy,
        owner_roles.calendar as step_calendar,
        cast(
            floor(
                {{ var("digest_wait_share") }} * min(escalation_policies.after_minutes)
            ) as integer
        ) as wait_minutes

    from escalation_policies
    inner join owner_roles
        on escalation_policies.notify_role = owner_roles.owner_role
    group by
        escalation_policies.policy,
        owner_roles.calendar

),

-- Who is told late must not be escalated for it: a task waits for a part of the time to
-- its first escalation.
tasks as (

    select
        ruled.exception_id,
        ruled.changed_at,
        first_steps.step_calendar,
        first_steps.wait_minutes

    from ruled
    inner join first_steps
        on ruled.escalation_policy = first_steps.policy
    where ruled.route_class = 'task'

),

tasks_timed as (

    {{ offpath.business_time_added(
        "tasks",
        "calendar_hours",
        "calendar_open_hours",
        "step_calendar",
        "changed_at",
        "wait_minutes",
        "wait_until_at",
    ) }}

),

waits as (

    select
        exception_id,
        min(wait_until_at) as wait_until_at

    from tasks_timed
    group by exception_id

),

exceptions_timed as (

    select
        with_digest_time.exception_id,
        with_digest_time.respond_by_at,
        least(
            with_digest_time.owner_digest_at,
            coalesce(waits.wait_until_at, with_digest_time.owner_digest_at)
        ) as digest_at

    from with_digest_time
    left join waits
        on with_digest_time.exception_id = waits.exception_id

)

select * from exceptions_timed
