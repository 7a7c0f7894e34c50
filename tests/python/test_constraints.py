"""Conformance rules against what their templates mean, said anew in Python.

dbt renders the models once; each example runs that SQL over a small log of its own in a
DuckDB of its own, with a rule of every template.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from building import compiled
from declare import OF_ONE, keeps
from hypothesis import given
from hypothesis import strategies as st
from searches import search

AS_OF = datetime.fromisoformat("2026-04-13 06:00:00")
BOUND = 60
MODELS = (
    "int_constraints_watched",
    "int_activations_answered",
    "int_answers_missed",
    "int_steps_off_path",
    "int_breaches_lasting",
    "fct_case_constraints",
    "fct_constraints",
)
OF_TWO = (
    *("response", "alternate_response", "chain_response"),
    *("precedence", "alternate_precedence", "chain_precedence"),
    *("responded_existence", "not_succession", "not_chain_succession"),
    *("succession", "alternate_succession", "chain_succession"),
    *("co_existence", "not_co_existence", "four_eyes"),
)
BOUNDED = (*OF_TWO[:3], *OF_TWO[9:12])
CONDITIONAL = (*OF_ONE[:3], *OF_TWO[:9])
ENDS = (None, "good", "bad", "excluded")

INPUTS = """
attach ':memory:' as warehouse;
create schema warehouse.definitions;
create schema warehouse.intermediate;
create schema warehouse.marts;
create table warehouse.intermediate.int_rules_in_force (
    rule_id varchar, journey varchar, family varchar, slo_id varchar
);
create table warehouse.definitions.conformance_rules (
    rule_id varchar, template varchar, activation_event varchar, target_event varchar,
    within_minutes integer, calendar varchar
);
create table warehouse.definitions.conformance_conditions (
    rule_id varchar, condition_attribute varchar, condition_value varchar
);
create table warehouse.definitions.reference_transitions (
    journey varchar, from_event varchar, to_event varchar
);
create table warehouse.intermediate.int_attribute_segments (
    rule_id varchar, journey varchar, case_id varchar, event_id varchar, segment varchar
);
create table warehouse.intermediate.int_silences_lasting (
    journey varchar, silent_since timestamp
);
create table warehouse.intermediate.int_calendar_hours (
    calendar varchar, hour_started_at timestamp, open_minutes bigint,
    open_seconds_before bigint
);
create table warehouse.intermediate.int_calendar_open_hours (
    calendar varchar, open_hour bigint, opened_at timestamp,
    open_seconds_before bigint, open_seconds_until bigint
);
create table warehouse.marts.fct_case_events (
    journey varchar, case_id varchar, event_id varchar, event_number integer,
    event_name varchar, previous_event_name varchar, occurred_at timestamp,
    actor varchar, channel varchar, location varchar, reason_code varchar,
    is_repeat boolean, is_defined boolean
);
create table warehouse.marts.fct_cases (
    journey varchar, case_id varchar, is_open boolean, ended_as varchar,
    ended_at timestamp
);
create table warehouse.intermediate.int_case_endings (
    journey varchar, case_id varchar, event_id varchar, event_number integer,
    ended_at timestamp, ended_as varchar, reopened_at timestamp
);
"""


@dataclass(frozen=True)
class Event:
    """An event so many minutes after the one before it."""

    name: str
    minutes: int
    actor: str | None
    channel: str | None


@dataclass(frozen=True)
class Case:
    """What happened; `ended_as` is null where it is open."""

    events: list[Event]
    ended_as: str | None
    # What enters a state, which the same event again only says again.
    states: frozenset[str] = frozenset()

    def times(self) -> list[datetime]:
        """Return when the events occurred; the last one is five minutes ago."""
        behind = [sum(e.minutes for e in self.events[n + 1 :]) for n in self.numbers()]
        return [AS_OF - timedelta(minutes=5 + minutes) for minutes in behind]

    def numbers(self) -> range:
        """Return the places of the events, from 0."""
        return range(len(self.events))

    def repeats(self) -> list[bool]:
        """Return which events say a state again."""
        state, found = None, []
        for event in self.events:
            found.append(event.name in self.states and event.name == state)
            if event.name in self.states:
                state = event.name
        return found


@dataclass(frozen=True)
class Rule:
    """A rule of a template on `a` and `b`."""

    template: str
    is_bounded: bool = False
    channel: str | None = None

    @property
    def rule_id(self) -> str:
        """Return a name that says what it is."""
        return f"{self.template} {self.is_bounded} {self.channel}"


RULES = [
    *(Rule(template) for template in (*OF_ONE, *OF_TWO)),
    *(Rule(template, is_bounded=True) for template in BOUNDED),
    *(Rule(template, channel="web") for template in CONDITIONAL),
    *(Rule(template, True, "web") for template in BOUNDED[:3]),
]


@dataclass(frozen=True)
class Activation:
    """One, and what there is around it in its case, by places from 0."""

    name: str
    number: int
    # Targets, and other activations; of a rule on actors, the targets of its actor.
    before: list[int]
    behind: list[int]
    earlier: list[int]
    later: list[int]
    # What comes next, passing over the same event that says its state again.
    next_one: int | None
    is_next_target: bool
    is_last_target: bool


# Where it is answered, and where it is broken for good; neither is not yet, or never.
Outcome = tuple[int | None, int | None]


def alternate_response(one: Activation) -> Outcome:
    """Return what became of one that needs a target before the next activation."""
    if one.behind and one.behind[0] < min(one.later, default=one.behind[0] + 1):
        return one.behind[0], None
    return None, min(one.later, default=None)


def alternate_precedence(one: Activation) -> Outcome:
    """Return what became of one that needs a target since the last activation."""
    since = max(one.earlier, default=-1)
    return None, None if [n for n in one.before if n > since] else one.number


ANSWERS: dict[str, Callable[[Activation], Outcome]] = {
    "response": lambda one: (min(one.behind, default=None), None),
    "alternate_response": alternate_response,
    "chain_response": lambda one: (
        (one.next_one, None) if one.is_next_target else (None, one.next_one)
    ),
    "responded_existence": lambda one: (
        one.number if one.before else min(one.behind, default=None),
        None,
    ),
    "precedence": lambda one: (None, None if one.before else one.number),
    "alternate_precedence": alternate_precedence,
    "chain_precedence": lambda one: (None, None if one.is_last_target else one.number),
    "not_succession": lambda one: (None, min(one.behind, default=None)),
    "not_chain_succession": lambda one: (
        None,
        one.next_one if one.is_next_target else None,
    ),
    "not_co_existence": lambda one: (None, one.number if one.before else None),
    "four_eyes": lambda one: (None, one.number if one.before else None),
}
ASKS = {
    "succession": ("response", "precedence"),
    "alternate_succession": ("alternate_response", "alternate_precedence"),
    "chain_succession": ("chain_response", "chain_precedence"),
    "co_existence": ("responded_existence", "responded_existence"),
    "not_co_existence": ("not_co_existence", "not_co_existence"),
    "four_eyes": ("four_eyes", "four_eyes"),
}
AWAITING = {"response", "alternate_response", "chain_response", "responded_existence"}


def activations_of(case: Case, kind: str, rule: Rule, names: str) -> list[Activation]:
    """Return the activations of what a rule asks of the first of two events."""
    active, target = names
    events, repeats, places = case.events, case.repeats(), case.numbers()
    is_on_actors = kind == "four_eyes"
    asked = [
        n
        for n in places
        if events[n].name == active
        and (is_on_actors or not repeats[n])
        and (rule.channel is None or events[n].channel == rule.channel)
        and not (is_on_actors and events[n].actor is None)
    ]
    found = []
    for number in asked:
        targets = [
            n
            for n in places
            if events[n].name == target
            and not (is_on_actors and events[n].actor != events[number].actor)
        ]
        next_one = number + 1
        while (
            next_one in places and repeats[next_one] and events[next_one].name == active
        ):
            next_one += 1
        found.append(
            Activation(
                active,
                number,
                [n for n in targets if n < number],
                [n for n in targets if n > number],
                [n for n in asked if n < number],
                [n for n in asked if n > number],
                next_one if next_one in places else None,
                next_one in targets,
                number - 1 in targets,
            )
        )
    return found


def is_late(case: Case, one: Activation, answered: int | None) -> bool:
    """Return whether the bound of an activation has passed without its answer."""
    times = case.times()
    due_at = times[one.number] + timedelta(minutes=BOUND)
    if case.ended_as == "excluded" and times[-1] <= due_at:
        return False
    return due_at < (AS_OF if answered is None else times[answered])


def verdict_of(case: Case, kind: str, rule: Rule, one: Activation) -> str:
    """Return what an activation is."""
    answered, broken = ANSWERS[kind](one)
    if broken is not None:
        return "violated"
    if kind in AWAITING and rule.is_bounded and is_late(case, one, answered):
        return "violated"
    if kind not in AWAITING or answered is not None:
        return "satisfied"
    return {None: "awaited", "excluded": "lapsed"}.get(case.ended_as, "violated")


def state_of_case(case: Case, rule: Rule) -> tuple[str, int, int, int]:
    """Return the state of a case of which a rule asks something as a whole."""
    chosen = [
        n
        for n in case.numbers()
        if case.events[n].name == "a"
        and (rule.channel is None or case.events[n].channel == rule.channel)
    ]
    if not chosen and rule.template in ("existence", "exactly_once"):
        return {
            None: ("violated_for_now", 1, 0, 1),
            "excluded": ("not_activated", 0, 0, 0),
        }.get(case.ended_as, ("violated", 1, 1, 0))
    count = {
        "existence": 0,
        "absence": len([n for n in chosen if not case.repeats()[n]]),
        "exactly_once": len(chosen) - 1,
        "init": int(case.events[0].name != "a"),
    }[rule.template]
    return "violated" if count else "satisfied", 1, count, 0


def state_of(case: Case, rule: Rule) -> tuple[str, int, int, int]:
    """Return the state of a case, its activations, violations, and those awaited."""
    if rule.template in OF_ONE:
        return state_of_case(case, rule)
    kinds = ASKS.get(rule.template, (rule.template,))
    asked = [
        (kind, activations_of(case, kind, rule, names))
        for kind, names in zip(kinds, ("ab", "ba"), strict=False)
    ]
    if rule.template == "four_eyes" and not all(found for _, found in asked):
        return "not_activated", 0, 0, 0
    verdicts = [
        verdict_of(case, kind, rule, one) for kind, found in asked for one in found
    ]
    violated, awaited = verdicts.count("violated"), verdicts.count("awaited")
    activated = len(verdicts) - verdicts.count("lapsed")
    words = ((violated, "violated"), (awaited, "violated_for_now"), (1, "satisfied"))
    state = (
        next(word for count, word in words if count) if activated else "not_activated"
    )
    return state, activated, violated, awaited


class Constraints:
    """The project's SQL: the models in the order of their building."""

    def __init__(self, models: dict[str, str]) -> None:
        self.models = models

    def of(self, cases: list[Case]) -> duckdb.DuckDBPyConnection:
        """Return a warehouse of a log, the rules and what the models make of them."""
        connection = duckdb.connect()
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(INPUTS)
        inputs: dict[str, list[tuple[object, ...]]] = {
            "intermediate.int_rules_in_force": [
                (rule.rule_id, "j", "conformance", None) for rule in RULES
            ],
            "definitions.conformance_rules": [
                (
                    rule.rule_id,
                    rule.template,
                    "a",
                    None if rule.template in OF_ONE else "b",
                    BOUND if rule.is_bounded else None,
                    None,
                )
                for rule in RULES
            ],
            "definitions.conformance_conditions": [
                (rule.rule_id, "channel", rule.channel)
                for rule in RULES
                if rule.channel
            ],
            "marts.fct_case_events": [],
            "marts.fct_cases": [],
            "intermediate.int_case_endings": [],
        }
        for case_number, case in enumerate(cases):
            case_id, times = f"c{case_number}", case.times()
            names = [None, *(event.name for event in case.events)]
            for number, (event, before) in enumerate(
                zip(case.events, names, strict=False)
            ):
                inputs["marts.fct_case_events"].append(
                    (
                        *("j", case_id, f"{case_id} {number}", number + 1),
                        *(event.name, before, times[number], event.actor),
                        *(event.channel, None, None, case.repeats()[number], True),
                    )
                )
            ended_at = times[-1] if case.ended_as else None
            inputs["marts.fct_cases"].append(
                ("j", case_id, case.ended_as is None, case.ended_as, ended_at)
            )
            if case.ended_as:
                last = len(case.events)
                inputs["intermediate.int_case_endings"].append(
                    *[("j", case_id, None, last, ended_at, case.ended_as, None)]
                )
        for table, rows in inputs.items():
            if rows:
                marks = ", ".join("?" for _ in rows[0])
                connection.executemany(
                    f"insert into warehouse.{table} values ({marks})", rows
                )
        for name, query in self.models.items():
            schema = "marts" if name.startswith("fct_") else "intermediate"
            connection.execute(f"create table warehouse.{schema}.{name} as {query}")
        return connection

    def states(self, cases: list[Case]) -> dict[tuple[str, int], tuple[object, ...]]:
        """Return state, activations, violations and those awaited, by rule and case."""
        with self.of(cases) as connection:
            rows = connection.execute(
                "select rule_id, cast(substr(case_id, 2) as integer), state,"
                " activation_count, violation_count, awaited_count"
                " from warehouse.marts.fct_case_constraints"
            ).fetchall()
        return {(rule_id, number): tuple(rest) for rule_id, number, *rest in rows}


