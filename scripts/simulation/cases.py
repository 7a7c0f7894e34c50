"""Cases as lists of steps, and what is planted in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from simulation.hours import Hours

STARTS_ON = date(2026, 2, 16)
AS_OF = datetime(2026, 4, 13, 6, tzinfo=UTC)
REVIEW = timedelta(days=7)
EXPORT_EVERY = timedelta(minutes=5)

# Minutes of the wall clock or of working time; `today`: but before closing time;
# `next_day`: of working time, a day later.
Pace = Literal["clock", "working", "today", "next_day"]
Lifetime = Literal["left", "answered", "reviewed"]


@dataclass(frozen=True)
class Step:
    """One thing that happens to a case, so many minutes after the one before."""

    name: str
    minutes: float = 0
    pace: Pace = "working"
    at: datetime | None = None
    reason: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Plant:
    """An exception that a case is made to raise, and what ends it.

    `left`: the next step; `answered`: the step named by `answer`, or the review;
    `reviewed`: seven days after the case has ended.
    """

    rule_id: str
    onset: str
    lifetime: Lifetime
    note: str
    onset_number: int = 1
    answer: str = ""


@dataclass(frozen=True)
class Planted:
    """One exception that a build as of `AS_OF` has to raise."""

    rule_id: str
    subject_type: Literal["case", "segment", "journey"]
    subject_id: str
    onset_at: datetime
    is_open: bool
    note: str


@dataclass
class Case:
    """An order or a ticket, with the course that it takes."""

    started_at: datetime
    steps: list[Step]
    location: str
    channel: str
    priority: str
    value: float
    plants: list[Plant] = field(default_factory=list)
    is_test: bool = False
    case_id: str = ""


@dataclass(frozen=True)
class Entry:
    """One event of a case, as its source system knows it."""

    case: Case
    step: Step
    at: datetime
    landed_at: datetime


def entries(case: Case, hours: Hours) -> list[Entry]:
    """Unfold the steps of a case into what had landed by `AS_OF`."""
    return [
        Entry(case, step, at, landed_at(at))
        for step, at in _timed(case, hours)
        if landed_at(at) <= AS_OF
    ]


def landed_at(at: datetime) -> datetime:
    """Return when the export that carries what happened at `at` has landed."""
    since_midnight = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
    begun = at - since_midnight % EXPORT_EVERY
    return begun + EXPORT_EVERY + timedelta(seconds=20)


def planted(log: list[Entry], ends: frozenset[str]) -> list[Planted]:
    """Return what the plants of one case raise, given the log of the case."""
    return [_planted(plant, log, ends) for plant in log[0].case.plants]


def _planted(plant: Plant, log: list[Entry], ends: frozenset[str]) -> Planted:
    numbers = [n for n, entry in enumerate(log) if entry.step.name == plant.onset]
    number = numbers[plant.onset_number - 1]
    after = [entry.step.name for entry in log[number + 1 :]]
    if plant.lifetime == "left":
        is_open = not after
    elif plant.answer in after:
        is_open = False
    else:
        ended_at = _ended_at(log, ends)
        is_open = ended_at is None or ended_at + REVIEW > AS_OF
    return Planted(
        plant.rule_id,
        "case",
        log[0].case.case_id,
        log[number].at,
        is_open,
        plant.note,
    )


def _ended_at(log: list[Entry], ends: frozenset[str]) -> datetime | None:
    """Return the first end after which the case was not taken up again."""
    ended_at = None
    for entry in reversed(log):
        if entry.step.name not in ends:
            break
        ended_at = entry.at
    return ended_at


def _timed(case: Case, hours: Hours) -> Iterator[tuple[Step, datetime]]:
    at = case.started_at
    for step in case.steps:
        if step.at is not None:
            at = step.at
        elif step.pace == "clock":
            at += timedelta(minutes=step.minutes)
        elif step.pace == "today":
            last = hours.closing(at) - timedelta(minutes=2)
            at = max(at, min(hours.add(at, step.minutes), last))
        elif step.pace == "next_day":
            at = hours.add(at + timedelta(days=1), step.minutes)
        else:
            at = hours.add(at, step.minutes)
        at = at.replace(microsecond=0)
        yield step, at


def retimed(
    steps: list[Step], name: str, minutes: float, pace: Pace | None = None
) -> list[Step]:
    """Return the steps, those of a name after another time; None keeps the pace."""
    return [
        replace(step, minutes=minutes, pace=pace or step.pace)
        if step.name == name
        else step
        for step in steps
    ]


def with_details(steps: list[Step], name: str, **details: object) -> list[Step]:
    """Return the steps, those of a name with other details; None leaves one out."""
    return [
        replace(
            step,
            details={
                key: value
                for key, value in {**step.details, **details}.items()
                if value is not None
            },
        )
        if step.name == name
        else step
        for step in steps
    ]


def without(steps: list[Step], *names: str) -> list[Step]:
    """Return the steps but those of the names, which nobody recorded."""
    return [step for step in steps if step.name not in names]


def up_to(steps: list[Step], name: str) -> list[Step]:
    """Return the steps up to the first of a name: the case waits there."""
    names = [step.name for step in steps]
    return steps[: names.index(name) + 1]


def after(steps: list[Step], name: str, *inserted: Step) -> list[Step]:
    """Return the steps with others inserted after the first of a name."""
    head = up_to(steps, name)
    return [*head, *inserted, *steps[len(head) :]]


def spread(days: list[date], count: int) -> list[date]:
    """Return `count` of the days, evenly apart."""
    return [days[(2 * n + 1) * len(days) // (2 * count)] for n in range(count)]
