{{ config(materialized="view") }}

with

exception_rules as (

    select * from {{ ref("exception_rules") }}
    where stage <> 'retired'

),

latency_rules as (

    select * from {{ ref("latency_rules") }}

),

-- Of several rules a live one comes before one on trial, then the lowest threshold.
ranked as (

    select
        exception_rules.journey,
        latency_rules.state,
        latency_rules.rule_id,
        latency_rules.calendar,
        latency_rules.threshold_minutes,
        row_number() over (
            partition by exception_rules.journey, latency_rules.state
            order by
                case exception_rules.stage when 'live' then 0 else 1 end,
                latency_rules.threshold_minutes,
                latency_rules.rule_id
        ) as rule_rank

    from exception_rules
    inner join latency_rules
        on exception_rules.rule_id = latency_rules.rule_id

),

states_watched as (

    select
        journey,
        state,
        rule_id,
        calendar,
        threshold_minutes

    from ranked
    where rule_rank = 1

)

select * from states_watched
