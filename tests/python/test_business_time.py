"""Business time in SQL against a count of minutes by the clock on the wall.

dbt renders the models and macros once; each example runs that SQL over its own
calendars in a DuckDB of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
MODELS = ("int_calendar_openings", "int_calendar_hours", "int_calendar_open_hours")
MEASUREMENT = """
with

measured as (

    {{ offpath.business_seconds_between(
        "questions", "calendar", "from_at", "to_at", "business_seconds"
    ) }}

),

due as (

    {{ offpath.business_time_added(
        "measured", "calendar", "from_at", "minutes", "due_at"
    ) }}

)

select business_seconds, due_at
from due
order by question_number
"""

INPUTS = """
attach ':memory:' as warehouse;
create schema warehouse.definitions;
create schema warehouse.intermediate;
create table warehouse.definitions.calendars (
    calendar varchar, timezone varchar, weekday integer,
    opens_at varchar, closes_at varchar
);
create table warehouse.definitions.calendar_holidays (
    calendar varchar, holiday_date date
);
create table warehouse.intermediate.int_calendar_span (
    starts_at timestamp, ends_at timestamp
);
create table questions (
    question_number integer, calendar varchar,
    from_at timestamp, to_at timestamp, minutes integer
);
"""

# Each span of days holds a change of the clock in one of the zones; Lord Howe changes
# by half an hour, São Paulo did it at midnight, Kathmandu is 05:45 ahead.
SPAN_DAYS = 21
SPAN_STARTS = [
    datetime(2017, 10, 6),
    datetime(2018, 2, 9),
    datetime(2026, 3, 20),
    datetime(2026, 3, 27),
    datetime(2026, 9, 25),
    datetime(2026, 10, 16),
]
ZONES = [
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "UTC",
]


@dataclass(frozen=True)
class Opening:
    """An opening on a weekday (1 Monday), from one minute of the day to another."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True)
class Calendar:
    """A calendar as the seeds define it."""

    zone: str
    openings: list[Opening]
    holidays: set[date] = field(default_factory=set)

    def is_open(self, instant: datetime) -> bool:
        """Return whether the clock on the wall shows open time at an instant of UTC."""
        wall = instant.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone))
        minute = wall.hour * 60 + wall.minute
        return wall.date() not in self.holidays and any(
            opening.weekday == wall.isoweekday()
            and opening.opens <= minute < opening.closes
            for opening in self.openings
        )


@dataclass(frozen=True)
class Question:
    """How long is it from one instant to another, and when are the minutes over?"""

    calendar: int | None
    from_at: datetime
    to_at: datetime
    minutes: int


class MinuteCount:
    """Open seconds since the start of a span, counted minute by minute."""

    def __init__(self, calendar: Calendar, starts_at: datetime, days: int) -> None:
        self.starts_at = starts_at
        self.is_open = [
            calendar.is_open(starts_at + timedelta(minutes=minute))
            for minute in range(days * 1440)
        ]
        self.until = list(accumulate((60 * each for each in self.is_open), initial=0))

    def seconds_at(self, instant: datetime) -> int:
        minute, second = divmod(int((instant - self.starts_at).total_seconds()), 60)
        return self.until[minute] + (second if self.is_open[minute] else 0)

    def seconds_between(self, from_at: datetime, to_at: datetime) -> int:
        return max(0, self.seconds_at(to_at) - self.seconds_at(from_at))

    def due_at(self, from_at: datetime, minutes: int) -> datetime | None:
        """Return the first instant at which the minutes have passed."""
        if minutes == 0:
            return from_at
        target = self.seconds_at(from_at) + minutes * 60
        for minute, seconds in enumerate(self.until[1:]):
            if seconds >= target:
                return self.starts_at + timedelta(
                    minutes=minute, seconds=target - self.until[minute]
                )
        return None


