{#-
    Detections of the latency rules: visits to a state that outlast the threshold in
    the rule's calendar, cleared when the state is left. A threshold that ends as the
    calendar closes is crossed then, as a deadline is. One that ends while the feed is
    silent is not known to be crossed until the feed is back. Arguments are relations,
    those of the calendars CTEs.
-#}
{% macro latency_exceptions(
    visits_watched, calendar_hours, calendar_open_hours, silences_lasting
) %}
    with

    exceeded as (

        select *
        from {{ visits_watched }}
        where waited_seconds >= threshold_minutes * 60

    ),

    crossed as (

        {{ offpath.business_time_added(
            "exceeded",
            calendar_hours,
            calendar_open_hours,
            "calendar",
            "entered_at",
            "threshold_minutes",
            "crossed_at",
        ) }}

    )

    select
        crossed.rule_id,
        crossed.journey,
        'case' as subject_type,
        crossed.case_id as subject_id,
        crossed.entered_at as onset_at,
        crossed.crossed_at as detected_at,
        crossed.exited_at as cleared_at,
        case when crossed.exited_at is not null then 'mended' end as clear_reason,
        crossed.waited_seconds / 60.0e0 as observed_value,
        crossed.threshold_minutes as threshold_value,
        'minutes' as unit,
        {{ offpath.json_object({
            "state": "crossed.state",
            "visit_number": "crossed.visit_number",
            "entered_at": "cast(crossed.entered_at as " ~ dbt.type_string() ~ ")",
            "exited_at": "cast(crossed.exited_at as " ~ dbt.type_string() ~ ")",
            "calendar": "crossed.calendar",
        }) }} as evidence

    from crossed
    left join {{ silences_lasting }} as silences_lasting
        on
            crossed.journey = silences_lasting.journey
            and crossed.exited_at is null
            and crossed.crossed_at >= silences_lasting.silent_since
    where
        crossed.crossed_at < crossed.measured_until
        and silences_lasting.journey is null
{% endmacro %}
