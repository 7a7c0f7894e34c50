-- What a template, an indicator or a window leaves out would match nothing, or everything,
-- without a word.
{% set templates = offpath.conformance_templates() %}

with

violations as (

    {% for name, template in templates.items() %}
    {% for column in template.needs %}
    select
        'seed conformance_rules, row ' || rule_id
        || ': {{ column }} is blank and template {{ name }} needs it' as message

    from {{ ref("conformance_rules") }}
    where template = '{{ name }}' and {{ column }} is null
    union all
    {% endfor %}
    {% endfor %}
    select
        'seed conformance_rules, row ' || rule_id || ': template ''' || template
        || ''' is not one of {{ templates | join(", ") }}' as message

    from {{ ref("conformance_rules") }}
    where template not in ('{{ templates | join("', '") }}')
    union all
    select
        'seed conformance_rules, row ' || rule_id
        || ': within_minutes bounds no rule of template ' || template as message

    from {{ ref("conformance_rules") }}
    where
        within_minutes is not null
        and template not in ({{ offpath.templates_that("is_bounded") }})
    union all
    select
        'seed conformance_rules, row ' || rule_id
        || ': activation_event and target_event are both ''' || activation_event
        || ''', of which template ' || template || ' says nothing' as message

    from {{ ref("conformance_rules") }}
    where
        activation_event = target_event
        and template in ({{ offpath.templates_that("is_of_two") }})
    union all
    select
        'seed conformance_conditions, row ' || conformance_conditions.rule_id
        || ': condition_attribute narrows no rule of template '
        || conformance_rules.template as message

    from {{ ref("conformance_conditions") }} as conformance_conditions
    inner join {{ ref("conformance_rules") }} as conformance_rules
        on conformance_conditions.rule_id = conformance_rules.rule_id
    where
        conformance_rules.template
        not in ({{ offpath.templates_that("is_conditional") }})
    union all
    select
        'seed conformance_rules, row ' || conformance_rules.rule_id
        || ': template reference_path, and reference_transitions has no row of journey '
        || exception_rules.journey as message

    from {{ ref("conformance_rules") }} as conformance_rules
    inner join {{ ref("exception_rules") }} as exception_rules
        on conformance_rules.rule_id = exception_rules.rule_id
    where
        conformance_rules.template = 'reference_path'
        and exception_rules.journey not in (
            select reference_transitions.journey
            from {{ ref("reference_transitions") }} as reference_transitions
        )
    union all
    {% for indicator, columns in offpath.indicators().items() %}
    {% for column in columns %}
    select
        'seed slos, row ' || slo_id
        || ': {{ column }} is blank and indicator {{ indicator }} needs it' as message

    from {{ ref("slos") }}
    where indicator = '{{ indicator }}' and {{ column }} is null
    union all
    {% endfor %}
    {% endfor %}
    select
        'seed slos, row ' || slo_id || ': from_event and to_event are both '''
        || from_event || '''' as message

    from {{ ref("slos") }}
    where indicator = 'latency' and from_event = to_event
    union all
    select
        'seed slos, row ' || slos.slo_id
        || ': indicator latency needs a promise, or a row in slo_thresholds' as message

    from {{ ref("slos") }} as slos
    where
        slos.indicator = 'latency'
        and slos.promise is null
        and slos.slo_id not in (
            select slo_thresholds.slo_id
            from {{ ref("slo_thresholds") }} as slo_thresholds
        )
    union all
    select
        'seed volume_rules, row ' || rule_id || ': ratio of a '
        || case direction
            when 'spike' then 'spike is above 1'
            else 'drop is above 0 and below 1'
        end as message

    from {{ ref("volume_rules") }}
    where
        (direction = 'spike' and ratio <= 1)
        or (direction = 'drop' and (ratio <= 0 or ratio >= 1))
    union all
    select
        'seed slo_pauses, row ' || slo_pauses.slo_id || ': no event of journey '
        || slos.journey || ' enters state ''' || slo_pauses.state || '''' as message

    from {{ ref("slo_pauses") }} as slo_pauses
    inner join {{ ref("slos") }} as slos
        on slo_pauses.slo_id = slos.slo_id
    left join {{ ref("journey_events") }} as journey_events
        on
            slos.journey = journey_events.journey
            and slo_pauses.state = journey_events.enters_state
    where journey_events.journey is null
    union all
    select
        'seed slo_pauses, row ' || slo_pauses.slo_id || ': event '
        || journey_events.event_name || ' ends a case and enters state '''
        || slo_pauses.state || ''', and a case that has ended waits for nothing'
            as message

    from {{ ref("slo_pauses") }} as slo_pauses
    inner join {{ ref("slos") }} as slos
        on slo_pauses.slo_id = slos.slo_id
    inner join {{ ref("journey_events") }} as journey_events
        on
            slos.journey = journey_events.journey
            and slo_pauses.state = journey_events.enters_state
            and journey_events.ends_case_as is not null
    union all
    select
        'seed slo_thresholds, row ' || slo_id || ' ' || severity
        || ': every row of it has a valid_from (the first threshold of a severity is the'
        || ' one without, where there is no * without)' as message

    from {{ ref("slo_thresholds") }}
    group by slo_id, severity
    having
        count(valid_from) = count(*)
        and slo_id not in (
            select others.slo_id
            from {{ ref("slo_thresholds") }} as others
            where others.severity = '*' and others.valid_from is null
        )
    union all
    select
        'seed slo_pauses, row ' || slo_pauses.slo_id || ' ' || slo_pauses.state
        || ': only an objective of indicator latency without a promise pauses'
            as message

    from {{ ref("slo_pauses") }} as slo_pauses
    inner join {{ ref("slos") }} as slos
        on slo_pauses.slo_id = slos.slo_id
    where slos.indicator <> 'latency' or slos.promise is not null
    union all
    select
        'seed slo_exclusions, row ' || journey || ' from '
        || cast(starts_at as {{ dbt.type_string() }}) || ': ends_at '''
        || cast(ends_at as {{ dbt.type_string() }}) || ''' is not after it' as message

    from {{ ref("slo_exclusions") }}
    where ends_at <= starts_at
    union all
    select
        'seed volume_rules, row ' || rule_id || ': window_minutes '''
        || cast(window_minutes as {{ dbt.type_string() }})
        || ''' does not divide the cycle of comparable ''' || comparable || '''' as message

    from {{ ref("volume_rules") }}
    where
        case comparable when 'hour_of_day' then 1440 else 10080 end % window_minutes <> 0
    union all
    select
        'seed escalation_policies, row ' || later.policy || ' step '
        || cast(later.step as {{ dbt.type_string() }}) || ': after_minutes '''
        || cast(later.after_minutes as {{ dbt.type_string() }})
        || ''' is not after step ' || cast(earlier.step as {{ dbt.type_string() }})
            as message

    from {{ ref("escalation_policies") }} as later
    inner join {{ ref("escalation_policies") }} as earlier
        on
            later.policy = earlier.policy
            and later.step > earlier.step
            and later.after_minutes <= earlier.after_minutes
    union all
    select
        'seed journeys, row ' || journeys.journey
        || ': no event of it in journey_events ends a case as good' as message

    from {{ ref("journeys") }} as journeys
    where
        journeys.journey not in (
            select journey_events.journey
            from {{ ref("journey_events") }} as journey_events
            where journey_events.ends_case_as = 'good'
        )

)

{{ offpath.named_violations("violations") }}
