{#-
    Cases of the SLOs whose indicator is `latency`, in the shape of an indicator: those
    with a `from_event`, due at the promise or the threshold after its first
    occurrence. Good when `to_event` follows by then; a promise is kept by any
    `to_event` in time, wherever the source put it.
-#}
{% macro latency_cases(slo_cases, case_events) %}
    with

    started as (

        select
            slo_cases.slo_id,
            slo_cases.journey,
            slo_cases.case_id,
            min(case_events.occurred_at) as from_at,
            min(case_events.event_number) as from_number

        from {{ slo_cases }} as slo_cases
        inner join {{ case_events }} as case_events
            on
                slo_cases.journey = case_events.journey
                and slo_cases.case_id = case_events.case_id
                and slo_cases.from_event = case_events.event_name
        where slo_cases.indicator = 'latency'
        group by slo_cases.slo_id, slo_cases.journey, slo_cases.case_id

    ),

    dated as (

        select
            slo_cases.*,
            started.from_at,
            started.from_number,
            case
                when not slo_cases.needs_promise then slo_cases.threshold_minutes
            end as minutes_to_deadline

        from {{ slo_cases }} as slo_cases
        inner join started
            on
                slo_cases.slo_id = started.slo_id
                and slo_cases.journey = started.journey
                and slo_cases.case_id = started.case_id

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
            case
                when with_deadline.needs_promise then with_deadline.promised_at
                else with_deadline.threshold_at
            end as deadline_at

        from with_deadline

    ),

    followed as (

        select
            due.slo_id,
            due.journey,
            due.case_id,
            min(
                case
                    when
                        case_events.event_name = due.to_event
                        and (
                            due.needs_promise
                            or case_events.event_number > due.from_number
                        )
                        then case_events.occurred_at
                end
            ) as reached_at,
            max_by(
                case_events.status_after,
                case
                    when
                        case_events.occurred_at
                        <= coalesce(due.deadline_at, {{ offpath.as_of() }})
                        then case_events.event_number
                end
            ) as status_when_due,
            max(
                case
                    when
                        case_events.ends_case_as = 'bad'
                        and case_events.occurred_at <= due.deadline_at
                        then case_events.occurred_at
                end
            ) as last_bad_end_at

        from due
        inner join {{ case_events }} as case_events
            on
                due.journey = case_events.journey
                and due.case_id = case_events.case_id
        where
            case_events.event_name = due.to_event
            or case_events.ends_case_as is not null
            or case_events.is_reopening
        group by due.slo_id, due.journey, due.case_id

    )

    select
        due.slo_id,
        due.journey,
        due.case_id,
        due.severity,
        due.from_at,
        followed.reached_at,
        due.deadline_at,
        due.deadline_at as counted_at,
        case
            when followed.reached_at <= due.deadline_at then 'good'
            when
                due.deadline_at <= {{ offpath.as_of() }}
                or followed.status_when_due = 'bad'
                then 'bad'
        end as early_verdict,
        case
            when followed.reached_at <= due.deadline_at then followed.reached_at
            when followed.status_when_due = 'bad' then followed.last_bad_end_at
            else due.deadline_at
        end as settled_at,
        case
            when due.is_excluded then 'case is excluded'
            when followed.status_when_due = 'excluded' then 'ended excluded'
            when due.needs_promise and due.promised_at is null then 'no promise'
            when not due.needs_promise and due.threshold_minutes is null
                then 'no threshold for its severity'
        end as not_valid_reason,
        due.defined_at

    from due
    left join followed
        on
            due.slo_id = followed.slo_id
            and due.journey = followed.journey
            and due.case_id = followed.case_id
{% endmacro %}
