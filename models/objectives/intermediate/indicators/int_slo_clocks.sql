{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
    meta={
        "moved_by_clock": "minutes_to_deadline is not null and deadline_at is null"
    },
) }}

with

slo_cases as (

    select * from {{ ref("int_slo_cases") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

latencies as (

    select * from {{ ref("slos") }}
    where indicator = 'latency'

),

case_events as (

    select * from {{ ref("fct_case_events") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

thresholds as (

    select * from {{ ref("int_slo_thresholds") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

-- The clock of a latency starts with an event of the case.
started as (

    select
        latencies.slo_id,
        case_events.journey,
        case_events.case_id,
        min(case_events.occurred_at) as from_at,
        min(case_events.event_number) as from_number

    from case_events
    inner join latencies
        on
            case_events.journey = latencies.journey
            and case_events.event_name = latencies.from_event
    group by latencies.slo_id, case_events.journey, case_events.case_id

),

clocked as (

    select
        slo_cases.*,
        started.from_number,
        coalesce(started.from_at, slo_cases.started_at) as from_at

    from slo_cases
    left join started
        on
            slo_cases.slo_id = started.slo_id
            and slo_cases.journey = started.journey
            and slo_cases.case_id = started.case_id
    where slo_cases.indicator <> 'latency' or started.slo_id is not null

),

asked as (

    {{ offpath.threshold_added(
        "clocked", "thresholds", "severity", "threshold_minutes"
    ) }}

),

running as (

    select
        *,
        case
            when indicator = 'latency' and needs_promise then null
            when promised_at is null then threshold_minutes
        end as minutes_to_deadline

    from asked

),

timed as (

    {{ offpath.business_time_added(
        "running",
        "calendar_hours",
        "calendar_open_hours",
        "calendar",
        "from_at",
        "minutes_to_deadline",
        "threshold_at",
    ) }}

),

slo_clocks as (

    select
        slo_id,
        indicator,
        to_event,
        promise,
        maturity_days,
        calendar,
        defined_at,
        when_ended,
        journey,
        case_id,
        severity,
        first_good_ended_at,
        ended_at,
        is_excluded,
        needs_promise,
        needs_promise
        or slo_id in (select thresholds.slo_id from thresholds) as needs_deadline,
        from_at,
        from_number,
        promised_at,
        minutes_to_deadline,
        coalesce(promised_at, threshold_at) as deadline_at

    from timed

)

select * from slo_clocks
