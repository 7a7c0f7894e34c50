"""Deadlines in SQL against a walk through the minutes of a case.

dbt renders the models once; each example runs that SQL in a DuckDB of its own. The walk
knows no formula: minute by minute it asks whether the clock runs, what is known of the
case, and whether the time that it has then is used up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

import duckdb
import pytest
from building import compiled
from hypothesis import given
from hypothesis import strategies as st
from searches import search
from wall_clock import Calendar, Hours, MinuteCount, Opening

MODELS = (
    *("int_calendar_openings", "int_calendar_hours", "int_calendar_open_hours"),
    *("int_slo_thresholds", "int_slo_deadlines_moved"),
)
# A week with the change of the clock in Berlin, and time enough for every deadline.
STARTS_AT = datetime.fromisoformat("2026-03-25")
WEEK, SPAN_DAYS = 7, 90
EVER, NEVER = datetime.fromisoformat("1000-01-01"), datetime.fromisoformat("9999-12-31")
CALENDARS = {
    "office": Calendar(
        "Europe/Berlin",
        [Opening(day, Hours(540, 720)) for day in range(1, 6)]
        + [Opening(day, Hours(780, 1020)) for day in range(1, 6)],
    ),
    "always": Calendar("UTC", [Opening(day, Hours(0, 1440)) for day in range(1, 8)]),
}
INPUTS = """
attach ':memory:' as warehouse;
create schema warehouse.definitions;
create schema warehouse.intermediate;
create schema warehouse.marts;
create table warehouse.definitions.calendars (
    calendar varchar, timezone varchar, weekday integer,
    opens_at varchar, closes_at varchar, valid_from date
);
create table warehouse.definitions.calendar_exceptions (
    calendar varchar, exception_date date, opens_at varchar, closes_at varchar
);
create table warehouse.intermediate.int_calendar_span (
    starts_at timestamp, ends_at timestamp
);
create table warehouse.definitions.slo_thresholds (
    slo_id varchar, severity varchar, threshold_minutes integer, valid_from timestamp
);
create table warehouse.definitions.slo_pauses (
    slo_id varchar, state varchar, valid_from timestamp
);
create table warehouse.intermediate.int_slo_clocks (
    slo_id varchar, indicator varchar, to_event varchar, promise varchar,
    calendar varchar, journey varchar, case_id varchar, severity varchar,
    needs_promise boolean, needs_deadline boolean, from_at timestamp,
    from_number bigint, promised_at timestamp
);
create table warehouse.intermediate.int_case_versions (
    journey varchar, case_id varchar, severity varchar, due_at timestamp,
    known_from timestamp, known_until timestamp
);
create table warehouse.intermediate.int_promise_versions (
    journey varchar, case_id varchar, promise varchar, due_at timestamp,
    known_from timestamp, known_until timestamp
);
create table warehouse.marts.fct_case_events (
    journey varchar, case_id varchar, event_number bigint, event_name varchar,
    occurred_at timestamp
);
create table warehouse.intermediate.int_state_visits (
    journey varchar, case_id varchar, state varchar, entered_at timestamp,
    exited_at timestamp, ends_case boolean
);
create table warehouse.intermediate.int_case_endings (
    journey varchar, case_id varchar, ended_at timestamp, reopened_at timestamp
);
"""
# Minutes by severity; a case of none has that of the star.
THRESHOLDS = {"P1": 120, "P2": 480, "*": 1500}
# P1 is asked for less from an instant on.
P1_LATER, LATER_FROM = 60, STARTS_AT + timedelta(days=3)


@dataclass(frozen=True)
class Case:
    """What happened to a case; times are minutes since the span began.

    A wait is entered and left, the last one perhaps not. `said` is the severity first
    said, and what was said at later minutes.
    """

    calendar: str
    from_minute: int
    arrived: int | None
    waits: list[tuple[int, int | None]]
    said: list[tuple[int, str | None]]


def instant(minute: int) -> datetime:
    return STARTS_AT + timedelta(minutes=minute)


@cache
def open_minutes(calendar: str) -> list[bool]:
    return MinuteCount(CALENDARS[calendar], STARTS_AT, SPAN_DAYS).is_open


def severity_at(case: Case, minute: int) -> str | None:
    return [severity for since, severity in case.said if since <= minute][-1]


def threshold_of(case: Case, severity: str | None) -> int:
    if severity == "P1" and instant(case.from_minute) >= LATER_FROM:
        return P1_LATER
    return THRESHOLDS.get(severity or "*", THRESHOLDS["*"])


def walked(case: Case) -> datetime | None:
    """Return the deadline as it was known when the case was settled."""
    is_open = open_minutes(case.calendar)
    # When the clock of each severity runs out, were the severity known all along.
    runs_out: dict[int, int] = {}
    worked = 0
    for minute in range(case.from_minute, SPAN_DAYS * 1440):
        waits = any(
            entered <= minute and (left is None or minute < left)
            for entered, left in case.waits
        )
        has_arrived = case.arrived is not None and minute >= case.arrived
        worked += is_open[minute] and (has_arrived or not waits)
        runs_out.setdefault(worked, minute + 1)
    for minute in range(case.from_minute, WEEK * 1440 + 1):
        deadline = runs_out.get(threshold_of(case, severity_at(case, minute)))
        if deadline is not None and (deadline <= minute or minute == case.arrived):
            said_at = max(
                since for since, _ in case.said if since <= minute or since == 0
            )
            return instant(max(deadline, said_at))
    deadline = runs_out.get(threshold_of(case, case.said[-1][1]))
    return None if deadline is None else instant(max(deadline, case.said[-1][0]))


minutes = st.integers(1, WEEK * 1440).map(lambda minute: minute // 10 * 10)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    edges = sorted(draw(st.sets(minutes, max_size=6)))
    waits: list[tuple[int, int | None]] = list(pairwise(edges))[::2]
    if edges and draw(st.booleans()):
        waits.append((edges[-1] + 10, None))
    said_at = sorted(draw(st.sets(minutes.filter(bool), max_size=3)))
    severities = st.sampled_from(["P1", "P2", None])
    said = [(0, draw(severities)), *((minute, draw(severities)) for minute in said_at)]
    from_minute = draw(minutes)
    arrived = draw(st.none() | minutes)
    return Case(
        draw(st.sampled_from(sorted(CALENDARS))),
        from_minute,
        None if arrived is None or arrived <= from_minute else arrived,
        waits,
        said,
    )


Row = tuple[str, tuple[object, ...]]


def definitions() -> Iterator[Row]:
    """Yield the rows of the definitions, each with its table."""
    for name, calendar in CALENDARS.items():
        for opening in calendar.openings:
            assert opening.hours
            clock = opening.hours.texts()
            yield (
                "definitions.calendars",
                (name, calendar.zone, opening.weekday, *clock, None),
            )
    ends_at = STARTS_AT + timedelta(days=SPAN_DAYS)
    yield "intermediate.int_calendar_span", (STARTS_AT, ends_at)
    for severity, threshold in THRESHOLDS.items():
        yield "definitions.slo_thresholds", ("slo", severity, threshold, None)
    yield "definitions.slo_thresholds", ("slo", "P1", P1_LATER, LATER_FROM)
    yield "definitions.slo_pauses", ("slo", "waiting", None)


def rows_of(case: Case, number: int) -> Iterator[Row]:
    """Yield the rows of a case, each with its table."""
    key = ("desk", str(number))
    asked = ("slo", "latency", "solved", None, case.calendar)
    started = (case.said[-1][1], False, True, instant(case.from_minute), 1, None)
    yield "intermediate.int_slo_clocks", (*asked, *key, *started)
    if len(case.said) > 1:
        for (since, severity), (until, _) in pairwise([*case.said, (-1, None)]):
            span = (
                instant(since) if since else EVER,
                NEVER if until < 0 else instant(until),
            )
            yield "intermediate.int_case_versions", (*key, severity, None, *span)
    for entered, left in case.waits:
        visit = (instant(entered), left and instant(left))
        yield "intermediate.int_state_visits", (*key, "waiting", *visit, False)
    if case.arrived:
        yield "marts.fct_case_events", (*key, 2, "solved", instant(case.arrived))


@dataclass(frozen=True)
class Deadlines:
    """The project's SQL, in the order of its building."""

    models: dict[str, str]

    def of(self, cases: list[Case]) -> list[datetime | None]:
        """Return the deadline of each case."""
        rows = list(definitions())
        for number, case in enumerate(cases):
            rows += rows_of(case, number)
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(INPUTS)
            for table, values in rows:
                marks = ", ".join("?" for _ in values)
                connection.execute(
                    f"insert into warehouse.{table} values ({marks})", values
                )
            for name, query in self.models.items():
                connection.execute(
                    f"create table warehouse.intermediate.{name} as {query}"
                )
            found = connection.execute(
                "select case_id, deadline_at"
                " from warehouse.intermediate.int_slo_deadlines_moved"
            ).fetchall()
        deadlines = dict(found)
        assert len(deadlines) == len(found)
        # What never waited and was never another keeps its plain deadline.
        moved = [bool(case.waits) or len(case.said) > 1 for case in cases]
        assert deadlines.keys() == {
            str(number) for number, is_moved in enumerate(moved) if is_moved
        }
        return [
            deadlines[str(number)] if is_moved else walked(cases[number])
            for number, is_moved in enumerate(moved)
        ]


@pytest.fixture(scope="module")
def deadlines(tmp_path_factory: pytest.TempPathFactory) -> Deadlines:
    """Return the project's SQL as dbt renders it."""
    home = tmp_path_factory.mktemp("home")
    return Deadlines(compiled(home, *MODELS))


@search(gate=15, deep=1000)
@given(st.lists(cases(), min_size=1, max_size=10))
def test_a_deadline_is_where_the_walk_ends(
    deadlines: Deadlines, several: list[Case]
) -> None:
    assert deadlines.of(several) == [walked(case) for case in several]
