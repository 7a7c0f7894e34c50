"""Who is on duty when, and which day it is: by the clock where a role works."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import Result
from conftest import (
    a_duty,
    a_role,
    an_escalation,
    an_exception,
    build_warehouse,
)
from offpath.instants import instant
from offpath.routing.attention import OwnerRole
from offpath.routing.duty import Duties
from pytest_httpserver import HTTPServer
from routed import ROUTE, outbox, received, serve_all
from wall_clock import Calendar, Hours, Opening

Offpath = Callable[..., Result]
SECOND = timedelta(seconds=1)
WEEKDAYS = [Opening(day, Hours(540, 1020)) for day in range(1, 6)]
# Each fortnight has a change of the clock, a holiday, or an end of a month or a year.
FORTNIGHTS = {
    "spring in Berlin": ("Europe/Berlin", "2026-03-23", []),
    "autumn in Berlin": ("Europe/Berlin", "2026-10-19", []),
    "spring in São Paulo": ("America/Sao_Paulo", "2017-10-09", ["2017-10-12"]),
    "autumn in São Paulo": ("America/Sao_Paulo", "2018-02-12", ["2018-02-13"]),
    "Easter": ("Europe/Berlin", "2026-03-30", ["2026-04-03", "2026-04-06"]),
    "a leap day": ("Europe/Berlin", "2024-02-26", []),
    "the turn of a year": ("Europe/Berlin", "2025-12-22", ["2025-12-25", "2026-01-01"]),
}


def spans(calendar: Calendar, begin: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield the openings of two weeks, as the marts have them: in UTC."""
    for number in range(14):
        day = begin + timedelta(days=number)
        midnight = datetime(
            day.year, day.month, day.day, tzinfo=ZoneInfo(calendar.zone)
        )
        for hours in calendar.hours_of(day):
            yield (
                (midnight + timedelta(minutes=hours.opens)).astimezone(UTC),
                (midnight + timedelta(minutes=hours.closes)).astimezone(UTC),
            )


@pytest.mark.parametrize("fortnight", FORTNIGHTS)
def test_duty_is_by_the_clock_on_the_wall(fortnight: str) -> None:
    zone, first, holidays = FORTNIGHTS[fortnight]
    begin = date.fromisoformat(first)
    calendar = Calendar(zone, WEEKDAYS, {date.fromisoformat(d): [] for d in holidays})
    openings = list(spans(calendar, begin))
    duties = Duties.of_rows(("desk", *span) for span in openings)
    as_of = min(start for start, _ in openings)
    checked = 0
    for start, end in openings:
        for now in (start - SECOND, start, end - SECOND, end):
            if as_of <= now < openings[-1][1]:
                is_on = calendar.is_open(now.replace(tzinfo=None))
                assert ("desk" in duties.off_duty((), now, as_of)) != is_on, now
                checked += 1
    assert checked >= 30
    assert "nobody" in duties.off_duty({"nobody"}, as_of, as_of), "without a row"
    assert not duties.off_duty({"nobody"}, openings[-1][1], as_of), "nothing is known"
    assert not duties.off_duty({"nobody"}, as_of - SECOND, as_of)


def test_without_any_row_everybody_is_on_duty() -> None:
    now = instant("2026-04-01T12:00:00Z")
    assert not Duties().off_duty({"desk"}, now, now)


def test_on_a_sunday_nobody_is_on_duty_who_begins_on_monday(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    page = an_exception(1, route_class="page", respond_by_at="2026-04-04 14:00:00")
    steps = [an_escalation(1, 1, "fulfilment", "2026-04-05 10:00:00")]
    duties = [a_duty("fulfilment", "2026-04-06 07:00:00", "2026-04-06 15:00:00")]
    build_warehouse(home, [page], steps, duties=duties, as_of="2026-04-04 20:00:00")
    assert offpath(*ROUTE).exit_code == 0
    for clock in ("05T11:00:00", "06T06:59:59", "06T07:00:00"):
        told = len(received(httpserver))
        run = ("route", "--as-of", f"2026-04-{clock}Z", "--max-age-hours", "48")
        assert offpath(*run).exit_code == 0
        kinds = [each["kind"] for each in received(httpserver)[told:]]
        assert ("escalated" in kinds) == (clock == "06T07:00:00"), clock


# A zone, when one of its days begins and ends, and how many hours that has.
DAYS = [
    ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23),
    ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25),
    ("America/Sao_Paulo", "2017-10-15T03:00:00Z", "2017-10-16T02:00:00Z", 23),
    ("America/Sao_Paulo", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z", 25),
    ("Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z", 24.5),
    ("Antarctica/Troll", "2026-10-24T22:00:00Z", "2026-10-26T00:00:00Z", 26),
    ("Europe/Berlin", "2024-02-28T23:00:00Z", "2024-02-29T23:00:00Z", 24),
    ("Europe/Berlin", "2025-12-30T23:00:00Z", "2025-12-31T23:00:00Z", 24),
    ("Asia/Kathmandu", "2026-01-31T18:15:00Z", "2026-02-01T18:15:00Z", 24),
]


@pytest.mark.parametrize(("zone", "begins", "ends", "hours"), DAYS)
def test_a_day_is_one_of_where_the_role_works(
    zone: str, begins: str, ends: str, hours: float
) -> None:
    first, end = instant(begins), instant(ends)
    assert end - first == timedelta(hours=hours)
    role = OwnerRole("desk", zone, 1)
    told = [first - SECOND, first, end - SECOND]
    assert role.count_today(end - SECOND, told) == 2
    assert role.count_today(first, [first - SECOND]) == 0
    assert role.count_today(end, told) == 0


@pytest.mark.parametrize(("zone", "begins", "ends", "hours"), DAYS)
def test_attention_is_of_a_day_whatever_its_hours(
    home: Path, offpath: Offpath, zone: str, begins: str, ends: str, hours: float
) -> None:
    first, end = instant(begins), instant(ends)
    assert end - first == timedelta(hours=hours)
    late = f"{end + timedelta(days=1):%Y-%m-%d %H:%M:%S}"
    early = f"{first - timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
    roles = [a_role("inventory", 1) | {"timezone": zone}]
    # One at the last second of the day before, and what fits into each day since.
    moments = (first - SECOND, first, end - SECOND, end)
    for number, now in enumerate(moments, start=1):
        rows = [
            an_exception(
                each,
                priority=each,
                detected_at=early,
                respond_by_at=late,
                digest_at=late,
            )
            for each in range(1, number + 1)
        ]
        build_warehouse(home, rows, roles=roles, as_of=f"{now:%Y-%m-%d %H:%M:%S}")
        assert offpath("route", "--as-of", "build").exit_code == 0
    told = [each["exceptions"][0]["subject_id"] for each in outbox(home)]
    assert told == ["O-1", "O-2", "O-4"], "the third was of the second's day"
