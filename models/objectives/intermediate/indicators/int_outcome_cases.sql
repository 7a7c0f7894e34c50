{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
    meta={"moved_by_clock": "judged_at is not null"},
) }}

with

slo_deadlines as (

    select * from {{ ref("int_slo_deadlines") }}
    where indicator = 'outcome' and {{ offpath.is_due("journey", "case_id") }}

),

case_turns as (

    select * from {{ ref("int_case_turns") }}

),

due as (

    select
        *,
        case
            when deadline_at is null and not needs_deadline then ended_at
            else deadline_at
        end as counted_at

    from slo_deadlines

),

ends as (

    select
        due.slo_id,
        due.journey,
        due.case_id,
        max_by(case_turns.status_after, case_turns.event_number) as status_when_due,
        max(case when case_turns.is_ending then case_turns.occurred_at end)
            as ended_at

    from due
    inner join case_turns
        on
            due.journey = case_turns.journey
            and due.case_id = case_turns.case_id
            and case_turns.occurred_at <= coalesce(due.counted_at, {{ offpath.as_of() }})
    -- Nothing else changes the standing of a case.
    where case_turns.ends_case_as is not null or case_turns.is_reopening
    group by due.slo_id, due.journey, due.case_id

),

judged as (

    select
        due.*,
        ends.status_when_due,
        case
            when ends.status_when_due in ('good', 'bad') then ends.status_when_due
            when due.counted_at <= {{ offpath.as_of() }} then 'bad'
        end as early_verdict,
        case
            when ends.status_when_due in ('good', 'bad') then ends.ended_at
            else due.counted_at
        end as settled_at

    from due
    left join ends
        on
            due.slo_id = ends.slo_id
            and due.journey = ends.journey
            and due.case_id = ends.case_id

),

outcome_cases as (

    select
        slo_id,
        journey,
        case_id,
        severity,
        from_at,
        first_good_ended_at as reached_at,
        deadline_at,
        counted_at,
        early_verdict,
        settled_at,
        case
            when is_excluded then 'case is excluded'
            when status_when_due = 'excluded' then 'ended excluded'
            else no_deadline_reason
        end as not_valid_reason,
        defined_at,
        false as is_paused,
        case
            when early_verdict is null or counted_at is null then {{ offpath.as_of() }}
        end as judged_at

    from judged

)

select * from outcome_cases
