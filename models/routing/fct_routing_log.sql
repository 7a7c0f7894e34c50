with

messages as (

    select * from {{ ref("stg_routing__messages") }}

),

routing_log as (

    select
        intent_id,
        message_id,
        exception_id,
        rule_id,
        journey,
        kind,
        cast(step as integer) as step,
        owner_role,
        channel,
        -- What was delivered after the clock was still on its way.
        case when delivered_at > {{ offpath.as_of() }} then 'pending' else state end
            as state,
        reason,
        decided_at,
        case when delivered_at <= {{ offpath.as_of() }} then delivered_at end
            as delivered_at,
        cast(attempts as integer) as attempts,
        is_possible_duplicate

    from messages
    where decided_at <= {{ offpath.as_of() }}

)

select * from routing_log
