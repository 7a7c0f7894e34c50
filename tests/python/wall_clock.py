"""Business time as a person would count it: by minutes, off the wall clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Hours:
    """From one minute of a day to another."""

    opens: int
    closes: int

    def texts(self) -> tuple[str, str]:
        """Return opening and closing as ``HH:MM``, up to ``24:00``."""
        opens, closes = (
            f"{minute // 60:02}:{minute % 60:02}"
            for minute in (self.opens, self.closes)
        )
        return opens, closes


@dataclass(frozen=True)
class Opening:
    """Hours of a weekday (1 Monday) from a day on; none: it is closed from then on."""

    weekday: int
    hours: Hours | None
    valid_from: date | None = None


@dataclass(frozen=True)
class Calendar:
    """A calendar as the seeds define it; days of its own have hours, or are closed."""

    zone: str
    openings: list[Opening]
    exceptions: dict[date, list[Hours]] = field(default_factory=dict)

    def hours_of(self, day: date) -> list[Hours]:
        """Return the hours of a day, those last said to be valid for its weekday."""
        if day in self.exceptions:
            return self.exceptions[day]
        said = [
            (opening.valid_from or date.min, opening.hours)
            for opening in self.openings
            if opening.weekday == day.isoweekday()
            and (opening.valid_from or date.min) <= day
        ]
        last = max((since for since, _ in said), default=None)
        return [hours for since, hours in said if since == last and hours is not None]

    def is_open(self, instant: datetime) -> bool:
        """Return whether the clock on the wall shows open time at an instant of UTC."""
        wall = instant.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone))
        minute = wall.hour * 60 + wall.minute
        return any(
            hours.opens <= minute < hours.closes for hours in self.hours_of(wall.date())
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
