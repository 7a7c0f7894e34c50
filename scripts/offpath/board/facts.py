"""What the board shows, table by table, as the published marts say it.

The page lays out and draws; it reckons nothing. A figure that it lacks is a column of a
mart that is missing.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import duckdb

from offpath.instants import utc

# Of a case with more events than these the story shows its last ones.
MOST_EVENTS = 40
# Of an exception about many cases these are listed, the bad ones first.
MOST_CASES = 50
MOST_EDGES = 300
MOST_VARIANTS = 20
MOST_OFF_PATH = 5
MOST_FACTORS = 6
MOST_DUE = 8
# As many windows of an objective does its budget's history reach back.
WINDOWS_SHOWN = 3
HOURS_AHEAD = 24

OPEN = "select * from fct_exceptions where is_open"
# The most frequent ways of a journey, its happy path, and the first that leave it.
VARIANTS = """
    select * from dim_variants
    qualify
        variant_rank <= {most_variants}
        or is_happy_path
        or (
            not is_on_reference
            and row_number() over (
                partition by journey, is_on_reference order by variant_rank
            ) <= {most_off_path}
        )
"""
# Cases that open exceptions are about, each once.
OPEN_CASES = """
    select distinct journey, subject_id as case_id
    from fct_exceptions
    where is_open and subject_type = 'case'
