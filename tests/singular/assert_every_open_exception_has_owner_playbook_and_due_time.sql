-- The mart's contract lets none be null; this holds what a null check does not see: a due
-- time that lies before the detection, an owner or playbook that is no row, and a page or
-- task that nobody would be told of next.
with

exceptions as (

    select * from {{ ref("fct_exceptions") }}
    where is_open

),

escalations as (

    select distinct exception_id
    from {{ ref("fct_exception_escalations") }}
    where notify_at is not null

)

select
    exceptions.exception_id,
    exceptions.rule_id

from exceptions
left join {{ ref("owner_roles") }} as owner_roles
    on exceptions.owner_role = owner_roles.owner_role
left join {{ ref("playbooks") }} as playbooks
    on exceptions.playbook = playbooks.playbook
left join escalations
    on exceptions.exception_id = escalations.exception_id
where
    owner_roles.owner_role is null
    or playbooks.playbook is null
    or trim(coalesce(exceptions.playbook_location, '')) = ''
    or exceptions.respond_by_at < exceptions.detected_at
    or (
        exceptions.route_class in ('page', 'task')
        and escalations.exception_id is null
    )
