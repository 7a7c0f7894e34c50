"""What mining says of variants, transitions and rework, against plain Python.

The models' own SQL is asked of small logs that are drawn, and of two public logs. Python
goes through each case event by event, and knows nothing of variants but their names.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from building import compiled, public_log
from hypothesis import given
from hypothesis import strategies as st
from searches import search

# The clock of the demo, to which dbt compiles: a Monday.
AS_OF = datetime.fromisoformat("2026-04-13 06:00:00")
JOURNEY = "desk"
MODELS = {
    "int_declared_attributes": "intermediate",
    "int_variant_steps": "intermediate",
    "int_variant_transitions": "intermediate",
    "int_variant_events": "intermediate",
    "int_variant_edges": "intermediate",
    "int_variants_described": "intermediate",
    "dim_variants": "marts",
    "int_events_repeated": "intermediate",
    "int_transitions_repeated": "intermediate",
    "fct_case_cuts": "marts",
    "int_segments_named": "intermediate",
    "fct_transitions": "marts",
    "fct_transitions_weekly": "marts",
    "fct_transitions_by_segment": "marts",
    "fct_activities": "marts",
    "fct_rework": "marts",
    "fct_ping_pong": "marts",
    "fct_variants_weekly": "marts",
}


@dataclass(frozen=True)
class Event:
    """What happened, when, by whom, where, and what it tells of a declared attribute."""

    name: str
    at: datetime
    actor: str | None = None
    channel: str | None = None
    topic: str | None = None


@dataclass(frozen=True)
class Case:
    """Events in their order; a case that has ended did so with the last of them."""

    events: tuple[Event, ...]
    ended_as: str | None = "good"
    severity: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names in their order."""
        return tuple(event.name for event in self.events)


Log = dict[str, Case]


def variant_id(names: Iterable[str]) -> str:
    """Return the id that cases of these names share, as `ordered_hash` makes it."""

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    return md5(
        str(sum(int(md5(f"{n} {name}")[:15], 16) for n, name in enumerate(names, 1)))
    )


def open_seconds(start: datetime, end: datetime) -> int:
    """Return the seconds from Monday to Friday, 9 to 17, between two instants."""
    total, day = 0.0, start.date()
    while day <= end.date():
        if day.isoweekday() <= 5:
            opens = datetime.combine(day, datetime.min.time()) + timedelta(hours=9)
            least, most = max(start, opens), min(end, opens + timedelta(hours=8))
            total += max((most - least).total_seconds(), 0)
        day += timedelta(days=1)
    return int(total)


def seconds(start: datetime, end: datetime) -> int:
    """Return whole seconds, rounded down."""
    return (end - start) // timedelta(seconds=1)


def monday(at: datetime) -> date:
    """Return the Monday of the week."""
    return at.date() - timedelta(days=at.weekday())


TYPES = {
    "text": "varchar",
    "at": "timestamp",
    "big": "bigint",
    "int": "integer",
    "flag": "boolean",
}