@dataclass(frozen=True)
class BusinessTime:
    """The project's SQL: the models in the order of their building, and the macros."""

    models: dict[str, str] = field(repr=False)
    measurement: str = field(repr=False)

    def answers(
        self,
        calendars: list[Calendar],
        starts_at: datetime,
        days: int,
        questions: list[Question],
    ) -> list[tuple[int | None, datetime | None]]:
        """Return business seconds and due time of each question."""
        if not questions:
            return []
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(INPUTS)
            for number, calendar in enumerate(calendars):
                connection.executemany(
                    "insert into warehouse.definitions.calendars values (?, ?, ?, ?, ?)",
                    [
                        (
                            str(number),
                            calendar.zone,
                            opening.weekday,
                            clock_text(opening.opens),
                            clock_text(opening.closes),
                        )
                        for opening in calendar.openings
                    ],
                )
                for holiday in calendar.holidays:
                    connection.execute(
                        "insert into warehouse.definitions.calendar_holidays "
                        "values (?, ?)",
                        [str(number), holiday],
                    )
            connection.execute(
                "insert into warehouse.intermediate.int_calendar_span values (?, ?)",
                [starts_at, starts_at + timedelta(days=days)],
            )
            connection.executemany(
                "insert into questions values (?, ?, ?, ?, ?)",
                [
                    (
                        number,
                        None if question.calendar is None else str(question.calendar),
                        question.from_at,
                        question.to_at,
                        question.minutes,
                    )
                    for number, question in enumerate(questions)
                ],
            )
            for name, query in self.models.items():
                connection.execute(
                    f"create table warehouse.intermediate.{name} as {query}"
                )
            return connection.execute(self.measurement).fetchall()


def clock_text(minute: int) -> str:
    """Return a minute of the day as ``HH:MM``, up to ``24:00``."""
    return f"{minute // 60:02}:{minute % 60:02}"


