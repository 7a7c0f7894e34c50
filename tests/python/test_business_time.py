"""Business time in SQL against a count of minutes by the clock on the wall.

dbt renders the models and macros once; each example runs that SQL over its own
calendars in a DuckDB of its own.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, field, replace
from datetime import date, datetime, timedelta

import duckdb
import pytest
from building import compiled, rendered
from hypothesis import example, given
from hypothesis import strategies as st
from searches import search
from wall_clock import Calendar, Hours, MinuteCount, Opening

CLOSED = (None, None)
MODELS = ("int_calendar_openings", "int_calendar_hours", "int_calendar_open_hours")
MEASUREMENT = """
with

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

measured as (

    {{ offpath.business_seconds_between(
        "questions",
        "calendar_hours",
        "calendar",
        "from_at",
        "to_at",
        "business_seconds",
    ) }}

),

due as (

    {{ offpath.business_time_added(
        "measured",
        "calendar_hours",
        "calendar_open_hours",
        "calendar",
        "from_at",
        "minutes",
        "due_at",
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
    opens_at varchar, closes_at varchar, valid_from date
);
create table warehouse.definitions.calendar_exceptions (
    calendar varchar, exception_date date, opens_at varchar, closes_at varchar
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
    datetime.fromisoformat(day)
    for day in (
        "2017-10-06",
        "2018-02-09",
        "2026-03-20",
        "2026-03-27",
        "2026-09-25",
        "2026-10-16",
    )
]
ZONES = [
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "UTC",
]


@dataclass(frozen=True)
class Question:
    """How long from one instant to another, and when have the minutes passed.

    The calendar is the text of its number in the list of calendars.
    """

    calendar: str | None
    from_at: datetime
    to_at: datetime
    minutes: int


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
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(INPUTS)
            insert(
                connection,
                "warehouse.definitions.calendars",
                [
                    (
                        str(number),
                        calendar.zone,
                        opening.weekday,
                        *(opening.hours.texts() if opening.hours else CLOSED),
                        opening.valid_from,
                    )
                    for number, calendar in enumerate(calendars)
                    for opening in calendar.openings
                ],
            )
            insert(
                connection,
                "warehouse.definitions.calendar_exceptions",
                [
                    (str(number), day, *(hours.texts() if hours else CLOSED))
                    for number, calendar in enumerate(calendars)
                    for day, several in calendar.exceptions.items()
                    for hours in several or [None]
                ],
            )
            insert(
                connection,
                "warehouse.intermediate.int_calendar_span",
                [(starts_at, starts_at + timedelta(days=days))],
            )
            insert(
                connection,
                "questions",
                [(number, *astuple(each)) for number, each in enumerate(questions)],
            )
            for name, query in self.models.items():
                connection.execute(
                    f"create table warehouse.intermediate.{name} as {query}"
                )
            return connection.execute(self.measurement).fetchall()


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[object, ...]]
) -> None:
    """Insert rows into a table; none is well, too."""
    for row in rows:
        marks = ", ".join("?" for _ in row)
        connection.execute(f"insert into {table} values ({marks})", row)


@pytest.fixture(scope="module")
def business_time(tmp_path_factory: pytest.TempPathFactory) -> BusinessTime:
    """Return the project's SQL as dbt renders it."""
    home = tmp_path_factory.mktemp("home")
    measurement = rendered(MEASUREMENT, home)
    return BusinessTime(compiled(home, *MODELS), measurement)


# Hours that a clock may show twice or never are left to the unit tests of
# `int_calendar_openings`: what opens in one of them is a convention. Midnight is in.
minutes_of_day = st.one_of(
    st.sampled_from([0, 540, 720, 1020, 1440]), st.integers(4 * 60, 22 * 60)
)
hours_of_a_day = st.lists(minutes_of_day, min_size=2, max_size=2, unique=True).map(
    lambda edges: Hours(min(edges), max(edges))
)


@st.composite
def calendars_of(draw: st.DrawFn, starts_on: date) -> Calendar:
    """Draw a calendar; hours change, and days have hours of their own, from a day on."""
    days = st.integers(-1, SPAN_DAYS + 1).map(
        lambda day: starts_on + timedelta(days=day)
    )
    weekdays = st.integers(1, 7)
    openings = st.lists(
        st.builds(Opening, weekdays, hours_of_a_day, st.none() | days),
        min_size=1,
        max_size=12,
    )
    # A weekday is closed from a day on, or opened: not both.
    changes = st.lists(st.tuples(weekdays, days), max_size=2, unique=True)
    opened = draw(openings)
    closed = [
        Opening(weekday, None, day)
        for weekday, day in draw(changes)
        if (weekday, day) not in {(each.weekday, each.valid_from) for each in opened}
    ]
    exceptions = st.dictionaries(days, st.lists(hours_of_a_day, max_size=2), max_size=3)
    return Calendar(draw(st.sampled_from(ZONES)), opened + closed, draw(exceptions))


@st.composite
def puzzles(
    draw: st.DrawFn,
) -> tuple[list[Calendar], datetime, list[Question]]:
    """Draw calendars, the start of a span, and questions within it."""
    starts_at = draw(st.sampled_from(SPAN_STARTS))
    calendars = draw(st.lists(calendars_of(starts_at.date()), min_size=1, max_size=2))
    # Some seconds, for edges of minutes, and some whole hours, for those of openings.
    instants = st.one_of(
        st.integers(0, SPAN_DAYS * 86400 - 1),
        st.integers(0, SPAN_DAYS * 24 - 1).map(lambda hour: hour * 3600),
    ).map(lambda second: starts_at + timedelta(seconds=second))
    questions = draw(
        st.lists(
            st.builds(
                Question,
                st.sampled_from([str(number) for number in range(len(calendars))]),
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


# Once, the two rows of Tuesday were joined to different openings.
TUESDAY_TWICE = Calendar(
    "Australia/Lord_Howe",
    [
        Opening(weekday, Hours(opens, closes))
        for weekday, opens, closes in (
            *((2, 320, 367), (4, 1020, 1440), (5, 540, 720), (2, 320, 367)),
            *((1, 428, 1020), (6, 256, 720), (5, 0, 1440), (4, 315, 1172)),
            *((3, 0, 540), (1, 267, 720), (4, 540, 1020), (6, 256, 720)),
        )
    ],
)
FRIDAY = datetime.fromisoformat("2017-10-20 00:37:31")


@search(gate=20, deep=1000)
@given(puzzles())
@example(([TUESDAY_TWICE], SPAN_STARTS[0], [Question("0", FRIDAY, FRIDAY, 15)]))
def test_business_time_is_the_count_of_open_minutes(
    business_time: BusinessTime,
    puzzle: tuple[list[Calendar], datetime, list[Question]],
) -> None:
    calendars, starts_at, questions = puzzle
    counts = [MinuteCount(each, starts_at, SPAN_DAYS) for each in calendars]
    expected = []
    for question in questions:
        assert question.calendar is not None
        count = counts[int(question.calendar)]
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


WEEKDAYS = [Opening(day, Hours(540, 1020)) for day in range(1, 6)]
NINE_TO_FIVE = [Calendar("UTC", WEEKDAYS)]


def at(text: str) -> datetime:
    """Return a time of March 2026, whose 13th is a Friday, as `Fri 13 15:00`."""
    _, day, clock = text.split()
    return datetime.fromisoformat(f"2026-03-{day} {clock}")


@pytest.mark.parametrize(
    ("from_text", "to_text", "minutes"),
    [
        ("Thu 12 16:50", "Fri 13 09:10", 20),
        ("Mon 09 16:00", "Tue 10 10:00", 120),
        ("Fri 13 15:00", "Mon 16 09:00", 120),
        ("Sat 14 12:00", "Sun 15 12:00", 0),
        ("Sat 14 12:00", "Mon 16 09:01", 1),
        ("Tue 10 12:00", "Mon 09 12:00", 0),
    ],
)
def test_time_between_counts_what_is_open(
    business_time: BusinessTime, from_text: str, to_text: str, minutes: int
) -> None:
    question = Question("0", at(from_text), at(to_text), 0)
    answers = business_time.answers(NINE_TO_FIVE, at("Sun 08 00:00"), 14, [question])
    assert answers[0][0] == minutes * 60


@pytest.mark.parametrize(
    ("from_text", "minutes", "due_text"),
    [
        pytest.param("Fri 13 15:00", 60, "Fri 13 16:00", id="within a day"),
        pytest.param("Fri 13 15:00", 120, "Fri 13 17:00", id="as the day closes"),
        pytest.param("Fri 13 15:00", 121, "Mon 16 09:01", id="over a weekend"),
        pytest.param("Fri 13 17:00", 1, "Mon 16 09:01", id="from a closing"),
        pytest.param("Sat 14 12:00", 480, "Mon 16 17:00", id="from closed time"),
        pytest.param("Sat 14 12:00", 0, "Sat 14 12:00", id="nothing is due at once"),
        pytest.param("Fri 13 15:00", 9999, None, id="beyond the horizon"),
    ],
)
def test_time_added_is_due(
    business_time: BusinessTime, from_text: str, minutes: int, due_text: str | None
) -> None:
    question = Question("0", at(from_text), at(from_text), minutes)
    answers = business_time.answers(NINE_TO_FIVE, at("Sun 08 00:00"), 14, [question])
    assert answers == [(0, at(due_text) if due_text else None)]


GOOD_FRIDAY_AND_EASTER_MONDAY = {date(2026, 4, day): [] for day in (3, 6)}


@pytest.mark.parametrize(
    ("zone", "holidays", "from_text", "minutes", "due_text"),
    [
        pytest.param(
            *("Europe/Berlin", {}, "2026-03-27 15:30", 60, "2026-03-30 07:30"),
            id="over the spring change",
        ),
        pytest.param(
            *("Europe/Berlin", {}, "2026-10-23 14:30", 60, "2026-10-26 08:30"),
            id="over the autumn change",
        ),
        pytest.param(
            *("America/Sao_Paulo", {}, "2017-10-13 19:30", 60, "2017-10-16 11:30"),
            id="over a spring change at midnight",
        ),
        pytest.param(
            *("America/Sao_Paulo", {}, "2018-02-16 18:30", 60, "2018-02-19 12:30"),
            id="over an autumn change at midnight",
        ),
        pytest.param(
            *("Europe/Berlin", GOOD_FRIDAY_AND_EASTER_MONDAY),
            *("2026-04-02 14:30", 60, "2026-04-07 07:30"),
            id="over two holidays and a weekend",
        ),
        pytest.param(
            *("Europe/Berlin", {}, "2026-04-30 14:30", 60, "2026-05-01 07:30"),
            id="over the end of a month",
        ),
        pytest.param(
            *("Europe/Berlin", {date(2026, 1, 1): []}),
            *("2025-12-31 15:30", 60, "2026-01-02 08:30"),
            id="over the end of a year",
        ),
        pytest.param(
            *("Europe/Berlin", {}, "2024-02-28 15:30", 540, "2024-03-01 08:30"),
            id="over a leap day",
        ),
    ],
)
def test_what_is_due_is_so_by_the_clock_on_the_wall(  # noqa: PLR0913, PLR0917 - a case
    business_time: BusinessTime,
    zone: str,
    holidays: dict[date, list[Hours]],
    from_text: str,
    minutes: int,
    due_text: str,
) -> None:
    """Half an hour before five, the rest from nine on the next working day."""
    from_at, due_at = map(datetime.fromisoformat, (from_text, due_text))
    starts_at = datetime.combine(from_at.date(), datetime.min.time())
    answers = business_time.answers(
        [Calendar(zone, WEEKDAYS, holidays)],
        starts_at - timedelta(days=1),
        14,
        [Question("0", from_at, due_at, minutes)],
    )
    assert answers == [(minutes * 60, due_at)]


UNTIL_EIGHT = [Opening(day, Hours(480, 1200), date(2026, 3, 11)) for day in range(1, 6)]


@pytest.mark.parametrize(
    ("calendar", "from_text", "to_text", "minutes", "due_text"),
    [
        pytest.param(
            Calendar("UTC", WEEKDAYS + UNTIL_EIGHT),
            *("Tue 10 16:00", "Wed 11 10:00", 60 + 120, "Wed 11 10:00"),
            id="hours that change on a date",
        ),
        pytest.param(
            Calendar("UTC", WEEKDAYS + UNTIL_EIGHT),
            *("Mon 09 00:00", "Wed 11 00:00", 960, "Tue 10 17:00"),
            id="the days before keep their hours",
        ),
        pytest.param(
            Calendar("UTC", [*WEEKDAYS, Opening(1, None, date(2026, 3, 16))]),
            *("Mon 09 16:00", "Tue 17 10:00", 60 + 4 * 480 + 60, "Tue 17 10:00"),
            id="a weekday that is closed from a date on",
        ),
        pytest.param(
            Calendar("UTC", WEEKDAYS, {date(2026, 3, 14): [Hours(600, 720)]}),
            *("Fri 13 16:00", "Mon 16 09:30", 60 + 120 + 30, "Mon 16 09:30"),
            id="a Saturday with hours of its own",
        ),
        pytest.param(
            Calendar("UTC", WEEKDAYS, {date(2026, 3, 13): [Hours(540, 720)]}),
            *("Fri 13 11:00", "Mon 16 10:00", 60 + 60, "Mon 16 10:00"),
            id="a Friday until noon",
        ),
        pytest.param(
            Calendar("UTC", WEEKDAYS, {date(2026, 3, 13): []}),
            *("Thu 12 16:00", "Mon 16 10:00", 60 + 60, "Mon 16 10:00"),
            id="a holiday",
        ),
    ],
)
def test_hours_hold_from_a_day_on_or_for_a_day(
    business_time: BusinessTime,
    calendar: Calendar,
    from_text: str,
    to_text: str,
    minutes: int,
    due_text: str,
) -> None:
    question = Question("0", at(from_text), at(to_text), minutes)
    answers = business_time.answers([calendar], at("Sun 08 00:00"), 14, [question])
    assert answers == [(minutes * 60, at(due_text))]


def test_years_are_as_near_as_minutes(business_time: BusinessTime) -> None:
    """The 260 and 262 weekdays of 2023 and 2024, less ten minutes at each end."""
    minutes = (260 + 262) * 480 - 20
    starts_at = datetime.fromisoformat("2023-01-01")
    from_at = datetime.fromisoformat("2023-01-02 09:10")
    to_at = datetime.fromisoformat("2024-12-31 16:50")
    question = Question("0", from_at, to_at, minutes)
    answers = business_time.answers(NINE_TO_FIVE, starts_at, 800, [question])
    assert answers == [(minutes * 60, to_at)]


def test_without_a_calendar_every_second_counts(business_time: BusinessTime) -> None:
    question = Question(None, at("Fri 13 15:00"), at("Mon 16 09:00"), 180)
    answers = business_time.answers(NINE_TO_FIVE, at("Sun 08 00:00"), 14, [question])
    assert answers == [(66 * 3600, at("Fri 13 18:00"))]


def test_outside_the_span_nothing_is_known(business_time: BusinessTime) -> None:
    question = Question("0", at("Sat 07 23:59"), at("Mon 09 12:00"), 120)
    answers = business_time.answers(NINE_TO_FIVE, at("Sun 08 00:00"), 14, [question])
    assert answers == [(None, None)]
