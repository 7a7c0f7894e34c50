{#-
    Detections of the latency rules: visits to a state that outlast the threshold in
    the rule's calendar, cleared when the state is left. A threshold that ends as the
    calendar closes is crossed then, as a deadline is. Arguments are relations, those of
    the calendars CTEs.
-#}
{% macro latency_exceptions(visits_watched, calendar_hours, calendar_open_hours) %}
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
        rule_id,
        journey,
        'case' as subject_type,
        case_id as subject_id,
        entered_at as onset_at,
        crossed_at as detected_at,
        exited_at as cleared_at,
        case when exited_at is not null then 'mended' end as clear_reason,
        waited_seconds / 60.0e0 as observed_value,
        threshold_minutes as threshold_value,
        'minutes' as unit,
        {{ offpath.json_object({
            "state": "state",
            "visit_number": "visit_number",
            "entered_at": "entered_at",
            "exited_at": "exited_at",
            "calendar": "calendar",
        }) }} as evidence

    from crossed
    where crossed_at < measured_until
{% endmacro %}