@pytest.fixture(scope="module")
def business_time(tmp_path_factory: pytest.TempPathFactory) -> BusinessTime:
    """Return the project's SQL as dbt renders it."""
    home = tmp_path_factory.mktemp("home")

    def compiled(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603
            [
                Path(sys.executable).with_name("dbt"),
                "--quiet",
                "--no-use-colors",
                "compile",
                "--no-populate-cache",
                *arguments,
            ],
            cwd=ROOT,
            env=os.environ
            | {
                "OFFPATH_HOME": str(home),
                "DBT_PROFILES_DIR": str(ROOT / "profiles"),
                "DBT_TARGET_PATH": str(home / "target"),
                "DBT_LOG_PATH": str(home / "logs"),
            },
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    measurement = compiled("--inline", MEASUREMENT)
    compiled("--select", *MODELS)
    folder = home / "target/compiled/offpath/models/intermediate/calendars"
    return BusinessTime(
        {name: (folder / f"{name}.sql").read_text() for name in MODELS}, measurement
    )


# Hours that a clock may show twice or never are left to the unit tests of
# `int_calendar_openings`: what opens in one of them is a convention. Midnight is in.
minutes_of_day = st.one_of(
    st.sampled_from([0, 540, 720, 1020, 1440]), st.integers(4 * 60, 22 * 60)
)
openings = st.builds(
    lambda weekday, edges: Opening(weekday, min(edges), max(edges)),
    st.integers(1, 7),
    st.lists(minutes_of_day, min_size=2, max_size=2, unique=True),
)


@st.composite
def puzzles(
    draw: st.DrawFn,
) -> tuple[list[Calendar], datetime, list[Question]]:
    """Draw calendars, the start of a span, and questions within it."""
    starts_at = draw(st.sampled_from(SPAN_STARTS))
    days_of_span = st.integers(0, SPAN_DAYS).map(
        lambda day: (starts_at + timedelta(days=day)).date()
    )
    calendars = draw(
        st.lists(
            st.builds(
                Calendar,
                st.sampled_from(ZONES),
                st.lists(openings, min_size=1, max_size=12),
                st.sets(days_of_span, max_size=3),
            ),
            min_size=1,
            max_size=2,
        )
    )
    # Some seconds, for edges of minutes, and some whole hours, for those of openings.
    instants = st.one_of(
        st.integers(0, SPAN_DAYS * 86400 - 1),
        st.integers(0, SPAN_DAYS * 24 - 1).map(lambda hour: hour * 3600),
    ).map(lambda second: starts_at + timedelta(seconds=second))
    questions = draw(
        st.lists(
            st.builds(
                Question,
                st.integers(0, len(calendars) - 1),
                instants,
                instants,
                st.one_of(
                    st.integers(0, 30), st.sampled_from([60, 120, 480, 2400, 9999])
                ),
            ),
            min_size=1,
            max_size=20,
        )
    )
    return calendars, starts_at, questions


ALWAYS = Calendar("Europe/Berlin", [Opening(day, 0, 1440) for day in range(1, 8)])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(puzzles())
@example(
    (
        [ALWAYS],
        SPAN_STARTS[2],
        [Question(0, datetime(2026, 3, 28, 22, 15), datetime(2026, 3, 30), 9999)],
    )
)
def test_business_time_is_the_count_of_open_minutes(
    business_time: BusinessTime,
    puzzle: tuple[list[Calendar], datetime, list[Question]],
) -> None:
    calendars, starts_at, questions = puzzle
    counts = [MinuteCount(each, starts_at, SPAN_DAYS) for each in calendars]
    expected = []
    for question in questions:
        assert question.calendar is not None
        count = counts[question.calendar]
        expected.append(
            (
                count.seconds_between(question.from_at, question.to_at),
                count.due_at(question.from_at, question.minutes),
            )
        )
    answers = business_time.answers(calendars, starts_at, SPAN_DAYS, questions)
    assert answers == expected

    # What is due after so many minutes is so many minutes away.
    asked_back = [
        replace(question, to_at=due_at)
        for question, (_, due_at) in zip(questions, answers, strict=True)
        if due_at is not None and due_at < starts_at + timedelta(days=SPAN_DAYS)
    ]
    assert [
        seconds
        for seconds, _ in business_time.answers(
            calendars, starts_at, SPAN_DAYS, asked_back
        )
    ] == [question.minutes * 60 for question in asked_back]


NINE_TO_FIVE = Calendar("UTC", [Opening(day, 540, 1020) for day in range(1, 6)])


def on(day: int, clock: str) -> datetime:
    """Return a time of a day of March 2026, whose 12th is a Thursday."""
    return datetime.fromisoformat(f"2026-03-{day:02}T{clock}")


@pytest.mark.parametrize(
    ("from_at", "to_at", "minutes"),
    [
        pytest.param(on(12, "16:50"), on(13, "09:10"), 20, id="Thu 16:50 to Fri 09:10"),
        pytest.param(on(9, "16:00"), on(10, "10:00"), 120, id="Mon 16:00 to Tue 10:00"),
        pytest.param(on(13, "15:00"), on(16, "09:00"), 120, id="Fri 15:00 to Mon 09:00"),
        pytest.param(on(14, "12:00"), on(15, "12:00"), 0, id="within a weekend"),
        pytest.param(on(14, "12:00"), on(16, "09:01"), 1, id="from closed time"),
        pytest.param(on(10, "12:00"), on(9, "12:00"), 0, id="backwards"),
    ],
)
def test_nine_to_five(
    business_time: BusinessTime, from_at: datetime, to_at: datetime, minutes: int
) -> None:
    question = Question(0, from_at, to_at, minutes)
    answers = business_time.answers([NINE_TO_FIVE], on(8, "00:00"), 14, [question])
    assert answers[0][0] == minutes * 60


@pytest.mark.parametrize(
    ("from_at", "minutes", "due_at"),
    [
        pytest.param(on(13, "15:00"), 60, on(13, "16:00"), id="within a day"),
        pytest.param(on(13, "15:00"), 120, on(13, "17:00"), id="as the calendar closes"),
        pytest.param(on(13, "15:00"), 121, on(16, "09:01"), id="over a weekend"),
        pytest.param(on(14, "12:00"), 480, on(16, "17:00"), id="from closed time"),
        pytest.param(on(14, "12:00"), 0, on(14, "12:00"), id="nothing is due at once"),
        pytest.param(on(13, "17:00"), 1, on(16, "09:01"), id="from a closing"),
        pytest.param(on(13, "15:00"), 9999, None, id="beyond the horizon"),
    ],
)
def test_due_after_minutes_of_nine_to_five(
    business_time: BusinessTime, from_at: datetime, minutes: int, due_at: datetime | None
) -> None:
    question = Question(0, from_at, from_at, minutes)
    answers = business_time.answers([NINE_TO_FIVE], on(8, "00:00"), 14, [question])
    assert answers == [(0, due_at)]


def test_years_are_as_near_as_minutes(business_time: BusinessTime) -> None:
    """The 260 and 262 weekdays of 2023 and 2024, less ten minutes at each end."""
    minutes = (260 + 262) * 480 - 20
    question = Question(
        0, datetime(2023, 1, 2, 9, 10), datetime(2024, 12, 31, 16, 50), minutes
    )
    answers = business_time.answers(
        [NINE_TO_FIVE], datetime(2023, 1, 1), 800, [question]
    )
    assert answers == [(minutes * 60, question.to_at)]


def test_without_a_calendar_every_second_counts(business_time: BusinessTime) -> None:
    question = Question(None, on(13, "15:00"), on(16, "09:00"), 120)
    answers = business_time.answers([NINE_TO_FIVE], on(8, "00:00"), 14, [question])
    assert answers == [(66 * 3600, on(13, "17:00"))]


def test_outside_the_span_nothing_is_known(business_time: BusinessTime) -> None:
    question = Question(0, on(7, "23:59"), on(9, "12:00"), 120)
    answers = business_time.answers([NINE_TO_FIVE], on(8, "00:00"), 14, [question])
    assert answers == [(None, None)]
