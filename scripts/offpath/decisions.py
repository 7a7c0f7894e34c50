"""Decide what to tell whom about one exception. Nothing here reads or writes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from offpath.instants import instant_text

Kind = Literal["opened", "reminded", "escalated", "resolved"]

ANSWERED_CLASSES = frozenset({"page", "task"})


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
    kind: Kind
    step: int
    owner_role: str
    decided_at: datetime
    is_told: bool
    is_undelivered: bool


@dataclass(frozen=True, slots=True)
class History:
    """What the ledger knows of one exception; withdrawn intents are left out."""

    intents: tuple[PastIntent, ...] = ()
    is_acknowledged: bool = False
    is_resolved: bool = False

    def has(self, kind: Kind, step: int = 0) -> bool:
        """Tell whether the intent was decided before."""
        return any(past.kind == kind and past.step == step for past in self.intents)


@dataclass(frozen=True, slots=True)
class Intent:
    """A wish to tell one role one thing, with an id that every run computes alike."""

    exception_id: str
    kind: Kind
    step: int
    owner_role: str
    reason: str

    @property
    def intent_id(self) -> str:
        """The first 32 hex digits of SHA-256 over exception, kind and step."""
        key = f"{self.exception_id}|{self.kind}|{self.step}"
        return hashlib.sha256(key.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Decision:
    """What to send now, what to take back, and why."""

    reason: str
    intents: tuple[Intent, ...] = ()
    withdrawn: tuple[str, ...] = ()

    @property
    def decision(self) -> str:
        """The kinds to send, in order, or ``nothing``."""
        kinds = dict.fromkeys(intent.kind for intent in self.intents)
        return "+".join(kinds) or "nothing"


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
        return _close(exception, history)
    intents = [
        *_openings(exception, history),
        *_reminders(now, exception, history),
        *_escalations(now, exception, history, policy),
    ]
    reason = intents[0].reason if intents else _reason_for_silence(exception, history)
    return Decision(reason, tuple(intents), _overtaken(history))


def _openings(exception: ExceptionRecord, history: History) -> list[Intent]:
    """Announce to the owner, once, whatever is more than a record."""
    if exception.route_class == "record" or history.has("opened"):
        return []
    reason = f"{exception.route_class}: {exception.route_reason}"
    return [Intent(exception.exception_id, "opened", 0, exception.owner_role, reason)]


def _reminders(
    now: datetime, exception: ExceptionRecord, history: History
) -> list[Intent]:
    """Remind the role that was told, once, when its response is due.

    An opening that was itself late says that it is due; it needs no reminder.
    """
    due = exception.respond_by_at
    if not _awaits_answer(exception, history) or due is None or due > now:
        return []
    return [
        Intent(
            exception.exception_id,
            "reminded",
            0,
            past.owner_role,
            f"not acknowledged by {instant_text(due)}",
        )
        for past in history.intents
        if past.kind == "opened"
        and past.decided_at < due
        and not history.has("reminded")
    ]


def _escalations(
    now: datetime,
    exception: ExceptionRecord,
    history: History,
    policy: tuple[EscalationStep, ...],
) -> list[Intent]:
    """Tell the next role at each step whose time has come, once a step."""
    if not _awaits_answer(exception, history):
        return []
    return [
        Intent(
            exception.exception_id,
            "escalated",
            step.step,
            step.notify_role,
            f"step {step.step} fell due at {instant_text(step.notify_at)}",
        )
        for step in sorted(policy, key=lambda step: step.step)
        if step.notify_at is not None
        and step.notify_at <= now
        and not history.has("escalated", step.step)
    ]


def _awaits_answer(exception: ExceptionRecord, history: History) -> bool:
    """Tell whether somebody still has to say that they are on it."""
    return exception.route_class in ANSWERED_CLASSES and not history.is_acknowledged


def _close(exception: ExceptionRecord, history: History) -> Decision:
    """Tell each role that was told, once, and take back what never went out.

    The step of a role's resolved message is the step by which it was told, so that
    two roles never share an id.
    """
    cause = "resolved_by_a_person" if history.is_resolved else "cleared"
    known = {past.owner_role for past in history.intents if past.kind == "resolved"}
    told: dict[str, int] = {}
    for past in sorted(history.intents, key=lambda past: past.step):
        if past.is_told and past.kind in {"opened", "escalated"}:
            told.setdefault(past.owner_role, past.step)
    intents = tuple(
        Intent(exception.exception_id, "resolved", step, role, cause)
        for role, step in told.items()
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
    """Take back reminders and escalations that an acknowledgement has overtaken."""
    if not history.is_acknowledged:
        return ()
    return tuple(
        past.intent_id
        for past in history.intents
        if past.is_undelivered and past.kind in {"reminded", "escalated"}
    )


def _reason_for_silence(exception: ExceptionRecord, history: History) -> str:
    """Say why an open exception sends nothing now."""
    if history.is_acknowledged:
        return "acknowledged"
    if any(past.is_undelivered for past in history.intents):
        return "delivery_is_retried"
    if history.has("opened"):
        return "already_announced"
    return f"recorded_only: {exception.route_reason}"
