select
    exception_id,
    rule_id,
    owner_role,
    playbook,
    respond_by_at,
    route_class,
    route_reason

from {{ ref("fct_exceptions") }}
where
    is_open
    and (
        owner_role is null
        or playbook is null
        or respond_by_at is null
        or route_class is null
        or route_reason is null
    )
