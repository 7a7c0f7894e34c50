"""Working time of a site: when people are there to act."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
HOLIDAYS = frozenset({date(2026, 4, 3), date(2026, 4, 6)})
STOCKTAKING = date(2026, 3, 21)

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Hours:
    """Openings on the wall clock of Berlin, by weekday (0 is Monday)."""

    openings: dict[int, list[tuple[time, time]]]
    closed_on: frozenset[date]

    def spans(self, day: date) -> list[Span]:
        """Yield the openings of a local day as UTC spans; none where it is closed."""
        if day in self.closed_on:
            return []
        return [
            (at_local(day, opens), at_local(day, closes))
            for opens, closes in self.openings.get(day.weekday(), [])
        ]

    def add(self, instant: datetime, minutes: float) -> datetime:
        """Return the instant at which so many open minutes have passed."""
        left = timedelta(minutes=minutes)
        for opens, closes in self._spans_from(instant):
            start = max(opens, instant)
            if start + left < closes:
                return start + left
            left -= closes - start
        raise AssertionError("a calendar opens again")

    def closing(self, instant: datetime) -> datetime:
        """Return when the opening that holds the instant, or the next one, closes."""
        return next(self._spans_from(instant))[1]

    def _spans_from(self, instant: datetime) -> Iterator[Span]:
        day = instant.astimezone(BERLIN).date()
        for ahead in range(400):
            for span in self.spans(day + timedelta(days=ahead)):
                if span[1] > instant:
                    yield span


def at_local(day: date, wall_clock: time) -> datetime:
    """Return the UTC instant of a wall clock in Berlin."""
    return datetime.combine(day, wall_clock, BERLIN).astimezone(UTC)


WAREHOUSE = Hours(
    {
        **{weekday: [(time(6), time(22))] for weekday in range(5)},
        5: [(time(6), time(14))],
    },
    HOLIDAYS | {STOCKTAKING},
)
SUPPORT = Hours(
    {
        **{
            weekday: [(time(8), time(12, 30)), (time(13), time(18))]
            for weekday in range(4)
        },
        4: [(time(8), time(12, 30)), (time(13), time(16, 30))],
    },
    HOLIDAYS,
)
