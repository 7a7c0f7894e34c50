{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
    meta={"moved_by_clock": "judged_at is not null"},
) }}

with

slo_deadlines as (

    select * from {{ ref("int_slo_deadlines") }}
    where indicator = 'latency' and {{ offpath.is_due("journey", "case_id") }}

),

case_turns as (

    select * from {{ ref("int_case_turns") }}

),

-- A promise is kept by any `to_event` in time, wherever the source put it.
followed as (

    select
        slo_deadlines.slo_id,
        slo_deadlines.journey,
        slo_deadlines.case_id,
        min(
            case
                when
                    case_turns.event_name = slo_deadlines.to_event
                    and (
                        slo_deadlines.needs_promise
                        or case_turns.event_number > slo_deadlines.from_number
                    )
                    then case_turns.occurred_at
            end
        ) as reached_at,
        max_by(
            case_turns.status_after,
            case
                when
                    case_turns.occurred_at
                    <= coalesce(slo_deadlines.deadline_at, {{ offpath.as_of() }})
                    then case_turns.event_number
            end
        ) as status_when_due,
        max(
            case
                when
                    case_turns.ends_case_as = 'bad'
                    and case_turns.occurred_at <= slo_deadlines.deadline_at
                    then case_turns.occurred_at
            end
        ) as last_bad_end_at,
        max(
            case
                when
                    case_turns.ends_case_as = 'good'
                    and case_turns.is_ending
                    and case_turns.occurred_at
                    <= coalesce(slo_deadlines.deadline_at, {{ offpath.as_of() }})
                    then case_turns.occurred_at
            end
        ) as last_good_end_at

    from slo_deadlines
    inner join case_turns
        on
            slo_deadlines.journey = case_turns.journey
            and slo_deadlines.case_id = case_turns.case_id
    where
        case_turns.event_name = slo_deadlines.to_event
        or case_turns.ends_case_as is not null
        or case_turns.is_reopening
    group by slo_deadlines.slo_id, slo_deadlines.journey, slo_deadlines.case_id

),

-- A case that is well over when it is due, and did not take the step.
reached as (

    select
        slo_deadlines.*,
        followed.reached_at,
        followed.status_when_due,
        followed.last_bad_end_at,
        followed.last_good_end_at,
        coalesce(
            followed.status_when_due = 'good'
            and coalesce(
                followed.reached_at > slo_deadlines.deadline_at,
                followed.reached_at is null
            ),
            false
        ) as ended_without_step

    from slo_deadlines
    left join followed
        on
            slo_deadlines.slo_id = followed.slo_id
            and slo_deadlines.journey = followed.journey
            and slo_deadlines.case_id = followed.case_id

),

judged as (

    select
        *,
        case
            when reached_at <= deadline_at then 'good'
            when ended_without_step and when_ended = 'good' then 'good'
            when
                deadline_at <= {{ offpath.as_of() }}
                or status_when_due = 'bad'
                then 'bad'
        end as early_verdict,
        case
            when reached_at <= deadline_at then reached_at
            when ended_without_step and when_ended = 'good' then last_good_end_at
            when status_when_due = 'bad' then last_bad_end_at
            else deadline_at
        end as settled_at

    from reached

),

latency_cases as (

    select
        slo_id,
        journey,
        case_id,
        severity,
        from_at,
        reached_at,
        deadline_at,
        deadline_at as counted_at,
        early_verdict,
        settled_at,
        case
            when is_excluded then 'case is excluded'
            when status_when_due = 'excluded' then 'ended excluded'
            when ended_without_step and when_ended = 'not_valid'
                then 'ended without ' || to_event
            else no_deadline_reason
        end as not_valid_reason,
        defined_at,
        ended_without_step,
        is_paused,
        case
            when early_verdict is null or deadline_at is null then {{ offpath.as_of() }}
        end as judged_at

    from judged

)

select * from latency_cases
