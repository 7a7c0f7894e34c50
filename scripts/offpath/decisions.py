"""Decide what to tell whom about one exception. Nothing here reads or writes."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from offpath.instants import minute_text

Kind = Literal["opened", "raised", "reminded", "escalated", "resolved"]

ANSWERED_CLASSES = frozenset({"page", "task"})
RANKS = {"record": 0, "digest": 1, "task": 2, "page": 3}


@dataclass(frozen=True, slots=True)
class ExceptionRecord:
    """One row of ``fct_exceptions``: the fields are its columns."""

    exception_id: str
    rule_id: str
    rule_version: int
    rule_title: str
    family: str
    journey: str
    subject_type: str
    subject_id: str
    episode: int
    onset_at: datetime
    detected_at: datetime
    cleared_at: datetime | None
    is_open: bool
    observed_value: float | None
    threshold_value: float | None
    unit: str | None
    severity: str
    owner_role: str
    respond_by_at: datetime | None
    escalation_policy: str | None
    playbook: str | None
    playbook_location: str | None
    slo_id: str | None
    route_class: str
    route_reason: str
    priority: int
    digest_at: datetime | None
    evidence: str | None


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """One row of ``fct_exception_escalations``, without its exception."""

    step: int
    notify_role: str
    notify_at: datetime | None


@dataclass(frozen=True, slots=True)
class PastIntent:
    """What the ledger knows of an intent, over all channels it went to."""

    intent_id: str
    message_id: str
    kind: Kind
    spell: int
    step: int
    owner_role: str
    route_class: str
    decided_at: datetime
    is_told: bool
    is_undelivered: bool


@dataclass(frozen=True, slots=True)
class History:
    """What the ledger knows of one exception; withdrawn intents are left out.

    A spell lasts from an opening until somebody was told that it is over, so that an
    exception that comes back under its id is announced anew.
    """

    intents: tuple[PastIntent, ...] = ()
    acknowledged_at: datetime | None = None
    is_resolved: bool = False

    @property
    def over(self) -> tuple[PastIntent, ...]:
        """The messages that told somebody that it is over."""
        return tuple(
            past for past in self.intents if past.kind == "resolved" and past.is_told
        )

    @property
    def spell(self) -> int:
        """The number of the spell that an open exception is in, from 0."""
        return max((past.spell for past in self.over), default=-1) + 1

    @property
    def is_acknowledged(self) -> bool:
        """Whether somebody is on it, in the present spell."""
        return self.acknowledged_at is not None and all(
            past.decided_at <= self.acknowledged_at for past in self.over
        )

    def without(self, message_ids: Collection[str]) -> "History":
        """Return it as if these messages had not been written, unless one was told."""
        kept = tuple(
            past
            for past in self.intents
            if past.is_told or past.message_id not in message_ids
        )
        return replace(self, intents=kept)

    def of_spell(self, spell: int, *kinds: Kind) -> tuple[PastIntent, ...]:
        """Return the intents of the spell that are of one of the kinds."""
        return tuple(
            past for past in self.intents if past.spell == spell and past.kind in kinds
        )

    def announcements(self, spell: int, role: str) -> tuple[PastIntent, ...]:
        """Return the intents that told the role, in the spell, of the exception."""
        announcing = self.of_spell(spell, "opened", "raised")
        return tuple(past for past in announcing if past.owner_role == role)


@dataclass(frozen=True, slots=True)
class Intent:
    """A wish to tell one role one thing, with an id that every run computes alike."""

    exception_id: str
    kind: Kind
    spell: int
    step: int
    owner_role: str
    route_class: str
    reason: str

    @property
    def intent_id(self) -> str:
        """The first 32 hex digits of SHA-256 over all fields but the reason.

        The class is part of it only where it is the news.
        """
        news = self.route_class if self.kind == "raised" else ""
        parts = [self.exception_id, self.spell, self.kind, self.step]
        key = "|".join(map(str, [*parts, self.owner_role, news]))
        return hashlib.sha256(key.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Decision:
    """What to send now, what to take back, and why."""

    reason: str
    intents: tuple[Intent, ...] = ()
    withdrawn: tuple[str, ...] = ()

    def after(self, first: "Decision") -> "Decision":
        """Return it with the reminders and escalations of a first decision."""
        late = tuple(
            intent
            for intent in first.intents
            if intent.kind in ("reminded", "escalated") and intent not in self.intents
        )
        return replace(self, intents=self.intents + late)

    @property
    def decision(self) -> str:
        """The kinds to send, in order, or ``nothing``."""
        kinds = dict.fromkeys(intent.kind for intent in self.intents)
        return "+".join(kinds) or "nothing"

    def without(self, waiting: Mapping[Intent, str]) -> "Decision":
        """Return what is left of it when some of its intents wait, and why they do."""
        sent = tuple(intent for intent in self.intents if intent not in waiting)
        if sent or not self.intents:
            return Decision(self.reason, sent, self.withdrawn)
        return Decision(waiting[self.intents[0]], (), self.withdrawn)


def decide(
    now: datetime,
    exception: ExceptionRecord,
    history: History,
    policy: tuple[EscalationStep, ...],
) -> Decision:
    """Decide about one exception.

    ``policy`` holds the exception's escalation steps. Feeding the outcome back as
    history and deciding again at the same instant yields no intents.
    """
    if history.is_resolved or not exception.is_open:
        return _close(exception, history, "cleared")
    intents = _openings(exception, history) or [
        *_reminders(now, exception, history),
        *_escalations(now, exception, history, policy),
    ]
    reason = intents[0].reason if intents else _reason_for_silence(exception, history)
    return Decision(reason, tuple(intents), _overtaken(history))


def decide_vanished(exception: ExceptionRecord, history: History) -> Decision:
    """Decide about an exception that was announced and that the marts no longer hold.

    A rule was withdrawn, or a late event moved the onset and with it the id.
    """
    return _close(exception, history, "no_longer_in_the_marts")


def _openings(exception: ExceptionRecord, history: History) -> list[Intent]:
    """Announce to the owner, once, whatever is more than a record.

    Again where it becomes more urgent than that role was told, or another role's. Not
    where somebody is on it, whoever told them.
    """
    spell = history.spell
    rank = RANKS[exception.route_class]
    if rank == 0 or history.is_acknowledged:
        return []
    told = history.announcements(spell, exception.owner_role)
    reason = f"{exception.route_class}: {exception.route_reason}"
    kind: Kind = "opened"
    if told:
        former = max((past.route_class for past in told), key=RANKS.__getitem__)
        if rank <= RANKS[former]:
            return []
        kind = "raised"
        reason = f"from {former} to {reason}"
    return [
        Intent(
            exception.exception_id,
            kind,
            spell,
            0,
            exception.owner_role,
            exception.route_class,
            reason,
        )
    ]


def _reminders(
    now: datetime, exception: ExceptionRecord, history: History
) -> list[Intent]:
    """Remind the owner, once, when the response is due.

    An announcement that was itself late says that it is due; it needs no reminder.
    """
    due, role, spell = exception.respond_by_at, exception.owner_role, history.spell
    told = history.announcements(spell, role)
    if (
        not _awaits_answer(exception, history)
        or due is None
        or due > now
        or not all(past.decided_at < due for past in told)
        or any(past.owner_role == role for past in history.of_spell(spell, "reminded"))
    ):
        return []
    return [
        Intent(
            exception.exception_id,
            "reminded",
            spell,
            0,
            role,
            exception.route_class,
            f"unanswered: nobody was on it by {minute_text(due)}",
        )
    ]


def _escalations(
    now: datetime,
    exception: ExceptionRecord,
    history: History,
    policy: tuple[EscalationStep, ...],
) -> list[Intent]:
    """Tell the next role at each step whose time has come, once a step.

    Not at the very instant at which the owner learns of it.
    """
    told = history.announcements(history.spell, exception.owner_role)
    if not _awaits_answer(exception, history) or any(
        past.decided_at >= now for past in told
    ):
        return []
    taken = {past.step for past in history.of_spell(history.spell, "escalated")}
    return [
        Intent(
            exception.exception_id,
            "escalated",
            history.spell,
            step.step,
            step.notify_role,
            exception.route_class,
            f"unanswered: nobody was on it by {minute_text(step.notify_at)},"
            f" step {step.step}",
        )
        for step in sorted(policy, key=lambda step: step.step)
        if step.notify_at is not None
        and step.notify_at <= now
        and step.step not in taken
    ]


def _awaits_answer(exception: ExceptionRecord, history: History) -> bool:
    """Tell whether somebody still has to say that they are on it."""
    return exception.route_class in ANSWERED_CLASSES and not history.is_acknowledged


def _close(exception: ExceptionRecord, history: History, cause: str) -> Decision:
    """Tell each role that was told, once, and take back what never went out.

    As urgently as they were told of it. What a person said is the cause, whatever the
    marts say.
    """
    if history.is_resolved:
        cause = "resolved_by_a_person"
    spell = max((past.spell for past in history.intents), default=0)
    known = {past.owner_role for past in history.of_spell(spell, "resolved")}
    told: dict[str, list[PastIntent]] = defaultdict(list)
    for past in history.of_spell(spell, "opened", "raised", "escalated"):
        if past.is_told:
            told[past.owner_role].append(past)
    steps = {role: min(past.step for past in pasts) for role, pasts in told.items()}
    intents = tuple(
        Intent(
            exception.exception_id,
            "resolved",
            spell,
            step,
            role,
            max((past.route_class for past in told[role]), key=RANKS.__getitem__),
            cause,
        )
        for role, step in sorted(steps.items(), key=lambda item: (item[1], item[0]))
        if role not in known
    )
    withdrawn = tuple(
        past.intent_id
        for past in history.intents
        if past.is_undelivered and past.kind != "resolved"
    )
    if intents:
        return Decision(cause, intents, withdrawn)
    reason = f"{cause}_and_told" if told else f"{cause}_before_announced"
    return Decision(reason, (), withdrawn)


def _overtaken(history: History) -> tuple[str, ...]:
    """Take back what is no longer true of an open exception.

    That it is over; and, once somebody is on it, that somebody has to be.
    """
    kinds = {"resolved"}
    if history.is_acknowledged:
        kinds |= {"opened", "raised", "reminded", "escalated"}
    return tuple(
        past.intent_id
        for past in history.intents
        if past.is_undelivered and past.kind in kinds
    )


def _reason_for_silence(exception: ExceptionRecord, history: History) -> str:
    """Say why an open exception sends nothing now."""
    if history.is_acknowledged:
        return "acknowledged"
    if any(past.is_undelivered for past in history.intents):
        return "delivery_is_retried"
    if history.of_spell(history.spell, "opened", "raised"):
        return "already_announced"
    return f"recorded_only: {exception.route_reason}"