class Mined:
    """The models' rows on a log, each table as a list of dictionaries."""

    def __init__(self, sql: dict[str, str], log: Log, reference: set[tuple[str, str]]):
        self.connection = duckdb.connect()
        self.connection.execute("set timezone = 'UTC'; attach ':memory:' as warehouse")
        for schema in ("definitions", "intermediate", "marts"):
            self.connection.execute(f"create schema warehouse.{schema}")
        self.fill(log, reference)
        for model, query in sql.items():
            self.connection.execute(
                f"create table warehouse.{MODELS[model]}.{model} as {query}"
            )

    def put(self, name: str, columns: dict[str, tuple[str, list[Any]]]) -> None:
        """Write a table that models read, of typed columns."""
        rows = pd.DataFrame(
            {name: pd.Series(rows, dtype=object) for name, (_, rows) in columns.items()}
        )
        typed = ", ".join(
            f"cast({column} as {TYPES[kind]}) as {column}"
            for column, (kind, _) in columns.items()
        )
        self.connection.register("given_rows", rows)
        self.connection.execute(
            f"create table warehouse.{name} as select {typed} from given_rows"
        )
        self.connection.unregister("given_rows")

    def fill(self, log: Log, reference: set[tuple[str, str]]) -> None:
        """Write what the models read of a log."""
        steps = [
            (case_id, n, before, event)
            for case_id, case in log.items()
            for n, (before, event) in enumerate(
                zip([None, *case.events], case.events, strict=False), 1
            )
        ]
        self.put(
            "marts.fct_case_events",
            {
                "journey": ("text", [JOURNEY for _ in steps]),
                "case_id": ("text", [each[0] for each in steps]),
                "event_id": ("text", [f"{each[0]}-{each[1]}" for each in steps]),
                "event_number": ("int", [each[1] for each in steps]),
                "event_name": ("text", [each[3].name for each in steps]),
                "occurred_at": ("at", [each[3].at for each in steps]),
                "actor": ("text", [each[3].actor for each in steps]),
                "channel": ("text", [each[3].channel for each in steps]),
                "location": ("text", [None for _ in steps]),
                "previous_event_name": (
                    "text",
                    [each[2] and each[2].name for each in steps],
                ),
                "seconds_since_previous": (
                    "big",
                    [each[2] and seconds(each[2].at, each[3].at) for each in steps],
                ),
                "business_seconds_since_previous": (
                    "big",
                    [
                        each[2] and open_seconds(each[2].at, each[3].at)
                        for each in steps
                    ],
                ),
                "is_defined": ("flag", [True for _ in steps]),
                "is_repeat": ("flag", [False for _ in steps]),
            },
        )
        told = [(*each[:2], each[3].topic) for each in steps if each[3].topic]
        self.put(
            "marts.fct_event_attributes",
            {
                "journey": ("text", [JOURNEY for _ in told]),
                "case_id": ("text", [each[0] for each in told]),
                "event_id": ("text", [f"{each[0]}-{each[1]}" for each in told]),
                "attributes": ("text", [json.dumps({"topic": t[2]}) for t in told]),
            },
        )
        ends = {
            key: (case.events[0].at, case.events[-1].at) for key, case in log.items()
        }
        self.put(
            "marts.fct_cases",
            {
                "journey": ("text", [JOURNEY for _ in log]),
                "case_id": ("text", list(log)),
                "variant_id": (
                    "text",
                    [variant_id(case.names) for case in log.values()],
                ),
                "severity": ("text", [case.severity for case in log.values()]),
                "started_at": ("at", [start for start, _ in ends.values()]),
                "ended_at": (
                    "at",
                    [log[key].ended_as and end for key, (_, end) in ends.items()],
                ),
                "ended_as": ("text", [case.ended_as for case in log.values()]),
                "was_abandoned": ("flag", [False for _ in log]),
                "is_open": ("flag", [not case.ended_as for case in log.values()]),
                "last_event_name": (
                    "text",
                    [case.names[-1] for case in log.values()],
                ),
                "elapsed_seconds": (
                    "big",
                    [seconds(start, end) for start, end in ends.values()],
                ),
                "business_seconds": (
                    "big",
                    [open_seconds(start, end) for start, end in ends.values()],
                ),
            },
        )
        self.put(
            "definitions.reference_transitions",
            {
                "journey": ("text", [JOURNEY for _ in reference]),
                "from_event": ("text", [before for before, _ in reference]),
                "to_event": ("text", [after for _, after in reference]),
            },
        )
        first = min(start for start, _ in ends.values()).replace(hour=0, minute=0)
        last = max(end for _, end in ends.values())
        self.connection.execute(
            f"""
            create table warehouse.definitions.journeys as
            select '{JOURNEY}' as journey, 'office' as calendar;
            create table warehouse.definitions.journey_attributes as
            select '{JOURNEY}' as journey, 'topic' as attribute;
            create table warehouse.intermediate.int_journey_timezones as
            select '{JOURNEY}' as journey, 'UTC' as timezone;
            create table warehouse.intermediate.int_calendar_hours as
            with hours as (
                select
                    unnest(range(
                        date_trunc('hour', timestamp '{first}'),
                        timestamp '{last}' + interval 2 hours,
                        interval 1 hour
                    )) as hour_started_at
            )
            select
                'office' as calendar,
                hour_started_at,
                if(
                    isodow(hour_started_at) <= 5
                    and hour(hour_started_at) between 9 and 16,
                    (1::bigint << 60) - 1,
                    0
                ) as open_minutes,
                cast(
                    coalesce(
                        sum(cast(bit_count(open_minutes) as bigint) * 60) over (
                            order by hour_started_at
                            rows between unbounded preceding and 1 preceding
                        ), 0
                    ) as bigint
                ) as open_seconds_before
            from hours
            """
        )

    def __getitem__(self, model: str) -> list[dict[str, Any]]:
        """Return the rows of a model."""
        cursor = self.connection.execute(f"from warehouse.{MODELS[model]}.{model}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def keyed(self, model: str, *keys: str) -> dict[Any, dict[str, Any]]:
        """Return the rows of a model by their keys, of which each is there once."""
        rows = self[model]
        found = {tuple(row[key] for key in keys): row for row in rows}
        assert len(found) == len(rows), model
        return found


Miner = Callable[..., Mined]


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Miner:
    sql = compiled(tmp_path_factory.mktemp("home"), *MODELS)
    return lambda log, reference=frozenset(): Mined(sql, log, set(reference))


# ---- the same in Python


def middle(values: list[float]) -> float | None:
    return float(median(values)) if values else None


def ninth(values: list[float]) -> float | None:
    return float(np.percentile(values, 90)) if values else None


def close(found: float | None, right: float | None) -> bool:
    if found is None or right is None:
        return found is right
    return found == pytest.approx(right, rel=1e-9, abs=1e-9)


def collapsed(names: tuple[str, ...]) -> tuple[str, ...]:
    """Shorten loops by replacing, one at a time, what stands there a third time."""
    kept: list[str] = []
    for name in names:
        if kept[-2:] != [name, name]:
            kept.append(name)
    place = 0
    while place + 6 <= len(kept):
        one, other = kept[place : place + 2]
        if one != other and kept[place : place + 6] == [one, other] * 3:
            del kept[place : place + 2]
        else:
            place += 1
    return tuple(kept)


def check_variants(mined: Mined, log: Log, reference: set[tuple[str, str]]) -> None:
    cases = defaultdict(list)
    for case in log.values():
        cases[case.names].append(case)
    rows = mined.keyed("dim_variants", "variant_id")
    assert len(rows) == len(cases)
    ended = sum(case.ended_as is not None for case in log.values())
    for names, those in cases.items():
        row = rows[(variant_id(names),)]
        done = [case for case in those if case.ended_as]
        lasted = [(case.events[0].at, case.events[-1].at) for case in done]
        assert row["variant"] == " > ".join(names)
        assert row["collapsed_variant"] == " > ".join(collapsed(names))
        assert row["collapsed_variant_id"] == variant_id(collapsed(names))
        assert (row["case_count"], row["ended_count"]) == (len(those), len(done))
        assert row["open_count"] == len(those) - len(done)
        assert close(row["case_share"], len(done) / ended if ended else None)
        assert close(row["median_seconds"], middle([seconds(*each) for each in lasted]))
        assert close(row["p90_seconds"], ninth([seconds(*each) for each in lasted]))
        assert close(
            row["median_business_seconds"],
            middle([open_seconds(*each) for each in lasted]),
        )
        assert row["first_seen_at"] == min(case.events[0].at for case in those)
        assert row["last_seen_at"] == max(case.events[0].at for case in those)
        on_path = all(edge in reference for edge in pairwise(("[start]", *names)))
        assert row["is_on_reference"] == (on_path if reference else None)
    ranked = sorted(
        (row for row in rows.values() if row["ended_count"]),
        key=lambda row: row["variant_rank"],
    )
    assert [row["variant_rank"] for row in ranked] == list(range(1, len(ranked) + 1))
    counts = [row["ended_count"] for row in ranked]
    assert counts == sorted(counts, reverse=True)
    for n, row in enumerate(ranked, 1):
        assert close(row["cumulative_share"], sum(counts[:n]) / ended)
    happy = [row for row in rows.values() if row["is_happy_path"]]
    could_be = [
        row["good_count"]
        for row in rows.values()
        if row["good_count"] and row["is_on_reference"] is not False
    ]
    assert [row["good_count"] for row in happy] == [max(could_be)] if could_be else True
    assert len(happy) == bool(could_be)
    assert all(row["is_on_reference"] is not False for row in happy)


def check_transitions(mined: Mined, log: Log, reference: set[tuple[str, str]]) -> None:
    count: Counter[Any] = Counter()
    cases, lasted, worked = defaultdict(set), defaultdict(list), defaultdict(list)
    weeks, week_cases = Counter(), defaultdict(set)
    with_event = defaultdict(set)
    for case_id, case in log.items():
        for event in (Event("[start]", case.events[0].at), *case.events):
            with_event[event.name].add(case_id)
        for before, event in pairwise((None, *case.events)):
            edge = (before.name if before else "[start]", event.name)
            count[edge] += 1
            cases[edge].add(case_id)
            weeks[monday(event.at), *edge] += 1
            week_cases[monday(event.at), *edge].add(case_id)
            if before:
                lasted[edge].append(seconds(before.at, event.at))
                worked[edge].append(open_seconds(before.at, event.at))
        edge = (case.names[-1], "[end]" if case.ended_as else "[open]")
        count[edge] += 1
        cases[edge].add(case_id)
    rows = mined.keyed("fct_transitions", "from_event", "to_event")
    assert {edge: row["transition_count"] for edge, row in rows.items()} == count
    for edge, row in rows.items():
        assert row["case_count"] == len(cases[edge])
        assert close(row["case_share"], len(cases[edge]) / len(with_event[edge[0]]))
        assert row["is_self_loop"] == (edge[0] == edge[1])
        known = bool(reference) and edge[1] not in {"[end]", "[open]"}
        assert row["is_reference"] == (edge in reference if known else None)
        for name, values in (("", lasted[edge]), ("_business", worked[edge])):
            assert close(row[f"median{name}_seconds"], middle(values))
            assert close(row[f"p90{name}_seconds"], ninth(values))
            mean = sum(values) / len(values) if values else None
            assert close(row[f"mean{name}_seconds"], mean)
    weekly = mined.keyed(
        "fct_transitions_weekly", "week_date", "from_event", "to_event"
    )
    assert {key: row["transition_count"] for key, row in weekly.items()} == weeks
    for key, row in weekly.items():
        assert row["case_count"] == len(week_cases[key])
        assert row["is_complete"] == (key[0] + timedelta(days=7) <= AS_OF.date())


def actor_class(one: str | None, other: str | None) -> str:
    if one is None or other is None:
        return "unknown"
    return "same" if one == other else "other"


def places_of(log: Log) -> Iterator[tuple[Case, str, list[int]]]:
    """Yield where each name stands in each case, from 0."""
    for case in log.values():
        for name in set(case.names):
            yield case, name, [n for n, each in enumerate(case.names) if each == name]


def runs_of(places: list[int]) -> list[list[int]]:
    """Return the places in lists of those that follow each other."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def check_rework(mined: Mined, log: Log) -> None:
    count: Counter[tuple[str, str]] = Counter()
    loops, worked = defaultdict(list), defaultdict(list)
    for case, name, places in places_of(log):
        events = case.events
        count[name, "event_count"] += len(places)
        count[name, "case_count"] += 1
        count[name, "rework_case_count"] += len(places) > 1
        for before, place in pairwise(places):
            is_loop = place - before == 1
            compared = events[before if is_loop else places[0]].actor
            kind = "self_loop" if is_loop else "repetition"
            count[name, f"{kind}_count"] += 1
            found = actor_class(events[place].actor, compared)
            count[name, f"{kind}_{found}_actor_count"] += 1
            loops[name].append(seconds(events[before].at, events[place].at))
            worked[name].append(open_seconds(events[before].at, events[place].at))
        for run in runs_of(places):
            classes = [
                actor_class(events[a].actor, events[b].actor) for a, b in pairwise(run)
            ]
            if classes:
                order = ("other", "unknown", "same")
                count[name, "self_loop_run_count"] += 1
                count[
                    name, f"self_loop_run_{min(classes, key=order.index)}_actor_count"
                ] += 1
    rows = mined.keyed("fct_rework", "event_name")
    assert {name for (name,) in rows} == {name for name, _ in count}
    for (name,), row in rows.items():
        counts = {column: row[column] for column in row if column.endswith("_count")}
        assert counts == {column: count[name, column] for column in counts}
        assert row["rework_seconds"] == sum(loops[name])
        assert row["rework_business_seconds"] == sum(worked[name])
        assert close(row["median_loop_seconds"], middle(loops[name]))


def check_ping_pong(mined: Mined, log: Log) -> None:
    turns: defaultdict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for case_id, case in log.items():
        for before, between, back in zip(
            case.events, case.events[1:], case.events[2:], strict=False
        ):
            if before.name == back.name != between.name:
                turns[before.name, between.name].append(
                    (case_id, seconds(before.at, back.at))
                )
    rows = mined.keyed("fct_ping_pong", "from_event", "via_event")
    assert set(rows) == set(turns)
    for pair, row in rows.items():
        assert row["occurrence_count"] == len(turns[pair])
        assert row["case_count"] == len({case_id for case_id, _ in turns[pair]})
        assert close(
            row["median_seconds"], middle([lasted for _, lasted in turns[pair]])
        )


def check_activities(mined: Mined, log: Log) -> None:
    rows = mined.keyed("fct_activities", "event_name")
    assert {name for (name,) in rows} == {
        n for case in log.values() for n in case.names
    }
    for (name,), row in rows.items():
        events = [e for case in log.values() for e in case.events if e.name == name]
        having = [case for case in log.values() if name in case.names]
        apart = [
            later - place - 1
            for case in having
            for place, later in pairwise(
                n for n, each in enumerate(case.names) if each == name
            )
        ]
        waited = [
            seconds(before.at, event.at)
            for case in having
            for before, event in pairwise(case.events)
            if event.name == name
        ]
        assert row["event_count"] == len(events)
        assert row["case_count"] == len(having)
        assert close(row["case_share"], len(having) / len(log))
        assert row["actor_count"] == len({e.actor for e in events} - {None})
        assert row["minimum_self_distance"] == min(apart, default=None)
        assert close(row["median_seconds"], middle(waited))
        assert close(row["p90_seconds"], ninth(waited))
        assert row["first_seen_at"] == min(e.at for e in events)
        assert row["last_seen_at"] == max(e.at for e in events)
        for place, index in (("first", 0), ("last", -1)):
            ends = [
                case.ended_as is not None
                for case in log.values()
                if case.names[index] == name
            ]
            assert row[f"{place}_of_ended_count"] == sum(ends)
            assert row[f"{place}_of_open_count"] == len(ends) - sum(ends)


def check_weeks(mined: Mined, log: Log) -> None:
    started, ended, still_open = Counter(), Counter(), Counter()
    for case in log.values():
        key = monday(case.events[0].at), variant_id(case.names)
        started[key] += 1
        still_open[key] += case.ended_as is None
        if case.ended_as:
            ended[monday(case.events[-1].at), variant_id(case.names)] += 1
    busy = {week for week, _ in ended}
    week = timedelta(days=7)
    vanished = {}
    for monday_of, names in {(day + week, names) for day, names in ended}:
        before = [ended[monday_of - n * week, names] for n in range(1, 5)]
        over = monday_of + week <= AS_OF.date()
        if all(before) and not ended[monday_of, names] and over and monday_of in busy:
            vanished[monday_of, names] = sum(before)
    rows = mined.keyed("fct_variants_weekly", "week_date", "variant_id")
    assert set(rows) == {*started, *(+ended), *vanished}
    for (day, names), row in rows.items():
        key = day, names
        over = day + week <= AS_OF.date()
        assert row["started_count"] == started[key]
        assert row["open_count"] == still_open[key]
        assert row["ended_count"] == ended[key]
        assert row["is_complete"] == over
        is_new = ended[key] > 0 and not any(
            count and those == names and other < day
            for (other, those), count in ended.items()
        )
        if not busy:
            assert row["is_new"] is None
        else:
            assert row["is_new"] == (None if day == min(busy) else is_new)
        judged = over and day in busy
        assert row["is_vanishing"] == (key in vanished if judged else None)
        assert row["four_weeks_count"] == vanished.get(key)


def check_segments(mined: Mined, log: Log) -> None:
    of_cut: defaultdict[str, list[tuple[str, str, tuple[str, str], int | None]]]
    of_cut = defaultdict(list)
    for case_id, case in log.items():
        topic = next((e.topic for e in reversed(case.events) if e.topic), None)
        for before, event in pairwise((None, *case.events)):
            edge = (before.name if before else "[start]", event.name)
            lasted = before and seconds(before.at, event.at)
            for cut, value in (
                ("channel", event.channel),
                ("severity", case.severity),
                ("attributes.topic", topic),
            ):
                if value is not None:
                    of_cut[cut].append((value, case_id, edge, lasted))
    right = {}
    for cut, steps in of_cut.items():
        if cut == "channel":
            counts = Counter(value for value, *_ in steps)
        else:
            counts = Counter(value for value, _ in {(v, case) for v, case, *_ in steps})
        ranked = sorted(counts, key=lambda value: (-counts[value], value))
        named = {value for value in ranked[:50] if counts[value] >= 10}
        grouped = defaultdict(list)
        for value, case_id, edge, lasted in steps if named else ():
            segment = value if value in named else "[other]"
            grouped[cut, segment, *edge].append((case_id, lasted))
        for key, those in grouped.items():
            right[key] = (
                len(those),
                len({case_id for case_id, _ in those}),
                middle([lasted for _, lasted in those if lasted is not None]),
            )
    rows = mined.keyed(
        "fct_transitions_by_segment", "cut", "cut_value", "from_event", "to_event"
    )
    assert set(rows) == set(right)
    for key, row in rows.items():
        assert (row["transition_count"], row["case_count"]) == right[key][:2]
        assert close(row["median_seconds"], right[key][2])


def check(mined: Mined, log: Log, reference: set[tuple[str, str]]) -> None:
    check_variants(mined, log, reference)
    check_transitions(mined, log, reference)
    check_rework(mined, log)
    check_ping_pong(mined, log)
    check_activities(mined, log)
    check_weeks(mined, log)
    check_segments(mined, log)


# ---- logs that are drawn

# Seven weeks, the last of them not over.
BEGIN = datetime.fromisoformat("2026-03-02 00:00:00")
step = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from([0, 60, 3600, 9 * 3600, 86400 * 3 + 1]),
    st.sampled_from(["ann", "bob", None]),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    at = BEGIN + timedelta(hours=draw(st.integers(0, 41 * 24)))
    events = []
    for name, waited, actor in draw(st.lists(step, min_size=1, max_size=9)):
        at = min(at + timedelta(seconds=waited), AS_OF)
        events.append(Event(name, at, actor))
    return Case(tuple(events), draw(st.sampled_from(["good", "good", "bad", None])))


edges = st.sets(
    st.sampled_from([(a, b) for a in ("[start]", *"abc") for b in "abc"]), max_size=12
)


@given(st.lists(cases(), min_size=1, max_size=12), edges)
@search(gate=12, deep=2000)
def test_drawn_logs_are_mined_as_python_does(
    mined: Miner, drawn: list[Case], reference: set[tuple[str, str]]
) -> None:
    log = {f"case {n}": case for n, case in enumerate(drawn)}
    check(mined(log, reference), log, reference)


@pytest.mark.parametrize(
    ("names", "shortened"),
    [
        ("ab", "ab"),
        ("aab", "aab"),
        ("aaaab", "aab"),
        ("ababab", "abab"),
        ("abababc", "ababc"),
        ("abababac", "ababac"),
        ("ababac", "ababac"),
        ("aabaabaab", "aabaabaab"),
        ("abcabcabc", "abcabcabc"),
        ("abababcbcbcb", "ababcbcb"),
        ("aaabababb", "aababb"),
        ("caaac", "caac"),
    ],
)
def test_short_loops_have_two_rounds(mined: Miner, names: str, shortened: str) -> None:
    log = {"case": Case(tuple(Event(name, BEGIN) for name in names))}
    (row,) = mined(log)["dim_variants"]
    assert row["collapsed_variant"] == " > ".join(shortened)
    assert collapsed(tuple(names)) == tuple(shortened)


def test_a_variant_that_ends_no_more_is_missed_once(mined: Miner) -> None:
    """Not in the week that is not over, nor in one in which nothing ended at all."""

    def ending(week: int, names: str) -> Case:
        at = BEGIN + timedelta(days=7 * week + 1)
        return Case(tuple(Event(name, at) for name in names))

    weeks = {"ab": (0, 1, 2, 3), "ac": (0, 1, 2, 3, 5), "b": (1, 2, 3, 5)}
    log = {
        f"{names} {week}": ending(week, names)
        for names, those in weeks.items()
        for week in those
    }
    rows = mined(log)["fct_variants_weekly"]
    # Nothing ended in the fifth week: the feed may have died.
    assert [row for row in rows if row["is_vanishing"]] == []
    log["c"] = ending(4, "c")
    rows = mined(log)["fct_variants_weekly"]
    assert [
        (row["variant"], str(row["week_date"]), row["four_weeks_count"])
        for row in rows
        if row["is_vanishing"]
    ] == [("a > b", "2026-03-30", 4), ("a > c", "2026-03-30", 4)]
    # The sixth week is over, the seventh has begun; new is what ended so first.
    assert {
        (row["variant"], str(row["week_date"])) for row in rows if row["is_new"]
    } == {
        ("b", "2026-03-09"),
        ("c", "2026-03-30"),
    }


# ---- public logs


def real_log(path: str, channel: str, topic: str) -> Log:
    """Return a public log in the order of time, then of its rows, to the second."""
    rows = duckdb.sql(
        f"""
        select
            "case:concept:name", "concept:name",
            date_trunc('second', cast("time:timestamp" as timestamp)), "org:resource", "{channel}", "{topic}"
        from (
            select *, row_number() over () as place from '{public_log(path)}'
        )
        order by "time:timestamp", place
        """
    ).fetchall()
    events = defaultdict(list)
    for case_id, name, at, actor, of_channel, of_topic in rows:
        events[case_id].append(Event(name, at, actor, of_channel, of_topic))
    # Some are left open.
    return {
        case_id: Case(
            tuple(those),
            (None, "good", "bad", "good", "good")[n % 5],
            (None, "high", "low")[n % 3],
        )
        for n, (case_id, those) in enumerate(events.items())
    }


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "channel", "topic", "facts"),
    [
        ("receipt", "org:group", "case:channel", (8577, 1434, 116)),
        ("helpdesk", "support_section", "product", (21348, 4580, 226)),
    ],
)
def test_public_logs_are_mined_as_python_does(
    mined: Miner, name: str, channel: str, topic: str, facts: tuple[int, int, int]
) -> None:
    log = real_log(f"event_logs/{name}.parquet", channel, topic)
    reference = {
        edge
        for case in list(log.values())[:200]
        for edge in pairwise(("[start]", *case.names))
    }
    found = mined(log, reference)
    check(found, log, reference)
    rows = found["dim_variants"]
    events = sum(row["event_count"] * row["case_count"] for row in rows)
    assert (events, sum(row["case_count"] for row in rows), len(rows)) == facts