"""

QUERIES = {
    "journeys": """
        select
            journeys.journey, journeys.title, journeys.owner_title, journeys.timezone,
            journeys.event_count, journeys.last_landed_at, variants.variant_count,
            variants.case_count
        from dim_journeys as journeys
        left join (
            select journey, count(*) as variant_count, sum(case_count) as case_count
            from dim_variants
            group by journey
        ) as variants using (journey)
        order by journeys.journey
    """,
    "roles": """
        select owner_role, title
        from dim_owner_roles
        order by owner_role
    """,
    # What the objectives are; how they stand is in the report.
    "slos": """
        with spent as (
            select slo_id, max(counted_date) as last_kept
            from fct_error_budget_history
            where left_cases >= 0
            group by slo_id
        ),
        burning as (
            select slo_id, min(onset_at) as burning_since
            from fct_exceptions
            where is_open and family = 'budget'
            group by slo_id
        ),
        owed as (
            select
                slo_id,
                count(*) filter (where seconds_left < 0) as late_count,
                count(*) filter (
                    where seconds_left between 0 and {hours_ahead} * 3600
                ) as due_soon_count,
                min(deadline_at) filter (where seconds_left >= 0) as next_deadline_at
            from fct_case_promises
            where is_owed
            group by slo_id
        )
        select
            slos.slo_id, slos.title, slos.journey, slos.thresholds, slos.promise,
            slos.calendar, slos.indicator, slos.owner_role, budgets.pending_count,
            budgets.excluded_count, budgets.remaining_share, spent.last_kept,
            burning.burning_since, owed.late_count, owed.due_soon_count,
            owed.next_deadline_at
        from dim_slos as slos
        left join fct_error_budgets as budgets using (slo_id)
        left join spent using (slo_id)
        left join burning using (slo_id)
        left join owed using (slo_id)
        order by slos.journey, slos.slo_id
    """,
    "budget_days": """
        select
            history.slo_id, history.counted_date, history.remaining_share,
            history.left_cases, history.budget_cases, history.verdict,
            daily.valid_count, daily.bad_count, daily.allowed_count
        from fct_error_budget_history as history
        inner join fct_error_budgets as budgets using (slo_id)
        left join fct_sli_daily as daily
            on
                history.slo_id = daily.slo_id
                and history.counted_date = daily.counted_date
        where
            history.counted_date > cast(budgets.window_ended_at as date)
                - cast({windows_shown} * budgets.window_days as integer)
        order by history.slo_id, history.counted_date
    """,
    "tiers": """
        select
            slo_id, tier, long_hours, short_hours, burn_threshold, long_burn_rate,
            short_burn_rate, is_frozen, is_firing, reason
        from fct_burn_rates
        order by slo_id, long_hours
    """,
    "attributions": """
        select
            slo_id, cut, cut_title, bad_share, good_share, excess_count
        from fct_budget_attribution
        where stands_out
        qualify row_number() over (
            partition by slo_id order by excess_count desc, cut, cut_value
        ) <= {most_factors}
        order by slo_id, excess_count desc, cut, cut_value
    """,
    "factors": """
        select
            journey, outcome, slo_id, factor_kind, factor_value, case_count, bad_share,
            other_bad_share, risk_ratio, risk_ratio_lower, risk_ratio_upper, reverses
        from fct_outcome_factors
        where is_notable
        qualify row_number() over (
            partition by journey, outcome
            order by attributable_share desc, factor_kind, factor_value
        ) <= {most_factors}
        order by
            journey, outcome, attributable_share desc, factor_kind, factor_value
    """,
    "due": """
        select journey, slo_id, case_id, severity, deadline_at
        from fct_case_promises
        where is_owed and seconds_left >= 0
        order by deadline_at, slo_id, case_id
        limit {most_due}
    """,
    "endangered": """
        select
            promises.journey, promises.slo_id, promises.case_id, cases.severity,
            promises.deadline_at, promises.breach_probability, promises.known_count,
            promises.late_count, promises.value_at_stake
        from fct_promise_predictions as promises
        inner join fct_cases as cases using (journey, case_id)
        where promises.has_skill and promises.breach_probability is not null
        order by
            promises.breach_probability desc, promises.value_at_stake desc nulls last,
            promises.deadline_at nulls last, promises.slo_id, promises.case_id
        limit {most_due}
    """,
    "exceptions": """
        with escalations as (
            select
                exception_id,
                arg_min(notify_role, notify_at) as next_role,
                min(notify_at) as next_at
            from fct_exception_escalations
            where notify_at > (select as_of from dim_build)
            group by exception_id
        )
        select
            found.exception_id, found.rule_id, found.rule_title, found.journey,
            found.subject_type, found.subject_id, found.onset_at, found.observed_value,
            found.threshold_value, found.unit, found.severity, found.owner_role,
            found.respond_by_at, found.playbook, found.playbook_location,
            found.playbook_link, found.case_link, found.slo_id, found.route_class,
            found.route_reason, found.value_at_stake,
            found.digest_at, found.told_at, found.acknowledged_at,
            found.acknowledged_by, found.resolved_at, found.resolved_by, found.evidence,
            cases.current_state, cases.ended_as, cases.severity as case_severity,
            escalations.next_role, escalations.next_at
        from ({open}) as found
        left join fct_cases as cases
            on
                found.journey = cases.journey
                -- A condition on one side alone would compare each with each.
                and case when found.subject_type = 'case' then found.subject_id end
                = cases.case_id
        left join escalations on found.exception_id = escalations.exception_id
        order by found.respond_by_at, found.priority, found.exception_id
    """,
    "exception_cases": """
        select cases.exception_id, cases.case_id, cases.role
        from fct_exception_cases as cases
        inner join ({open}) as found using (exception_id)
        where found.subject_type <> 'case'
        qualify row_number() over (
            partition by cases.exception_id
            order by
                case cases.role when 'opportunity' then 1 else 0 end, cases.case_id
        ) <= {most_cases}
        order by cases.exception_id, cases.role, cases.case_id
    """,
    "events": """
        select
            events.journey, events.case_id, events.event_number, events.event_name,
            events.occurred_at, events.actor, events.channel, events.location,
            events.reason_code, events.state_after
        from fct_case_events as events
        inner join ({open_cases}) as watched using (journey, case_id)
        qualify row_number() over (
            partition by events.journey, events.case_id
            order by events.event_number desc
        ) <= {most_events}
        order by events.journey, events.case_id, events.event_number
    """,
    "promises": """
        select
            promises.journey, promises.case_id, promises.slo_id, promises.deadline_at,
            promises.reached_at, promises.verdict, promises.is_owed,
            promises.is_paused
        from fct_case_promises as promises
        inner join ({open_cases}) as watched using (journey, case_id)
        order by promises.journey, promises.case_id, promises.deadline_at
    """,
    "messages": """
        select
            log.exception_id, log.kind, log.step, log.owner_role, log.channel,
            log.state, log.reason, log.decided_at, log.delivered_at,
            log.is_possible_duplicate
        from fct_routing_log as log
        inner join ({open}) as found using (exception_id)
        order by log.exception_id, log.decided_at, log.step, log.intent_id
    """,
    "answers": """
        select
            actions.exception_id, actions.action, actions.actor, actions.note,
            actions.close_code, actions.acted_at
        from fct_exception_actions as actions
        inner join ({open}) as found using (exception_id)
        order by actions.exception_id, actions.action_number
    """,
    "activities": """
        select
            journey, event_name, event_count, case_count, case_share,
            first_of_ended_count + first_of_open_count as first_count,
            last_of_ended_count, last_of_open_count, median_seconds
        from fct_activities
        order by journey, case_count desc, event_name
    """,
    "edges": """
        select
            steps.journey, steps.from_event, steps.to_event, steps.transition_count,
            steps.case_count, steps.case_share, steps.is_self_loop,
            steps.median_seconds, steps.p90_seconds, steps.median_business_seconds,
            deviations.occurrence_count as deviation_count
        from fct_transitions as steps
        left join fct_deviations as deviations
            on
                steps.journey = deviations.journey
                and steps.from_event = deviations.from_event
                and steps.to_event = deviations.to_event
        where
            steps.from_event <> '[start]'
            and steps.to_event not in ('[end]', '[open]')
        qualify row_number() over (
            partition by steps.journey
            order by steps.case_count desc, steps.from_event, steps.to_event
        ) <= {most_edges}
        order by
            steps.journey, steps.case_count desc, steps.from_event, steps.to_event
    """,
    "variants": """
        select
            journey, variant_id, event_count, case_count, case_share, open_count,
            good_count, bad_count, median_seconds, is_on_reference, is_happy_path
        from ({variants})
        order by journey, variant_rank
    """,
    # The steps of a variant are those of any of its cases: names may hold what its
    # text has between them.
    "steps": """
        select variants.journey, variants.variant_id, events.event_name
        from ({variants}) as variants
        inner join fct_case_events as events
            on
                variants.journey = events.journey
                and variants.example_case_id = events.case_id
        where events.event_number <= {most_events}
        order by variants.journey, variants.variant_rank, events.event_number
    """,
    "variant_outcomes": """
        select
            outcomes.journey, outcomes.variant_id, outcomes.slo_id,
            outcomes.valid_count, outcomes.bad_count, outcomes.bad_share,
            outcomes.bad_share_lower, outcomes.bad_share_upper
        from fct_variant_outcomes as outcomes
        inner join ({variants}) as variants using (journey, variant_id)
        order by outcomes.journey, variants.variant_rank, outcomes.slo_id
    """,
    "states": """
        select
            states.journey, states.state, states.rule_id, states.rule_title,
            states.rule_calendar, states.calendar, states.threshold_seconds,
            durations.visit_count, durations.case_count, durations.open_count,
            durations.median_seconds, durations.p90_seconds,
            durations.median_business_seconds, durations.p90_business_seconds,
            durations.oldest_case_id, durations.oldest_seconds, durations.time_share
        from fct_state_durations as durations
        inner join dim_states as states using (journey, state)
        order by states.journey, states.sort_order, states.state
    """,
    "spans": """
        select
            journey, state, clock, from_seconds, to_seconds, visit_count, open_count
        from fct_state_duration_spans
        order by journey, state, clock, from_seconds
    """,
    "rules": """
        select
            rules.journey, rules.rule_id, rules.title, rules.stage, rules.owner_role,
            rules.exception_count, rules.open_count, evidence.untested_reason,
            evidence.compared_count, evidence.risk_ratio, evidence.risk_ratio_lower,
            evidence.risk_ratio_upper, evidence.precision_share,
            evidence.median_lead_seconds, evidence.verdict, card.announced_count,
            card.acted_count, card.resolved_count, card.escalated_count,
            card.noise_share, card.median_response_seconds
        from dim_exception_rules as rules
        left join fct_rule_evidence as evidence using (rule_id)
        left join fct_routing_scorecard as card
            on
                rules.rule_id = card.rule_id
                and rules.owner_role = card.owner_role
        order by rules.journey, rules.rule_id
    """,
    "weeks": """
        select
            journey, week_date, is_complete, ended_count, median_lead_seconds,
            change_failure_share, detected_count, median_restore_seconds
        from fct_journey_outcomes
        order by journey, week_date
    """,
    "logs": """
        select
            source_model, journey, raw_count, accepted_count, quarantined_count,
            redelivered_count, not_yet_count, late_count, undefined_event_count,
            last_loaded_at
        from fct_event_log_quality
        order by journey, source_model
    """,
    "warnings": """
        select journey, message
        from fct_warnings
        order by journey, warning, subject
    """,
}
LIMITS = {
    "open": OPEN,
    "open_cases": OPEN_CASES,
    "most_events": MOST_EVENTS,
    "most_cases": MOST_CASES,
    "most_edges": MOST_EDGES,
    "variants": VARIANTS.format(
        most_variants=MOST_VARIANTS, most_off_path=MOST_OFF_PATH
    ),
    "most_factors": MOST_FACTORS,
    "most_due": MOST_DUE,
    "windows_shown": WINDOWS_SHOWN,
    "hours_ahead": HOURS_AHEAD,
}


def load_facts(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Return each table of the board, column by column.

    A column is a list of values, or, where few of them are many times the same,
    ``{"words": [...], "at": [...]}``: the words, and for each row which of them. An
    instant is its second since 1970 (UTC), a day its ISO text, null is None.
    """
    return {
        name: _table(connection, query.format_map(LIMITS))
        for name, query in QUERIES.items()
    }


def _table(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    """Return the columns of a query's answer by name."""
    names = [column[0] for column in connection.execute(query).description]
    rows = connection.fetchall()
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {name: _told(values) for name, values in zip(names, columns, strict=True)}


def _told(values: tuple[Any, ...]) -> object:
    """Return a column as JSON can hold it, and no larger than it must be."""
    first = next((value for value in values if value is not None), None)
    if isinstance(first, str):
        words = list(dict.fromkeys(values))
        if 2 * len(words) > len(values):
            return list(values)
        places = {word: place for place, word in enumerate(words)}
        return {"words": words, "at": [places[value] for value in values]}
    convert = _converter(first)
    return [None if value is None else convert(value) for value in values]


def _converter(example: object) -> Callable[[Any], object]:
    """Return what makes values like the example fit for JSON."""
    if isinstance(example, datetime):
        return lambda moment: int(utc(moment).timestamp())
    if isinstance(example, date):
        return date.isoformat
    if isinstance(example, Decimal):
        return float
    if isinstance(example, float):
        return lambda number: number if isfinite(number) else None
    return lambda value: value
