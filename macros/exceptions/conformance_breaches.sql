{#-
    What breaches the conformance rules, whatever the clock says. One for each case and
    rule, at the first breach, which nothing mends; but what was missing at the end is
    mended when it comes, and `response` yields one for each instant of activations that
    were not answered in time or are not answered yet, detected when the answer is due
    (null beyond the calendars) and mended by the late answer. Arguments are relations.

    Templates, in the words of DECLARE: precedence (the activation needs the target
    before it), response (the target follows in time), absence, exactly_once, and
    reference_path (every directly-follows pair is a reference transition; repeats of a
    state are passed over).
-#}
{% macro conformance_breaches(
    rules, conformance_rules, case_events, case_endings, reference_transitions
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

    -- Activations and targets side by side, so that one pass finds for each activation
    -- the first target of its case and the next one.
    steps_towards as (

        select
            rule_id,
            journey,
            case_id,
            event_number,
            cast(null as integer) as target_number,
            cast(null as timestamp) as target_at

        from activations
        where target_event is not null
        union all
        select
            watched.rule_id,
            case_events.journey,
            case_events.case_id,
            case_events.event_number,
            case_events.event_number as target_number,
            case_events.occurred_at as target_at

        from watched
        inner join {{ case_events }} as case_events
            on
                watched.journey = case_events.journey
                and watched.target_event = case_events.event_name

    ),

    looked_ahead as (

        select
            rule_id,
            case_id,
            event_number,
            target_number,
            min(target_number) over (
                partition by rule_id, journey, case_id
            ) as first_target_number,
            min(target_at) over (
                partition by rule_id, journey, case_id
                order by event_number
                range between 1 following and unbounded following
            ) as next_target_at

        from steps_towards

    ),

    answered as (

        select
            rule_id,
            case_id,
            event_number,
            first_target_number,
            next_target_at

        from looked_ahead
        where target_number is null

    ),

    activation_breaches as (

        select
            activations.rule_id,
            activations.journey,
            activations.case_id,
            activations.event_id,
            activations.event_name,
            activations.event_number,
            activations.occurred_at,
            cast(null as timestamp) as mended_at

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

    first_activations as (

        select
            rule_id,
            case_id,
            event_number,
            occurred_at

        from activations
        where activation_number = 1

    ),

    -- A case that ended and had not yet had what it must have exactly once.
    missing_activations as (

        select
            watched.rule_id,
            case_endings.journey,
            case_endings.case_id,
            cast(null as {{ dbt.type_string() }}) as event_id,
            watched.activation_event as event_name,
            cast(null as integer) as event_number,
            case_endings.ended_at as occurred_at,
            first_activations.occurred_at as mended_at

        from watched
        inner join {{ case_endings }} as case_endings
            on watched.journey = case_endings.journey
        left join first_activations
            on
                watched.rule_id = first_activations.rule_id
                and case_endings.case_id = first_activations.case_id
        where
            watched.template = 'exactly_once'
            and case_endings.ended_as in ('good', 'bad')
            and (
                first_activations.event_number is null
                or first_activations.event_number > case_endings.event_number
            )

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
            steps.occurred_at,
            cast(null as timestamp) as mended_at

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

        {% for breaches in [
            "activation_breaches", "missing_activations", "path_breaches"
        ] %}
        select
            rule_id,
            journey,
            case_id,
            event_id,
            event_name,
            event_number,
            occurred_at,
            mended_at

        from {{ breaches }}
        {{ "union all" if not loop.last }}
        {% endfor %}

    ),

    lasting as (

        select
            rule_id,
            journey,
            case_id,
            min(occurred_at) as onset_at,
            min(occurred_at) as detected_at,
            count(*) as breach_count,
            min_by(event_id, event_number) as event_id,
            coalesce(min_by(event_name, event_number), min(event_name)) as event_name,
            -- One breach that nothing mends is enough.
            case when count(mended_at) = count(*) then max(mended_at) end as mended_at

        from breaches
        group by rule_id, journey, case_id

    ),

    awaited as (

        select *
        from activations
        where template = 'response'

    ),

    due as (

        {{ offpath.business_time_added(
            "awaited",
            "calendar_hours",
            "calendar_open_hours",
            "calendar",
            "occurred_at",
            "within_minutes",
            "due_at",
        ) }}

    ),

    -- A case that is called off when the answer falls due owes none.
    called_off as (

        select distinct
            due.rule_id,
            due.case_id,
            due.event_number

        from due
        inner join {{ case_endings }} as case_endings
            on
                due.journey = case_endings.journey
                and due.case_id = case_endings.case_id
        where
            case_endings.ended_as = 'excluded'
            and case_endings.ended_at <= due.due_at
            and (
                case_endings.reopened_at is null
                or case_endings.reopened_at > due.due_at
            )

    ),

    -- Activations of one instant await one answer.
    unanswered as (

        select
            due.rule_id,
            due.journey,
            due.case_id,
            due.occurred_at as onset_at,
            due.due_at as detected_at,
            count(*) as breach_count,
            min_by(due.event_id, due.event_number) as event_id,
            min(due.event_name) as event_name,
            max(answered.next_target_at) as mended_at

        from due
        left join answered
            on
                due.rule_id = answered.rule_id
                and due.case_id = answered.case_id
                and due.event_number = answered.event_number
        left join called_off
            on
                due.rule_id = called_off.rule_id
                and due.case_id = called_off.case_id
                and due.event_number = called_off.event_number
        where
            (
                due.due_at is null
                or answered.next_target_at is null
                or due.due_at < answered.next_target_at
            )
            and called_off.case_id is null
        group by
            due.rule_id, due.journey, due.case_id, due.occurred_at, due.due_at

    )

    {% for template, breaching in {
        "lasting": "lasting", "response": "unanswered"
    }.items() %}
    select
        rule_id,
        journey,
        case_id,
        '{{ template }}' as kind,
        onset_at,
        detected_at,
        breach_count,
        event_id,
        event_name,
        mended_at

    from {{ breaching }}
    {{ "union all" if not loop.last }}
    {% endfor %}
{% endmacro %}
