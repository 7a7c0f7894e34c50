{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

watched as (

    select * from {{ ref("int_constraints_watched") }}

),

attribute_segments as (

    select * from {{ ref("int_attribute_segments") }}

),

-- Two kinds look at the event that comes next, whatever its name.
parts as (

    select
        *,
        activation_event as event_name,
        true as is_activation

    from watched
    where kind <> 'init'
    union all
    select
        *,
        target_event as event_name,
        false as is_activation

    from watched
    where
        target_event is not null
        and kind not in ('chain_response', 'not_chain_succession', 'chain_precedence')

),

-- The timeline is read where it is used: a CTE that is read twice is written down. A
-- stop is what ends the wait for a target, or what a target is no longer for.
happened as (

    select
        parts.rule_id,
        parts.ask_number,
        parts.kind,
        parts.journey,
        parts.activation_event,
        parts.target_event,
        case_events.case_id,
        case_events.event_id,
        case_events.event_name,
        case_events.event_number,
        case_events.occurred_at,
        case_events.previous_event_name,
        parts.is_activation,
        -- What a rule on actors compares is of one.
        case
            when parts.kind = 'four_eyes'
                then {{ offpath.trimmed("case_events.actor") }}
            else ''
        end as done_by,
        case when not parts.is_activation then case_events.event_number end
            as target_number,
        case when not parts.is_activation then case_events.occurred_at end as target_at,
        case
            when
                parts.is_activation
                and parts.kind in (
                    'alternate_response',
                    'alternate_precedence',
                    'exactly_once',
                    'existence'
                )
                then case_events.event_number
        end as stop_number,
        case
            when parts.is_activation and parts.kind = 'alternate_response'
                then case_events.occurred_at
        end as stop_at

    from parts
    inner join {{ ref("fct_case_events") }} as case_events
        on
            parts.journey = case_events.journey
            and parts.event_name = case_events.event_name
    left join attribute_segments
        on
            parts.rule_id = attribute_segments.rule_id
            and case_events.event_id = attribute_segments.event_id
    where
        {{ offpath.is_due("case_events.journey", "case_events.case_id") }}
        and (
            not parts.is_activation
            or (
                -- Said again it asks for nothing more; whether it was said, how often
                -- and by whom, is another question.
                (
                    not case_events.is_repeat
                    or parts.kind in ('existence', 'exactly_once', 'four_eyes')
                )
                and (
                    parts.condition_attribute is null
                    or parts.condition_value = {{ offpath.segment_value(
                        "parts.condition_attribute", "case_events", "attribute_segments"
                    ) }}
                )
            )
        )
    union all
    select
        watched.rule_id,
        watched.ask_number,
        watched.kind,
        watched.journey,
        watched.activation_event,
        watched.target_event,
        case_events.case_id,
        case_events.event_id,
        case_events.event_name,
        case_events.event_number,
        case_events.occurred_at,
        case_events.previous_event_name,
        false as is_activation,
        '' as done_by,
        case
            when case_events.event_name = watched.target_event
                then case_events.event_number
        end as target_number,
        case
            when case_events.event_name = watched.target_event
                then case_events.occurred_at
        end as target_at,
        case_events.event_number as stop_number,
        case_events.occurred_at as stop_at

    from watched
    inner join {{ ref("fct_case_events") }} as case_events
        on
            watched.journey = case_events.journey
            and watched.activation_event = case_events.previous_event_name
    where
        {{ offpath.is_due("case_events.journey", "case_events.case_id") }}
        and watched.kind in ('chain_response', 'not_chain_succession')
        and not (
            case_events.is_repeat
            and case_events.event_name = watched.activation_event
        )
    union all
    select
        watched.rule_id,
        watched.ask_number,
        watched.kind,
        watched.journey,
        watched.activation_event,
        watched.target_event,
        case_events.case_id,
        case_events.event_id,
        case_events.event_name,
        case_events.event_number,
        case_events.occurred_at,
        case_events.previous_event_name,
        true as is_activation,
        '' as done_by,
        cast(null as integer) as target_number,
        cast(null as timestamp) as target_at,
        cast(null as integer) as stop_number,
        cast(null as timestamp) as stop_at

    from watched
    inner join {{ ref("fct_case_events") }} as case_events
        on watched.journey = case_events.journey
    where
        {{ offpath.is_due("case_events.journey", "case_events.case_id") }}
        and watched.kind = 'init'
        and case_events.event_number = 1

),

-- Activations, targets and stops side by side, so that one pass finds for each
-- activation those before and behind it.
looked_around as (

    select
        *,
        max(target_number) over before_it as last_target_number,
        max(stop_number) over before_it as last_stop_number,
        min(target_number) over behind_it as next_target_number,
        min(target_at) over behind_it as next_target_at,
        min(stop_number) over behind_it as next_stop_number,
        min(stop_at) over behind_it as next_stop_at

    from happened
    where done_by is not null

    window
        before_it as (
            partition by rule_id, ask_number, case_id, done_by
            order by event_number
            range between unbounded preceding and 1 preceding
        ),
        behind_it as (
            partition by rule_id, ask_number, case_id, done_by
            order by event_number desc
            range between unbounded preceding and 1 preceding
        )

),

judged as (

    select
        *,
        coalesce(
            kind in ({{ offpath.templates_that("is_bounded") }})
            and next_target_number
            <= coalesce(next_stop_number, next_target_number),
            false
        ) as is_followed,
        coalesce(
            (
                kind in ('alternate_response', 'chain_response')
                and next_stop_number
                < coalesce(next_target_number, next_stop_number + 1)
            )
            or (kind = 'not_succession' and next_target_number is not null)
            or (
                kind = 'not_chain_succession'
                and next_target_number = next_stop_number
            ),
            false
        ) as is_broken_behind,
        coalesce(
            case kind
                when 'absence' then true
                when 'exactly_once' then last_stop_number is not null
                when 'init' then event_name <> activation_event
                when 'precedence' then last_target_number is null
                when 'alternate_precedence'
                    then
                        coalesce(last_target_number, 0)
                        <= coalesce(last_stop_number, 0)
                when 'chain_precedence'
                    then previous_event_name is distinct from target_event
                when 'not_co_existence' then last_target_number is not null
                when 'four_eyes' then last_target_number is not null
            end,
            false
        ) as is_broken_at_once

    from looked_around
    where is_activation

),

settled as (

    select
        *,
        case
            when kind = 'responded_existence' and last_target_number is not null
                then event_number
            when kind = 'responded_existence' or is_followed then next_target_number
        end as answered_number,
        case
            when kind = 'responded_existence' and last_target_number is not null
                then occurred_at
            when kind = 'responded_existence' or is_followed then next_target_at
        end as answered_at,
        case
            when is_broken_at_once then event_number
            when is_broken_behind then coalesce(next_stop_number, next_target_number)
        end as broken_number,
        case
            when is_broken_at_once then occurred_at
            when is_broken_behind then coalesce(next_stop_at, next_target_at)
        end as broken_at

    from judged

),

activations_answered as (

    select
        rule_id,
        ask_number,
        kind,
        journey,
        case_id,
        event_id,
        event_name,
        event_number,
        occurred_at,
        case
            when kind in ('existence', 'exactly_once') then last_stop_number is null
        end as is_first,
        answered_number,
        answered_at,
        broken_number,
        broken_at,
        kind in ({{ offpath.templates_that("is_owed") }})
        and answered_number is null
        and broken_number is null
            as is_awaiting

    from settled

)

select * from activations_answered
