"""Conformance rules against what their templates mean, said anew in Python.

dbt renders the models once; each example runs that SQL over a small log of its own in a
DuckDB of its own, with a rule of every template.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from building import compiled
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
OF_ONE = ("existence", "absence", "exactly_once", "init")
OF_TWO = (
    *("response", "alternate_response", "chain_response"),
    *("precedence", "alternate_precedence", "chain_precedence"),
    *("responded_existence", "not_succession", "not_chain_succession"),
    *("succession", "co_existence", "not_co_existence", "four_eyes"),
)
BOUNDED = ("response", "alternate_response", "chain_response", "succession")
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
    """What became of one: the place of its answer or of its breach, or neither yet."""

    number: int
    answered: int | None = None
    broken: int | None = None


def activations_of(case: Case, rule: Rule) -> Iterator[Activation]:
    """Yield the activations of a rule that asks its events."""
    asks = {
        "succession": (("response", "ab"), ("precedence", "ba")),
        "co_existence": (("responded_existence", "ab"), ("responded_existence", "ba")),
        "not_co_existence": (("not_co_existence", "ab"), ("not_co_existence", "ba")),
        "four_eyes": (("four_eyes", "ab"), ("four_eyes", "ba")),
    }.get(rule.template, ((rule.template, "ab"),))
    events, repeats = case.events, case.repeats()
    for kind, (active, target) in asks:
        is_every = kind == "four_eyes"
        asked = [
            n
            for n in case.numbers()
            if events[n].name == active
            and (is_every or not repeats[n])
            and (rule.channel is None or events[n].channel == rule.channel)
            and (not is_every or events[n].actor is not None)
        ]
        targets = [n for n in case.numbers() if events[n].name == target]
        for number in asked:
            before = [n for n in targets if n < number]
            behind = [n for n in targets if n > number]
            others = [n for n in asked if n > number]
            earlier = [n for n in asked if n < number]
            following = [
                n
                for n in case.numbers()
                if n > number
                and not all(
                    events[m].name == active and repeats[m]
                    for m in range(number + 1, n + 1)
                )
            ]
            next_one = following[0] if following else None
            answered = broken = None
            match kind:
                case "response":
                    answered = behind[0] if behind else None
                case "alternate_response":
                    if behind and (not others or behind[0] < others[0]):
                        answered = behind[0]
                    elif others:
                        broken = others[0]
                case "chain_response":
                    if next_one is not None and next_one in targets:
                        answered = next_one
                    else:
                        broken = next_one
                case "responded_existence":
                    answered = number if before else behind[0] if behind else None
                case "precedence":
                    broken = None if before else number
                case "alternate_precedence":
                    since = earlier[-1] if earlier else -1
                    broken = None if [n for n in before if n > since] else number
                case "chain_precedence":
                    broken = None if number - 1 in targets else number
                case "not_succession":
                    broken = behind[0] if behind else None
                case "not_chain_succession":
                    broken = next_one if next_one in targets else None
                case "not_co_existence":
                    broken = number if before else None
                case "four_eyes":
                    actors = {events[n].actor for n in before}
                    broken = number if events[number].actor in actors else None
            yield Activation(number, answered, broken)


AWAITING = {*BOUNDED, "responded_existence", "co_existence"}


def state_of(case: Case, rule: Rule) -> tuple[str, int, int, int]:
    """Return the state of a case, its activations, violations, and those awaited."""
    times, repeats = case.times(), case.repeats()
    chosen = [
        n
        for n in case.numbers()
        if case.events[n].name == "a"
        and (rule.channel is None or case.events[n].channel == rule.channel)
    ]
    if rule.template in OF_ONE:
        count = {
            "existence": 0,
            "absence": len([n for n in chosen if not repeats[n]]),
            "exactly_once": max(len(chosen) - 1, 0),
            "init": int(case.events[0].name != "a"),
        }[rule.template]
        is_missing = rule.template in ("existence", "exactly_once") and not chosen
        if is_missing and case.ended_as == "excluded":
            return "not_activated", 0, 0, 0
        if is_missing and case.ended_as is None:
            return "violated_for_now", 1, 0, 1
        count += is_missing
        return "violated" if count else "satisfied", 1, count, 0
    activated = violated = awaited = 0
    found = list(activations_of(case, rule))
    for each in found:
        is_awaiting = (
            each.answered is None
            and each.broken is None
            # Of a succession, only its first half waits.
            and rule.template in AWAITING
            and not (
                rule.template == "succession" and case.events[each.number].name == "b"
            )
        )
        due_at = times[each.number] + timedelta(minutes=BOUND)
        is_late = False
        if rule.is_bounded and case.events[each.number].name == "a":
            ended_at = times[-1]
            if each.answered is not None:
                is_late = due_at < times[each.answered]
            elif is_awaiting:
                is_late = due_at < AS_OF
            if case.ended_as == "excluded" and ended_at <= due_at:
                is_late = False
        if is_late or each.broken is not None:
            violated += 1
        elif is_awaiting and case.ended_as is None:
            awaited += 1
        elif is_awaiting and case.ended_as == "excluded":
            activated -= 1
        elif is_awaiting:
            violated += 1
        activated += 1
    if rule.template == "four_eyes":
        names = {case.events[each.number].name for each in found}
        activated = activated if len(names) > 1 else 0
    state = (
        "violated"
        if violated
        else "violated_for_now"
        if awaited
        else "satisfied"
        if activated
        else "not_activated"
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


def said_by_first_and_last(template: str, names: list[str]) -> bool | None:
    """Return whether a whole trace keeps a template; null where it asks nothing.

    In the closed forms of the literature on DECLARE: by first and last positions.
    """
    a = [n for n, name in enumerate(names) if name == "a"]
    b = [n for n, name in enumerate(names) if name == "b"]
    pairs = list(pairwise(names))
    merged = [name for name in names if name in "ab"]
    response = not a or (bool(b) and a[-1] < b[-1])
    precedence = not a or (bool(b) and b[0] < a[0])
    kept = {
        "existence": bool(a),
        "absence": not a,
        "exactly_once": len(a) == 1,
        "init": names[0] == "a",
        "response": response,
        "alternate_response": response and ("a", "a") not in pairwise(merged),
        "chain_response": all(y == "b" for x, y in pairs if x == "a")
        and names[-1] != "a",
        "precedence": precedence,
        "alternate_precedence": precedence and ("a", "a") not in pairwise(merged),
        "chain_precedence": all(x == "b" for x, y in pairs if y == "a")
        and names[0] != "a",
        "responded_existence": bool(b),
        "succession": response and (not b or (bool(a) and a[0] < b[0])),
        "co_existence": bool(a) == bool(b),
        "not_co_existence": not (a and b),
        "not_succession": not (a and b and a[0] < b[-1]),
        "not_chain_succession": ("a", "b") not in pairs,
    }[template]
    of_both = ("succession", "co_existence", "not_co_existence")
    is_asked = template in OF_ONE or a or (template in of_both and b)
    return kept if is_asked else None


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
            kept = said_by_first_and_last(template, names)
            state = found[Rule(template).rule_id, number][0]
            assert state == words[kept], (template, names)
