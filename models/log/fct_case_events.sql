{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

-- What the contract of the event log has; attributes stand apart.
{% set columns = ["source_model"] + (
    offpath.contract_columns("event") | reject("equalto", "attributes") | list
) %}

with

events as (

    select * from {{ ref("int_events_classified") }}
    where disposition = 'accepted' and {{ offpath.is_due("journey", "case_id") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

definitions as (

    select * from {{ ref("journey_events") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

-- What an event does to its case: an end that names no state leaves the state, and what
-- enters a state without an end has the case open.
moves as (

    select
        *,
        coalesce(enters_state, case when ends_case_as is not null then '[ended]' end)
            as moves_to,
        case
            when enters_state is not null or ends_case_as is not null
                then coalesce(ends_case_as, 'open')
        end as moves_status_to

    from definitions

),

defined as (

    select
        {%- for column in columns %}
        events.{{ column }},
        {%- endfor %}
        -- Where the source knows the order of what it says of one time, it goes first.
        case when journeys.ties_by = 'source_sequence' then events.source_sequence end
            as leading_sequence,
        coalesce(moves.sort_order, 2147483647) as sort_order,
        moves.ends_case_as,
        moves.enters_state,
        moves.event_name is not null as is_defined,
        coalesce(moves.starts_case, false) as starts_case,
        coalesce(moves.is_rework, false) as is_rework,
        coalesce(moves.is_escalation, false) as is_escalation,
        moves.moves_to,
        moves.moves_status_to,
        case when moves.moves_to is not null then events.event_name end as moved_by,
        -- What the working clock of the journey shows, so that the time worked between
        -- two events is a difference; without a calendar it never stops.
        case
            when journeys.calendar is null
                then {{ offpath.epoch_seconds("events.occurred_at") }}
            else {{ offpath.open_seconds_at("calendar_hours", "events.occurred_at") }}
        end as worked_seconds

    from events
    left join journeys
        on events.journey = journeys.journey
    left join calendar_hours
        on
            journeys.calendar = calendar_hours.calendar
            and date_trunc('hour', events.occurred_at) = calendar_hours.hour_started_at
    left join moves
        on
            events.journey = moves.journey
            and events.event_name = moves.event_name

),

-- Every window here has the same order, so that the timeline is sorted once.
ordered as (

    select
        *,
        row_number() over timeline as event_number,
        lag(event_name) over timeline as previous_event_name,
        lag(actor) over timeline as previous_actor,
        lag(occurred_at) over timeline as previous_occurred_at,
        worked_seconds - lag(worked_seconds) over timeline as worked_since_previous,
        lag(sort_order) over timeline as previous_sort_order,
        lag(source_sequence) over timeline as previous_sequence,
        lag(source_model) over timeline as previous_source_model,
        {{ offpath.last_not_null("moved_by", "before_it") }} as previous_moved_by

    from defined

    window
        timeline as (
            partition by journey, case_id
            order by
                occurred_at,
                leading_sequence nulls last,
                sort_order,
                source_sequence nulls last,
                event_id
        ),
        before_it as (
            partition by journey, case_id
            order by
                occurred_at,
                leading_sequence nulls last,
                sort_order,
                source_sequence nulls last,
                event_id
            rows between unbounded preceding and 1 preceding
        )

),

-- Looked up, since each column more in the windows is moved by their sort.
moved_before as (

    select
        ordered.*,
        moves.moves_to as previous_moved_to,
        moves.moves_status_to as previous_status

    from ordered
    left join moves
        on
            ordered.journey = moves.journey
            and ordered.previous_moved_by = moves.event_name

),

judged as (

    select
        *,
        coalesce(moves_to, previous_moved_to) as moved_to,
        coalesce(moves_status_to, previous_status) as status_after,
        coalesce(previous_status, 'open') as status_before

    from moved_before

),

turned as (

    select
        *,
        coalesce(moves_status_to = 'open' and status_before <> 'open', false)
            as is_reopening,
        -- The same state with the same standing: an end or a reopening does not stay.
        coalesce(
            enters_state = previous_moved_to
            and moves_status_to = status_before,
            false
        ) as is_staying

    from judged

),

timed as (

    select
        *,
        {{ offpath.seconds_between("previous_occurred_at", "occurred_at") }}
            as seconds_since_previous

    from turned

),

case_events as (

    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        cast(event_number as integer) as event_number,
        previous_event_name,
        previous_actor,
        seconds_since_previous,
        -- Whole seconds of two clocks may differ by one more than the time between.
        case
            when
                seconds_since_previous = 0
                or worked_since_previous > seconds_since_previous
                then seconds_since_previous
            else worked_since_previous
        end as business_seconds_since_previous,
        enters_state,
        case when moved_to <> '[ended]' then moved_to end as state_after,
        ends_case_as,
        status_after,
        is_defined,
        starts_case,
        is_staying,
        is_staying and moved_by = previous_moved_by as is_repeat,
        ends_case_as is not null and ends_case_as <> status_before as is_ending,
        is_reopening,
        is_rework or is_reopening as is_rework,
        is_escalation,
        coalesce(
            occurred_at = previous_occurred_at
            and sort_order = previous_sort_order
            and source_sequence is not distinct from previous_sequence,
            false
        ) as is_order_ambiguous,
        coalesce(
            source_sequence < previous_sequence
            and source_model = previous_source_model,
            false
        ) as is_out_of_sequence

    from timed

)

select * from case_events
