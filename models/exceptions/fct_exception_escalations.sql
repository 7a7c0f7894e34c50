with

exceptions as (

    select * from {{ ref("fct_exceptions") }}

),

escalation_policies as (

    select * from {{ ref("escalation_policies") }}

),

owner_roles as (

    select * from {{ ref("owner_roles") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

stepped as (

    select
        exceptions.exception_id,
        exceptions.escalation_policy,
        escalation_policies.step,
        escalation_policies.notify_role,
        escalation_policies.after_minutes,
        exceptions.detected_at,
        owner_roles.calendar

    from exceptions
    inner join escalation_policies
        on exceptions.escalation_policy = escalation_policies.policy
    inner join owner_roles
        on escalation_policies.notify_role = owner_roles.owner_role

),

timed as (

    {{ offpath.business_time_added(
        "stepped",
        "calendar_hours",
        "calendar_open_hours",
        "calendar",
        "detected_at",
        "after_minutes",
        "notify_at",
    ) }}

),

exception_escalations as (

    select
        exception_id,
        escalation_policy,
        cast(step as integer) as step,
        notify_role,
        notify_at,
        cast(after_minutes as integer) as after_minutes

    from timed

)

select * from exception_escalations
