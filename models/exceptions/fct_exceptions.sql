{%- set playbook_base_url = var("playbook_base_url") -%}

with

exceptions_detected as (

    select * from {{ ref("int_exceptions_detected") }}

),

exceptions_weighed as (

    select * from {{ ref("int_exceptions_weighed") }}

),

exceptions_routed as (

    select * from {{ ref("int_exceptions_routed") }}

),

exceptions_timed as (

    select * from {{ ref("int_exceptions_timed") }}

),

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

playbooks as (

    select * from {{ ref("playbooks") }}

),

journeys as (

    select * from {{ ref("dim_journeys") }}

),

cases as (

    select * from {{ ref("fct_cases") }}

),

states as (

    select * from {{ ref("stg_routing__states") }}

),

-- One expression a side, or a join compares each with each.
subjects as (

    select
        *,
        case when subject_type = 'case' then subject_id end as case_id

    from exceptions_detected

),

ruled as (

    select
        subjects.exception_id,
        subjects.rule_id,
        cast(exception_rules.version as integer) as rule_version,
        exception_rules.title as rule_title,
        exception_rules.family,
        subjects.journey,
        subjects.subject_type,
        subjects.subject_id,
        subjects.episode,
        subjects.onset_at,
        subjects.detected_at,
        subjects.cleared_at,
        subjects.is_open,
        subjects.clear_reason,
        subjects.observed_value,
        subjects.threshold_value,
        subjects.unit,
        exception_rules.severity,
        exception_rules.owner_role,
        exceptions_timed.respond_by_at,
        exception_rules.escalation_policy,
        exception_rules.playbook,
        playbooks.location as playbook_location,
        case
            when
                playbooks.location like 'https://%'
                or playbooks.location like 'http://%'
                then playbooks.location
            {% if playbook_base_url -%}
            else
                {{ dbt.string_literal(dbt.escape_single_quotes(playbook_base_url)) }}
                || playbooks.location
            {%- endif %}
        end as playbook_link,
        replace(
            journeys.case_url,
            '{case_id}',
            {{ offpath.percent_encoded("subjects.case_id") }}
        ) as case_link,
        exception_rules.slo_id,
        exceptions_routed.route_class,
        exceptions_routed.route_reason,
        exceptions_weighed.value_at_stake,
        exceptions_weighed.risk_share,
        exceptions_weighed.cost_at_risk,
        exceptions_timed.digest_at,
        subjects.evidence,
        coalesce(
            case
                when subjects.subject_type = 'case' then cases.event_count
                else journeys.event_count
            end, 0
        ) as known_event_count,
        states.told_at,
        states.acknowledged_at,
        states.acknowledged_by,
        states.resolved_at,
        states.resolved_by

    from subjects
    inner join exceptions_weighed
        on subjects.exception_id = exceptions_weighed.exception_id
    inner join exceptions_routed
        on subjects.exception_id = exceptions_routed.exception_id
    inner join exceptions_timed
        on subjects.exception_id = exceptions_timed.exception_id
    inner join exception_rules
        on subjects.rule_id = exception_rules.rule_id
    inner join playbooks
        on exception_rules.playbook = playbooks.playbook
    left join journeys
        on subjects.journey = journeys.journey
    left join cases
        on
            subjects.journey = cases.journey
            and subjects.case_id = cases.case_id
    left join states
        on subjects.exception_id = states.exception_id

),

-- What costs the most, and is due the soonest, comes first.
ranked as (

    select
        *,
        row_number() over (
            order by
                case when is_open then 1 else 2 end,
                case route_class
                    when 'page' then 1
                    when 'task' then 2
                    when 'digest' then 3
                    else 4
                end,
                cost_at_risk / (
                    1 + greatest(
                        {{ offpath.seconds_between(offpath.as_of(), "respond_by_at") }},
                        0
                    ) / 3600.0e0
                ) desc,
                detected_at,
                exception_id
        ) as priority

    from ruled

),

exceptions as (

    select
        exception_id,
        rule_id,
        rule_version,
        rule_title,
        family,
        journey,
        subject_type,
        subject_id,
        episode,
        onset_at,
        detected_at,
        cleared_at,
        is_open,
        clear_reason,
        observed_value,
        threshold_value,
        unit,
        severity,
        owner_role,
        respond_by_at,
        escalation_policy,
        playbook,
        playbook_location,
        slo_id,
        route_class,
        route_reason,
        cast(priority as integer) as priority,
        value_at_stake,
        risk_share,
        cost_at_risk,
        digest_at,
        evidence,
        cast(known_event_count as bigint) as known_event_count,
        case_link,
        playbook_link,
        -- What was done after the clock is not known to it.
        case when told_at <= {{ offpath.as_of() }} then told_at end as told_at,
        case when acknowledged_at <= {{ offpath.as_of() }} then acknowledged_at end
            as acknowledged_at,
        case when acknowledged_at <= {{ offpath.as_of() }} then acknowledged_by end
            as acknowledged_by,
        case when resolved_at <= {{ offpath.as_of() }} then resolved_at end
            as resolved_at,
        case when resolved_at <= {{ offpath.as_of() }} then resolved_by end
            as resolved_by

    from ranked

)

select * from exceptions