@pytest.fixture(scope="module")
def constraints(tmp_path_factory: pytest.TempPathFactory) -> Constraints:
    """Return the project's SQL as dbt renders it."""
    home: Path = tmp_path_factory.mktemp("home")
    return Constraints(compiled(home, *MODELS))


events = st.builds(
    Event,
    st.sampled_from("aaabbbcd"),
    st.sampled_from([1, 30, 59, 60, 61, 200]),
    st.sampled_from([None, "ann", "bob"]),
    st.sampled_from([None, "web", "shop"]),
)
cases = st.builds(
    Case,
    st.lists(events, min_size=1, max_size=7),
    st.sampled_from(ENDS),
    st.sets(st.sampled_from("abc")).map(frozenset),
)


@search(gate=20, deep=2000)
@given(st.lists(cases, min_size=1, max_size=30))
def test_a_case_is_in_the_state_that_its_events_say(
    constraints: Constraints, log: list[Case]
) -> None:
    found = constraints.states(log)
    for rule in RULES:
        for number, case in enumerate(log):
            state = found[rule.rule_id, number]
            assert state == state_of(case, rule), (rule, case)


@search(gate=20, deep=2000)
@given(
    st.lists(
        st.lists(st.sampled_from("aaabbbcd"), min_size=1, max_size=8),
        min_size=1,
        max_size=30,
    )
)
def test_an_ended_case_keeps_what_the_closed_forms_say(
    constraints: Constraints, log: list[list[str]]
) -> None:
    found = constraints.states(
        [Case([Event(name, 1, None, None) for name in names], "good") for names in log]
    )
    words = {None: "not_activated", True: "satisfied", False: "violated"}
    for template in (*OF_ONE, *OF_TWO[:-1]):
        for number, names in enumerate(log):
            kept = keeps(template, names, "a", "b")
            state = found[Rule(template).rule_id, number][0]
            assert state == words[kept], (template, names)
