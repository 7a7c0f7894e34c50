with

events as (

    select * from {{ ref("int_events_classified") }}
    where disposition = 'accepted'

),

definitions as (

    select * from {{ ref("journey_events") }}

),

defined as (

    select
        events.journey,
        events.case_id,
        events.event_id,
        events.event_name,
        events.occurred_at,
        events.actor,
        events.channel,
        events.location,
        events.reason_code,
        events.amount,
        events.source_sequence,
        events.loaded_at,
        events.attributes,
        definitions.sort_order,
        definitions.ends_case_as,
        definitions.enters_state,
        definitions.event_name is not null as is_defined,
        coalesce(definitions.starts_case, false) as starts_case,
        coalesce(definitions.is_rework, false) as is_rework,
        coalesce(definitions.is_escalation, false) as is_escalation,
        -- An event that ends the case without naming a state leaves the state.
        coalesce(
            definitions.enters_state,
            case when definitions.ends_case_as is not null then '[ended]' end
        ) as moves_to

    from events
    left join definitions
        on
            events.journey = definitions.journey
            and events.event_name = definitions.event_name

),

ordered as (

    select
        *,
        row_number() over timeline as event_number,
        lag(occurred_at) over timeline as previous_occurred_at,
        lag(coalesce(sort_order, -1)) over timeline as previous_sort_order

    from defined

    window timeline as (
        partition by journey, case_id
        order by
            occurred_at,
            sort_order nulls last,
            source_sequence nulls last,
            event_id
    )

),

moved as (

    select
        *,
        {{ offpath.last_not_null("moves_to", "so_far") }} as moved_to,
        {{ offpath.last_not_null(
            "case when moves_to is not null then coalesce(ends_case_as, 'open') end",
            "so_far",
        ) }} as status_after

    from ordered

    window so_far as (
        partition by journey, case_id
        order by event_number
        rows between unbounded preceding and current row
    )

),

followed as (

    select
        *,
        lag(moved_to) over timeline as previous_moved_to,
        coalesce(lag(status_after) over timeline, 'open') as status_before

    from moved

    window timeline as (
        partition by journey, case_id
        order by event_number
    )

),

judged as (

    select
        *,
        ends_case_as is not null and status_before = 'open' as is_ending,
        moves_to is not null
        and ends_case_as is null
        and status_before <> 'open' as is_reopening

    from followed

),

case_events as (

    select
        journey,
        case_id,
        event_id,
        event_name,
        cast(event_number as integer) as event_number,
        occurred_at,
        actor,
        channel,
        location,
        reason_code,
        amount,
        source_sequence,
        loaded_at,
        attributes,
        enters_state,
        case when moved_to <> '[ended]' then moved_to end as state_after,
        ends_case_as,
        status_after,
        is_defined,
        starts_case,
        -- The same state with the same standing: an end or a reopening is no repeat.
        coalesce(
            enters_state = previous_moved_to
            and coalesce(ends_case_as, 'open') = status_before,
            false
        ) as is_repeat,
        is_ending,
        is_reopening,
        is_rework or is_reopening as is_rework,
        is_escalation,
        coalesce(
            occurred_at = previous_occurred_at
            and coalesce(sort_order, -1) = previous_sort_order,
            false
        ) as is_order_ambiguous

    from judged

)

select * from case_events
