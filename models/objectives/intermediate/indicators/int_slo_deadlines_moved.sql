{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
    meta={"moved_by_clock": "is_beyond_calendars"},
) }}

with

slo_clocks as (

    select * from {{ ref("int_slo_clocks") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

case_versions as (

    select * from {{ ref("int_case_versions") }}

),

promise_versions as (

    select * from {{ ref("int_promise_versions") }}

),

thresholds as (

    select * from {{ ref("int_slo_thresholds") }}

),

slo_pauses as (

    select * from {{ ref("slo_pauses") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}

),

case_endings as (

    select * from {{ ref("int_case_endings") }}

),

state_visits as (

    select * from {{ ref("int_state_visits") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

-- A case that has ended waits for nothing.
visits_paused as (

    select
        slo_clocks.slo_id,
        slo_clocks.journey,
        slo_clocks.case_id,
        state_visits.entered_at,
        state_visits.exited_at

    from slo_clocks
    inner join slo_pauses
        on
            slo_clocks.slo_id = slo_pauses.slo_id
            and slo_clocks.from_at
            >= coalesce(slo_pauses.valid_from, cast('1000-01-01' as timestamp))
    inner join state_visits
        on
            slo_clocks.journey = state_visits.journey
            and slo_clocks.case_id = state_visits.case_id
            and slo_pauses.state = state_visits.state
    where not state_visits.ends_case

),

-- What was said of a case over time, as far as it decides when the case is due.
versions as (

    select
        slo_clocks.*,
        case_versions.severity as severity_then,
        case when slo_clocks.indicator = 'outcome' then case_versions.due_at end
            as promised_then,
        case_versions.known_from,
        case_versions.known_until

    from slo_clocks
    inner join case_versions
        on
            slo_clocks.journey = case_versions.journey
            and slo_clocks.case_id = case_versions.case_id
    where
        not slo_clocks.needs_promise
        and (slo_clocks.needs_deadline or slo_clocks.indicator = 'outcome')
    union all
    select
        slo_clocks.*,
        slo_clocks.severity as severity_then,
        promise_versions.due_at as promised_then,
        promise_versions.known_from,
        promise_versions.known_until

    from slo_clocks
    inner join promise_versions
        on
            slo_clocks.promise = promise_versions.promise
            and slo_clocks.journey = promise_versions.journey
            and slo_clocks.case_id = promise_versions.case_id
    union all
    select
        slo_clocks.*,
        slo_clocks.severity as severity_then,
        slo_clocks.promised_at as promised_then,
        cast('1000-01-01' as timestamp) as known_from,
        cast('9999-12-31' as timestamp) as known_until

    from slo_clocks
    where
        (slo_clocks.slo_id, slo_clocks.journey, slo_clocks.case_id) in (
            select
                visits_paused.slo_id,
                visits_paused.journey,
                visits_paused.case_id

            from visits_paused
        )
        -- Unlike `not in`, which asks for nulls too, this is a join by equality.
        and not exists (
            select 1
            from case_versions
            where
                slo_clocks.journey = case_versions.journey
                and slo_clocks.case_id = case_versions.case_id
        )

),

asked as (

    {{ offpath.threshold_added(
        "versions", "thresholds", "severity_then", "threshold_then"
    ) }}

),

reached as (

    select
        asked.slo_id,
        asked.journey,
        asked.case_id,
        min(case_events.occurred_at) as reached_at

    from asked
    inner join case_events
        on
            asked.journey = case_events.journey
            and asked.case_id = case_events.case_id
            and asked.to_event = case_events.event_name
    -- A promise is kept by any `to_event` in time, wherever the source put it.
    where asked.needs_promise or case_events.event_number > asked.from_number
    group by asked.slo_id, asked.journey, asked.case_id

),

-- A case that has arrived is not held up.
pauses as (

    select
        asked.slo_id,
        asked.journey,
        asked.case_id,
        asked.known_from,
        asked.calendar,
        asked.from_at,
        asked.threshold_then,
        greatest(visits_paused.entered_at, asked.from_at) as paused_at,
        case
            when visits_paused.exited_at <= reached.reached_at
                then visits_paused.exited_at
            else coalesce(reached.reached_at, visits_paused.exited_at)
        end as resumed_at

    from asked
    inner join visits_paused
        on
            asked.slo_id = visits_paused.slo_id
            and asked.journey = visits_paused.journey
            and asked.case_id = visits_paused.case_id
    left join reached
        on
            asked.slo_id = reached.slo_id
            and asked.journey = reached.journey
            and asked.case_id = reached.case_id
    where
        coalesce(visits_paused.exited_at > asked.from_at, true)
        and coalesce(visits_paused.entered_at < reached.reached_at, true)

),

run_until as (

    {{ offpath.business_seconds_between(
        "pauses",
        "calendar_hours",
        "calendar",
        "from_at",
        "paused_at",
        "seconds_until_paused",
    ) }}

),

paused_for as (

    {{ offpath.business_seconds_between(
        "run_until",
        "calendar_hours",
        "calendar",
        "paused_at",
        "resumed_at",
        "paused_seconds",
    ) }}

),

paused_before as (

    select
        *,
        coalesce(
            sum(paused_seconds) over (
                partition by slo_id, journey, case_id, known_from
                order by paused_at
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as paused_seconds_before

    from paused_for

),

-- A pause that begins after the deadline moves it no more.
stood_still as (

    select
        slo_id,
        journey,
        case_id,
        known_from,
        sum(paused_seconds) as paused_seconds,
        count(*) > count(resumed_at) as is_paused

    from paused_before
    where threshold_then * 60 + paused_seconds_before > seconds_until_paused
    group by slo_id, journey, case_id, known_from

),

running as (

    select
        asked.slo_id,
        asked.indicator,
        asked.journey,
        asked.case_id,
        asked.known_from,
        asked.known_until,
        asked.calendar,
        asked.from_at,
        asked.promised_then,
        coalesce(stood_still.is_paused, false) as is_paused,
        case
            when stood_still.is_paused or asked.promised_then is not null then null
            when asked.indicator <> 'latency' or not asked.needs_promise
                then
                    asked.threshold_then
                    + coalesce(stood_still.paused_seconds, 0) / 60.0e0
        end as minutes_then

    from asked
    left join stood_still
        on
            asked.slo_id = stood_still.slo_id
            and asked.journey = stood_still.journey
            and asked.case_id = stood_still.case_id
            and asked.known_from = stood_still.known_from

),

timed as (

    {{ offpath.business_time_added(
        "running",
        "calendar_hours",
        "calendar_open_hours",
        "calendar",
        "from_at",
        "minutes_then",
        "threshold_at",
    ) }}

),

-- Where the new deadline was over when it was said, the case is due then, not before.
due as (

    select
        *,
        case
            when coalesce(promised_then, threshold_at) is not null
                then greatest(coalesce(promised_then, threshold_at), known_from)
        end as due_at

    from timed

),

-- An outcome has arrived with the end that stands when it is due.
ended as (

    select distinct
        due.slo_id,
        due.journey,
        due.case_id,
        due.known_from

    from due
    inner join case_endings
        on
            due.journey = case_endings.journey
            and due.case_id = case_endings.case_id
    where
        due.indicator = 'outcome'
        and case_endings.ended_at < due.known_until
        and case_endings.ended_at <= due.due_at
        and coalesce(case_endings.reopened_at > due.due_at, true)

),

-- The first version holds under which the case arrived or its deadline passed.
settled as (

    select
        due.*,
        coalesce(
            due.due_at < due.known_until
            or (due.due_at is not null and reached.reached_at < due.known_until)
            or ended.slo_id is not null,
            false
        ) as is_settled

    from due
    left join reached
        on
            due.slo_id = reached.slo_id
            and due.journey = reached.journey
            and due.case_id = reached.case_id
    left join ended
        on
            due.slo_id = ended.slo_id
            and due.journey = ended.journey
            and due.case_id = ended.case_id
            and due.known_from = ended.known_from

),

ranked as (

    select
        *,
        max(minutes_then is not null and due_at is null) over (
            partition by slo_id, journey, case_id
        ) as is_beyond_calendars,
        row_number() over (
            partition by slo_id, journey, case_id
            order by
                is_settled desc,
                case when is_settled then known_from end,
                known_from desc
        ) as version_rank

    from settled

),

slo_deadlines_moved as (

    select
        slo_id,
        journey,
        case_id,
        minutes_then as minutes_to_deadline,
        promised_then as promised_at,
        due_at as deadline_at,
        is_paused,
        is_beyond_calendars

    from ranked
    where version_rank = 1

)

select * from slo_deadlines_moved
