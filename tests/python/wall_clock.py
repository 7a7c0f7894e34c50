"""Business time as a person would count it: by minutes, off the wall clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo


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
