{#-
    Detections of the conformance rules. One for each case and rule, at the first
    breach, and cleared after review, since nothing mends it; but `response` yields one
    for each unanswered activation, cleared by the late answer. Arguments are relations.

    Templates, in the words of DECLARE: precedence (the activation needs the target
    before it), response (the target follows in time), absence, exactly_once, and
    reference_path (every directly-follows pair is a reference transition; repeats of a
    state are passed over).
-#}
{% macro conformance_exceptions(
    rules, conformance_rules, case_events, cases, reference_transitions
) %}
    with

    watched as (

        select
            rules.rule_id,
            rules.journey,
            conformance_rules.template,
            conformance_rules.activation_event,
            conformance_rules.target_event,
            conformance_rules.within_minutes,
            conformance_rules.calendar

        from {{ rules }} as rules
        inner join {{ conformance_rules }} as conformance_rules
            on rules.rule_id = conformance_rules.rule_id

    ),

    activations as (

        select
            watched.rule_id,
            watched.journey,
            watched.template,
            watched.target_event,
            watched.within_minutes,
            watched.calendar,
            case_events.case_id,
            case_events.event_id,
            case_events.event_name,
            case_events.event_number,
            case_events.occurred_at,
            row_number() over (
                partition by watched.rule_id, case_events.case_id
                order by case_events.event_number
            ) as activation_number

        from watched
        inner join {{ case_events }} as case_events
            on
                watched.journey = case_events.journey
                and watched.activation_event = case_events.event_name
        where not case_events.is_repeat

    ),

    answered as (

        select
            activations.rule_id,
            activations.case_id,
            activations.event_number,
            min(targets.event_number) as first_target_number,
            min(
                case
                    when targets.event_number > activations.event_number
                        then targets.occurred_at
                end
            ) as next_target_at

        from activations
        inner join {{ case_events }} as targets
            on
                activations.journey = targets.journey
                and activations.case_id = targets.case_id
                and activations.target_event = targets.event_name
        group by activations.rule_id, activations.case_id, activations.event_number

    ),

    activation_breaches as (

        select
            activations.rule_id,
            activations.journey,
            activations.case_id,
            activations.event_id,
            activations.event_name,
            activations.event_number,
            activations.occurred_at

        from activations
        left join answered
            on
                activations.rule_id = answered.rule_id
                and activations.case_id = answered.case_id
                and activations.event_number = answered.event_number
        where
            activations.template = 'absence'
            or (
                activations.template = 'exactly_once'
                and activations.activation_number > 1
            )
            or (
                activations.template = 'precedence'
                and coalesce(answered.first_target_number, activations.event_number)
                >= activations.event_number
            )

    ),

    -- An ended case that never had what it must have exactly once.
    missing_activations as (

        select
            watched.rule_id,
            cases.journey,
            cases.case_id,
            cast(null as {{ dbt.type_string() }}) as event_id,
            watched.activation_event as event_name,
            cast(null as integer) as event_number,
            cases.ended_at as occurred_at

        from watched
        inner join {{ cases }} as cases
            on watched.journey = cases.journey
        left join activations
            on
                watched.rule_id = activations.rule_id
                and cases.case_id = activations.case_id
        where
            watched.template = 'exactly_once'
            and cases.ended_as in ('good', 'bad')
            and activations.case_id is null

    ),

    steps as (

        select
            journey,
            case_id,
            event_id,
            event_name,
            event_number,
            occurred_at,
            is_defined,
            coalesce(
                lag(event_name) over (
                    partition by journey, case_id
                    order by event_number
                ),
                '[start]'
            ) as previous_event_name

        from {{ case_events }}
        where not is_repeat

    ),

    path_breaches as (

        select
            watched.rule_id,
            steps.journey,
            steps.case_id,
            steps.event_id,
            steps.previous_event_name || ' > ' || steps.event_name as event_name,
            steps.event_number,
            steps.occurred_at

        from watched
        inner join steps
            on watched.journey = steps.journey
        left join {{ reference_transitions }} as reference_transitions
            on
                steps.journey = reference_transitions.journey
                and steps.previous_event_name = reference_transitions.from_event
                and steps.event_name = reference_transitions.to_event
        where
            watched.template = 'reference_path'
            and (reference_transitions.journey is null or not steps.is_defined)

    ),

    breaches as (

        select * from activation_breaches
        union all
        select * from missing_activations
        union all
        select * from path_breaches

    ),

    lasting as (

        select
            breaches.rule_id,
            breaches.journey,
            breaches.case_id,
            min(breaches.occurred_at) as onset_at,
            min(breaches.occurred_at) as detected_at,
            max(cases.ended_at) as ended_at,
            count(*) as breach_count,
            min_by(breaches.event_id, breaches.event_number) as event_id,
            coalesce(
                min_by(breaches.event_name, breaches.event_number),
                min(breaches.event_name)
            ) as event_name,
            cast(null as timestamp) as answered_at

        from breaches
        inner join {{ cases }} as cases
            on
                breaches.journey = cases.journey
                and breaches.case_id = cases.case_id
        group by breaches.rule_id, breaches.journey, breaches.case_id

    ),

    awaited as (

        select *
        from activations
        where template = 'response'

    ),

    due as (

        {{ offpath.business_time_added(
            "awaited", "calendar", "occurred_at", "within_minutes", "due_at"
        ) }}

    ),

    -- A case that was called off in time owes no answer.
    unanswered as (

        select
            due.rule_id,
            due.journey,
            due.case_id,
            due.occurred_at as onset_at,
            due.due_at as detected_at,
            cases.ended_at,
            1 as breach_count,
            due.event_id,
            due.event_name,
            answered.next_target_at as answered_at

        from due
        inner join {{ cases }} as cases
            on
                due.journey = cases.journey
                and due.case_id = cases.case_id
        left join answered
            on
                due.rule_id = answered.rule_id
                and due.case_id = answered.case_id
                and due.event_number = answered.event_number
        where
            due.due_at < coalesce(answered.next_target_at, {{ offpath.as_of() }})
            and not coalesce(
                cases.ended_as = 'excluded' and cases.ended_at <= due.due_at, false
            )

    ),

    detected as (

        select * from lasting
        union all
        select * from unanswered

    )

    select
        rule_id,
        journey,
        'case' as subject_type,
        case_id as subject_id,
        onset_at,
        detected_at,
        coalesce(
            answered_at,
            {{ offpath.cleared_after_review("detected_at", "ended_at") }}
        ) as cleared_at,
        breach_count as observed_value,
        0 as threshold_value,
        'breaches' as unit,
        {{ offpath.json_object({
            "breach": "event_name",
            "event_id": "event_id",
            "answered_at": "answered_at",
        }) }} as evidence

    from detected
{% endmacro %}
