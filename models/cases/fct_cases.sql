{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
    meta={"moved_by_clock": "is_open"},
) }}

with

case_events as (

    select * from {{ ref("fct_case_events") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

case_attributes as (

    select * from {{ ref("int_case_attributes") }}

),

case_abandonments as (

    select * from {{ ref("int_case_abandonments") }}
    where is_abandoned

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

summarised as (

    select
        case_events.journey,
        case_events.case_id,
        min(case_events.occurred_at) as first_event_at,
        max(case_events.occurred_at) as last_event_at,
        coalesce(
            min(case when case_events.starts_case then case_events.occurred_at end),
            min(case_events.occurred_at)
        ) as started_at,
        max(case when case_events.starts_case then 1 else 0 end) = 1 as has_start,
        min(
            case
                when case_events.ends_case_as = 'good' then case_events.occurred_at
            end
        ) as first_good_ended_at,
        -- Resolved, not the closing after it.
        max(case when case_events.is_ending then case_events.occurred_at end)
            as last_ended_at,
        {{ offpath.ordered_hash("case_events.event_name", "case_events.event_number") }}
            as variant_id,
        count(*) as event_count,
        sum(case when case_events.is_rework then 1 else 0 end) as rework_count,
        sum(case when case_events.is_reopening then 1 else 0 end)
            as reopening_count,
        sum(case when case_events.is_escalation then 1 else 0 end)
            as escalation_count,
        sum(case when case_events.is_defined then 0 else 1 end)
            as undefined_event_count

    from case_events
    group by case_events.journey, case_events.case_id

),

-- Joined, since what an aggregate holds of a text cannot be spilled to disk.
ended as (

    select
        summarised.*,
        coalesce(case_abandonments.ends_case_as, last_events.status_after)
            as last_status,
        case when case_abandonments.case_id is null then last_events.state_after end
            as last_state,
        last_events.event_name as last_event_name,
        case
            when case_abandonments.ends_case_as = 'good'
                then case_abandonments.abandoned_at
        end as good_abandoned_at,
        case
            when case_abandonments.case_id is not null
                then case_abandonments.abandoned_at
            when last_events.status_after <> 'open' then summarised.last_ended_at
        end as ended_at,
        case_abandonments.case_id is not null as was_abandoned

    from summarised
    inner join {{ ref("fct_case_events") }} as last_events
        on
            summarised.journey = last_events.journey
            and summarised.case_id = last_events.case_id
            and summarised.event_count = last_events.event_number
    left join case_abandonments
        on
            summarised.journey = case_abandonments.journey
            and summarised.case_id = case_abandonments.case_id

),

attributed as (

    select
        ended.journey,
        ended.case_id,
        case_attributes.severity,
        case_attributes.due_at,
        case_attributes.value_amount,
        coalesce(case_attributes.is_excluded, false) as is_excluded,
        ended.first_event_at,
        ended.last_event_at,
        ended.started_at,
        coalesce(ended.first_good_ended_at, ended.good_abandoned_at)
            as first_good_ended_at,
        ended.ended_at,
        nullif(ended.last_status, 'open') as ended_as,
        ended.last_state as current_state,
        ended.was_abandoned,
        ended.last_event_name,
        ended.variant_id,
        ended.has_start,
        ended.event_count,
        ended.rework_count,
        ended.reopening_count,
        ended.escalation_count,
        ended.undefined_event_count,
        journeys.calendar,
        coalesce(ended.ended_at, {{ offpath.as_of() }}) as measured_until

    from ended
    inner join journeys
        on ended.journey = journeys.journey
    left join case_attributes
        on
            ended.journey = case_attributes.journey
            and ended.case_id = case_attributes.case_id

),

measured as (

    {{ offpath.business_seconds_between(
        "attributed",
        "calendar_hours",
        "calendar",
        "started_at",
        "measured_until",
        "business_seconds",
    ) }}

),

cases as (

    select
        journey,
        case_id,
        severity,
        due_at,
        value_amount,
        is_excluded,
        first_event_at,
        last_event_at,
        started_at,
        first_good_ended_at,
        ended_at,
        ended_as,
        current_state,
        ended_at is null as is_open,
        was_abandoned,
        last_event_name,
        has_start,
        variant_id,
        cast(event_count as bigint) as event_count,
        cast(rework_count as bigint) as rework_count,
        cast(reopening_count as bigint) as reopening_count,
        cast(escalation_count as bigint) as escalation_count,
        cast(undefined_event_count as bigint) as undefined_event_count,
        {{ offpath.seconds_between("started_at", "measured_until") }}
            as elapsed_seconds,
        business_seconds

    from measured

)

select * from cases
