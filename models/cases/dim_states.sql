with

journey_events as (

    select * from {{ ref("journey_events") }}
    where enters_state is not null

),

journeys as (

    select * from {{ ref("journeys") }}

),

states_watched as (

    select * from {{ ref("int_states_watched") }}

),

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

abandonments as (

    select * from {{ ref("abandonments") }}

),

entered as (

    select
        journey,
        enters_state as state,
        min(sort_order) as sort_order,
        {{ offpath.ordered_list("event_name", "event_name") }} as entered_by,
        min(case when ends_case_as is null then 0 else 1 end) = 1 as is_final

    from journey_events
    group by journey, enters_state

),

states as (

    select
        entered.journey,
        entered.state,
        cast(entered.sort_order as integer) as sort_order,
        entered.entered_by,
        entered.is_final,
        journeys.calendar,
        states_watched.rule_id,
        exception_rules.title as rule_title,
        states_watched.calendar as rule_calendar,
        cast(states_watched.threshold_minutes as bigint) * 60 as threshold_seconds,
        cast(abandonments.abandoned_after_hours as integer) as abandoned_after_hours

    from entered
    inner join journeys
        on entered.journey = journeys.journey
    left join states_watched
        on
            entered.journey = states_watched.journey
            and entered.state = states_watched.state
    left join exception_rules
        on states_watched.rule_id = exception_rules.rule_id
    left join abandonments
        on
            entered.journey = abandonments.journey
            and entered.state = abandonments.state

)

select * from states
