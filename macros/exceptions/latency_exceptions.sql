{#-
    Detections of the latency rules: visits to a state that outlast the threshold in
    the rule's calendar, cleared when the state is left. A threshold that ends as the
    calendar closes is crossed then, as a deadline is. Arguments are relations.
    `rules` holds the rules in force.
-#}
{% macro latency_exceptions(
    rules, latency_rules, state_visits, calendar_hours, calendar_open_hours
) %}
    with

    watched as (

        select
            rules.rule_id,
            rules.journey,
            state_visits.case_id,
            state_visits.state,
            state_visits.visit_number,
            state_visits.entered_at,
            state_visits.exited_at,
            latency_rules.threshold_minutes,
            latency_rules.calendar,
            coalesce(state_visits.exited_at, {{ offpath.as_of() }}) as measured_until

        from {{ rules }} as rules
        inner join {{ latency_rules }} as latency_rules
            on rules.rule_id = latency_rules.rule_id
        inner join {{ state_visits }} as state_visits
            on
                rules.journey = state_visits.journey
                and latency_rules.state = state_visits.state
        where state_visits.exited_at is not null or not state_visits.is_final

    ),

    measured as (

        {{ offpath.business_seconds_between(
            "watched",
            calendar_hours,
            "calendar",
            "entered_at",
            "measured_until",
            "waited_seconds",
        ) }}

    ),

    exceeded as (

        select *
        from measured
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
        waited_seconds / 60.0 as observed_value,
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
