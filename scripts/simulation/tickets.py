"""Ordinary tickets of the service desk: nothing in them raises an exception."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from simulation.cases import AS_OF, STARTS_ON, Case, Step
from simulation.hours import SUPPORT

ENDS = frozenset({"resolved", "closed", "cancelled"})
WINDOW = timedelta(hours=4)
# New tickets in the windows of a day that start at an hour, UTC.
INFLOW = {4: 4, 8: 10, 12: 9, 16: 4}
WEEKEND_INFLOW = {8: 2, 12: 2, 16: 1}
FLOODS = {
    datetime(2026, 3, 21, 12, tzinfo=UTC): 16,
    datetime(2026, 3, 25, 16, tzinfo=UTC): 19,
}
SILENCES = {
    datetime(2026, 3, 18, 8, tzinfo=UTC): 1,
    datetime(2026, 3, 26, 12, tzinfo=UTC): 0,
}
CHANNELS = ["email"] * 2 + ["phone", "chat"]
PRIORITIES = ["P1"] * 2 + ["P2"] * 7 + ["P3"] * 11 + ["P4"] * 5
SLOW_MINUTES = {"P1": (480, 700), "P2": (1440, 1800), "P3": (2400, 2800)}


def business_days() -> list[date]:
    """Return the days on which the desk is open."""
    last = AS_OF.date()
    days = [STARTS_ON + timedelta(days=n) for n in range((last - STARTS_ON).days + 1)]
    return [day for day in days if SUPPORT.spans(day)]


def ordinary_tickets(rng: Random) -> list[Case]:
    """Make the tickets of every day, in even numbers for each window of a weekday."""
    return [_ordinary(rng, opened_at) for opened_at in _arrivals(rng)]


def ticket(
    rng: Random,
    opened_at: datetime,
    steps: list[Step],
    priority: str | None = None,
    channel: str | None = None,
) -> Case:
    """Make a ticket that takes the given course."""
    return Case(
        started_at=opened_at,
        steps=steps,
        location=rng.choice(["berlin", "lisbon"]),
        channel=channel or rng.choice(CHANNELS),
        priority=priority or rng.choice(PRIORITIES),
        value=round(rng.uniform(50, 4000), 2),
    )


def usual_steps(rng: Random) -> list[Step]:
    """Draw the course of a ticket that is solved at the first try."""
    return [
        Step("new", pace="clock"),
        Step("in_progress", rng.uniform(10, 150)),
        *_resolution(rng, rng.uniform(30, 260)),
    ]


def waits_for_the_customer(
    rng: Random, steps: list[Step], hours: float | None
) -> list[Step]:
    """Let work stop for an answer, for so many hours; None: no answer so far."""
    head = [*steps[:2], Step("awaiting_customer", rng.uniform(10, 90))]
    if hours is None:
        return head
    answer = Step("in_progress", hours * 60, "clock")
    return [*head, answer, *steps[2:]]


def reopens(rng: Random, steps: list[Step]) -> list[Step]:
    """Let the customer say, before it is closed, that it is not solved."""
    return [
        *steps[:-1],
        Step("in_progress", rng.uniform(10, 60) * 60, "clock", reason="not_solved"),
        *_resolution(rng, rng.uniform(30, 200)),
    ]


def _resolution(rng: Random, minutes: float) -> list[Step]:
    details = {"resolution_code": f"R-{rng.choice([101, 104, 117, 203, 310])}"}
    reason = rng.choice(["fixed", "explained", "replaced"])
    resolved = [Step("resolved", minutes, reason=reason, details=details)]
    if rng.random() < 0.3:
        marked = {**details, "satisfaction": rng.choice([2, 3, 4, 4, 5, 5])}
        resolved.append(
            Step(
                "resolved",
                rng.uniform(20, 300),
                "clock",
                reason=reason,
                details=marked,
            )
        )
    # Some are closed by the click that solves them: at the same second.
    open_minutes = 0 if rng.random() < 0.05 else 4 * 24 * 60
    return [
        *resolved,
        Step("closed", open_minutes, "clock", reason=reason, details=details),
    ]


def _arrivals(rng: Random) -> list[datetime]:
    arrivals = []
    day = datetime.combine(STARTS_ON, time(), UTC)
    while day < AS_OF:
        inflow = INFLOW if day.weekday() < 5 else WEEKEND_INFLOW
        for hour, usual in inflow.items():
            window_at = day + timedelta(hours=hour)
            count = (FLOODS | SILENCES).get(window_at, usual)
            arrivals += [
                (window_at + WINDOW * ((n + rng.random()) / count)).replace(
                    microsecond=0
                )
                for n in range(count)
            ]
        day += timedelta(days=1)
    return arrivals


def _ordinary(rng: Random, opened_at: datetime) -> Case:
    priority = rng.choice(PRIORITIES)
    steps = usual_steps(rng)
    if priority != "P1" and rng.random() < 0.5:
        steps = waits_for_the_customer(rng, steps, rng.uniform(1, 38))
    steps = _with_updates(rng, steps)
    chance = rng.random()
    if chance < 0.035 and opened_at.date() > STARTS_ON + timedelta(days=10):
        steps = [
            *steps[:2],
            Step("escalated", rng.uniform(10, 60)),
            Step("in_progress", rng.uniform(15, 180)),
            *steps[2:],
        ]
    elif chance < 0.145:
        steps = reopens(rng, steps)
    elif chance < 0.225:
        slow = rng.uniform(*SLOW_MINUTES.get(priority, (2400, 2800)))
        steps = [*steps[:2], Step("in_progress", slow), *steps[2:]]
    case = ticket(rng, opened_at, steps, priority)
    case.is_test = rng.random() < 0.004
    return case


def _with_updates(rng: Random, steps: list[Step]) -> list[Step]:
    """Add updates of a ticket that leave its status as it is."""
    updates = [Step("in_progress", rng.uniform(3, 25)) for _ in range(rng.randrange(3))]
    return [*steps[:2], *updates, *steps[2:]]
