"""What a replay comes to: counts, shares, lead times. Nothing here reads or writes."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

CaseKey = tuple[str, str]


class Message(NamedTuple):
    """One message to one role; a digest is one."""

    at: datetime
    owner_role: str
    kind: str


class Telling(NamedTuple):
    """That a message named a case, under a rule of an objective."""

    at: datetime
    slo_id: str
    case_id: str


class BudgetState(NamedTuple):
    """Whether a build finds, as routing does, a lifting tier or a spent budget."""

    at: datetime
    slo_id: str
    is_alarmed: bool


class BadCase(NamedTuple):
    """A case that is bad for an objective, and since when."""

    slo_id: str
    case_id: str
    breached_at: datetime

    @property
    def key(self) -> CaseKey:
        """What a telling of it has too."""
        return self.slo_id, self.case_id


class Alert(NamedTuple):
    """A burn alert; ``until`` is null while it lasts."""

    slo_id: str
    tier: str
    since: datetime
    until: datetime | None


class Replayed(NamedTuple):
    """What happened in the replay of a log.

    Until ``first_shown_until`` the messages are of the first build.
    """

    name: str
    instants: list[datetime]
    first_shown_until: datetime
    messages: list[Message]
    naive_messages: list[Message]
    tellings: list[Telling]
    naive_tellings: list[Telling]
    states: list[BudgetState]
    bad_cases: list[BadCase]
    alerts: list[Alert]
    step_seconds: list[float]


class RoleDays(NamedTuple):
    """Messages to one role: the mean of all days, and the most on one."""

    mean: float
    most: int


class PolicyFigures(NamedTuple):
    """One policy on one log. Shares are null where there is nothing to share."""

    message_count: int
    by_kind: Mapping[str, int]
    by_role: Mapping[str, RoleDays]
    bad_count: int
    told_count: int
    pressing_count: int
    pressing_told_count: int
    lead_hours: float | None

    @property
    def told_share(self) -> float | None:
        """Share of the bad cases that were told of in time."""
        return ratio(self.told_count, self.bad_count)

    @property
    def pressing_told_share(self) -> float | None:
        """The same of those that count while their budget asks for attention."""
        return ratio(self.pressing_told_count, self.pressing_count)


def figures_of(replayed: Replayed) -> tuple[PolicyFigures, PolicyFigures]:
    """Return the figures of the naive policy and of this one.

    What the first build shows stood before the replay: its messages are not counted,
    and who is told by them has been told.
    """
    begins, ends = replayed.instants[0], replayed.instants[-1]
    bad = [each for each in replayed.bad_cases if begins < each.breached_at <= ends]
    pressing = pressing_cases(bad, replayed.states)
    naive, routed = (
        policy_figures(
            [each for each in messages if each.at > replayed.first_shown_until],
            tellings,
            bad,
            pressing,
            (ends - begins).days,
        )
        for messages, tellings in (
            (replayed.naive_messages, replayed.naive_tellings),
            (replayed.messages, replayed.tellings),
        )
    )
    return naive, routed


def policy_figures(
    messages: Sequence[Message],
    tellings: Iterable[Telling],
    bad: Sequence[BadCase],
    pressing: Sequence[BadCase],
    day_count: int,
) -> PolicyFigures:
    """Return the figures of one policy."""
    told = first_told(tellings)
    leads = lead_hours(bad, told)
    return PolicyFigures(
        message_count=len(messages),
        by_kind=dict(sorted(Counter(message.kind for message in messages).items())),
        by_role=role_days(messages, day_count),
        bad_count=len(bad),
        told_count=len(leads),
        pressing_count=len(pressing),
        pressing_told_count=len(lead_hours(pressing, told)),
        lead_hours=median(leads) if leads else None,
    )


def role_days(messages: Iterable[Message], day_count: int) -> dict[str, RoleDays]:
    """Count the messages to each role, a day of the replay (UTC)."""
    counts: defaultdict[str, Counter[object]] = defaultdict(Counter)
    for message in messages:
        counts[message.owner_role][message.at.date()] += 1
    return {
        role: RoleDays(days.total() / day_count, max(days.values()))
        for role, days in sorted(counts.items())
    }


def first_told(tellings: Iterable[Telling]) -> dict[CaseKey, datetime]:
    """Return when somebody was first told of each case, by objective and case."""
    first: dict[CaseKey, datetime] = {}
    for telling in tellings:
        key = telling.slo_id, telling.case_id
        first[key] = min(telling.at, first.get(key, telling.at))
    return first


def lead_hours(bad: Iterable[BadCase], told: Mapping[CaseKey, datetime]) -> list[float]:
    """Return the hours from first told to breach, of the cases told of before it."""
    return [
        (case.breached_at - told[case.key]) / timedelta(hours=1)
        for case in bad
        if case.key in told and told[case.key] < case.breached_at
    ]


def pressing_cases(
    bad: Iterable[BadCase], states: Iterable[BudgetState]
) -> list[BadCase]:
    """Return the cases for whose objective the last build before them is alarmed."""
    by_slo: defaultdict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    for at, slo_id, is_alarmed in sorted(states):
        by_slo[slo_id].append((at, is_alarmed))
    return [
        case for case in bad if _is_alarmed_at(by_slo[case.slo_id], case.breached_at)
    ]


def _is_alarmed_at(states: Sequence[tuple[datetime, bool]], at: datetime) -> bool:
    """Tell what the last state until then says; without any, it is no alarm."""
    number = bisect_right(states, at, key=lambda state: state[0])
    return number > 0 and states[number - 1][1]


def ratio(part: float | None, whole: float | None) -> float | None:
    """Return part / whole; null where there is no whole."""
    return None if part is None or not whole else part / whole


def is_within(alerts: Iterable[Alert], first: datetime, last: datetime) -> bool:
    """Tell whether an alert begins within the span."""
    return any(first <= alert.since <= last for alert in alerts)


def alerts_during(
    alerts: Iterable[Alert], first: datetime, last: datetime
) -> list[Alert]:
    """Return the alerts that last in any part of the span."""
    return [
        alert
        for alert in alerts
        if alert.since <= last and (alert.until is None or alert.until > first)
    ]
