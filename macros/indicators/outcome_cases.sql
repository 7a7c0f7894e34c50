{#-
    Cases of the SLOs whose indicator is `outcome`, in the shape of an indicator.

    Due at the promise, else at the case's due time, else the threshold after the
    start; an SLO without any of them counts a case at its end. Good when the case has
    ended good by then and was not opened again.
-#}
{% macro outcome_cases(slo_cases, case_events) %}
    with

    dated as (

        select
            slo_cases.*,
            slo_cases.started_at as from_at,
            case
                when slo_cases.promised_at is null then slo_cases.threshold_minutes
            end as minutes_to_deadline

        from {{ slo_cases }} as slo_cases
        where slo_cases.indicator = 'outcome'

    ),

    with_deadline as (

        {{ offpath.business_time_added(
            "dated",
            "calendar_hours",
            "calendar_open_hours",
            "calendar",
            "from_at",
            "minutes_to_deadline",
            "threshold_at",
        ) }}

    ),

    due as (

        select
            with_deadline.*,
            coalesce(with_deadline.promised_at, with_deadline.threshold_at)
                as deadline_at,
            coalesce(
                with_deadline.promised_at,
                with_deadline.threshold_at,
                case
                    when
                        not with_deadline.has_thresholds
                        and not with_deadline.needs_promise
                        then with_deadline.ended_at
                end
            ) as counted_at

        from with_deadline

    ),

    ends as (

        select
            due.slo_id,
            due.journey,
            due.case_id,
            max_by(case_events.status_after, case_events.event_number)
                as status_when_due,
            max(case when case_events.is_ending then case_events.occurred_at end)
                as ended_at

        from due
        inner join {{ case_events }} as case_events
            on
                due.journey = case_events.journey
                and due.case_id = case_events.case_id
                and case_events.occurred_at <= coalesce(due.counted_at, {{ offpath.as_of() }})
        -- Nothing else changes the standing of a case.
        where case_events.ends_case_as is not null or case_events.is_reopening
        group by due.slo_id, due.journey, due.case_id

    )

    select
        due.slo_id,
        due.journey,
        due.case_id,
        due.severity,
        due.from_at,
        due.first_good_ended_at as reached_at,
        due.deadline_at,
        due.counted_at,
        case
            when ends.status_when_due in ('good', 'bad') then ends.status_when_due
            when due.counted_at <= {{ offpath.as_of() }} then 'bad'
        end as early_verdict,
        case
            when ends.status_when_due in ('good', 'bad') then ends.ended_at
            else due.counted_at
        end as settled_at,
        case
            when due.is_excluded then 'case is excluded'
            when ends.status_when_due = 'excluded' then 'ended excluded'
            when due.needs_promise and due.promised_at is null then 'no promise'
            when
                due.has_thresholds
                and due.promised_at is null
                and due.threshold_minutes is null
                then 'no threshold for its severity'
        end as not_valid_reason,
        due.defined_at

    from due
    left join ends
        on
            due.slo_id = ends.slo_id
            and due.journey = ends.journey
            and due.case_id = ends.case_id
{% endmacro %}
