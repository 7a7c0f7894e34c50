with

messages as (

    select * from {{ ref("fct_routing_log") }}

),

actions as (

    select * from {{ ref("stg_routing__actions") }}
    where acted_at <= {{ offpath.as_of() }}

),

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

announced as (

    select
        exception_id,
        rule_id,
        min(decided_at) as opened_at,
        sum(case when kind = 'escalated' then 1 else 0 end) as escalated_count,
        count(distinct intent_id) as message_count

    from messages
    where state <> 'held'
    group by exception_id, rule_id

),

acted as (

    select
        exception_id,
        min(acted_at) as first_acted_at,
        -- Who resolves once more mends what the former answer said.
        case
            when
                max_by(
                    close_code, case when action = 'resolved' then acted_at end
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
        count(*) as announced_count,
        sum(announced.message_count) as message_count,
        sum(case when announced.escalated_count > 0 then 1 else 0 end)
            as escalated_count,
        count(acted.exception_id) as acted_count,
        sum(coalesce(acted.is_noise, 0)) as noise_count,
        sum(coalesce(acted.is_resolved, 0)) as resolved_count,
        {{ offpath.median_of(
            offpath.seconds_between("announced.opened_at", "acted.first_acted_at")
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
        cast(coalesce(summarised.message_count, 0) as bigint) as message_count,
        cast(coalesce(summarised.escalated_count, 0) as bigint) as escalated_count,
        cast(coalesce(summarised.acted_count, 0) as bigint) as acted_count,
        cast(coalesce(summarised.resolved_count, 0) as bigint) as resolved_count,
        cast(summarised.noise_count as double)
        / nullif(summarised.resolved_count, 0) as noise_share,
        cast(summarised.median_response_seconds as double) as median_response_seconds

    from exception_rules
    left join summarised
        on exception_rules.rule_id = summarised.rule_id

)

select * from routing_scorecard
