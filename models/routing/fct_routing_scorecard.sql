with

routing_log as (

    select * from {{ ref("fct_routing_log") }}
    where state <> 'held'

),

actions as (

    select * from {{ ref("fct_exception_actions") }}

),

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

-- What is in the outbox, or was refused, told nobody.
announced as (

    select
        exception_id,
        rule_id,
        min(case when state = 'sent' then delivered_at end) as told_at,
        max(case when state = 'sent' and kind = 'escalated' then 1 else 0 end)
            as is_escalated

    from routing_log
    group by exception_id, rule_id

),

messages as (

    select
        rule_id,
        count(distinct message_id) as message_count

    from routing_log
    where state = 'sent'
    group by rule_id

),

acted as (

    select
        exception_id,
        min(acted_at) as first_acted_at,
        -- Who resolves once more mends what the former answer said.
        case
            when
                max_by(
                    close_code, case when action = 'resolved' then action_number end
                ) = 'noise'
                then 1
            else 0
        end as is_noise,
        max(case when action = 'resolved' then 1 else 0 end) as is_resolved

    from actions
    group by exception_id

),

summarised as (

    select
        announced.rule_id,
        count(announced.told_at) as announced_count,
        sum(case when announced.told_at is null then 1 else 0 end) as untold_count,
        sum(announced.is_escalated) as escalated_count,
        count(acted.exception_id) as acted_count,
        sum(coalesce(acted.is_noise, 0)) as noise_count,
        sum(coalesce(acted.is_resolved, 0)) as resolved_count,
        -- Who answers before anything was sent has found it without.
        {{ offpath.median_of(
            "case when acted.first_acted_at >= announced.told_at then "
            ~ offpath.seconds_between("announced.told_at", "acted.first_acted_at")
            ~ " end"
        ) }} as median_response_seconds

    from announced
    left join acted
        on announced.exception_id = acted.exception_id
    group by announced.rule_id

),

routing_scorecard as (

    select
        exception_rules.rule_id,
        exception_rules.owner_role,
        cast(coalesce(summarised.announced_count, 0) as bigint) as announced_count,
        cast(coalesce(summarised.untold_count, 0) as bigint) as untold_count,
        cast(coalesce(messages.message_count, 0) as bigint) as message_count,
        cast(coalesce(summarised.escalated_count, 0) as bigint) as escalated_count,
        cast(coalesce(summarised.acted_count, 0) as bigint) as acted_count,
        cast(coalesce(summarised.resolved_count, 0) as bigint) as resolved_count,
        cast(summarised.noise_count as double)
        / nullif(summarised.resolved_count, 0) as noise_share,
        cast(summarised.median_response_seconds as double) as median_response_seconds

    from exception_rules
    left join summarised
        on exception_rules.rule_id = summarised.rule_id
    left join messages
        on exception_rules.rule_id = messages.rule_id

)

select * from routing_scorecard
