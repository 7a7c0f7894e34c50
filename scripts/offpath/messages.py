"""Put intents into words: one message each, or one for several."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from offpath.attention import Shares, Wish
from offpath.decisions import ExceptionRecord, Intent, Kind
from offpath.instants import instant, instant_text, minute_text

# A chat refuses longer texts; webhooks and the outbox carry every exception anyway.
DIGEST_LINES = 40
THOUSAND = 1000
SINGULARS = {
    "breaches": "breach",
    "events a window": "event a window",
    "failing passages": "failing passage",
    "minutes": "minute",
}
HEADLINES: dict[Kind, str] = {
    "opened": "New",
    "raised": "More urgent",
    "reminded": "Reminder",
    "escalated": "Escalated",
    "resolved": "Resolved",
}


@dataclass(frozen=True, slots=True)
class Message:
    """What one role is told at once: a single intent, or several."""

    message_id: str
    owner_role: str
    kind: str
    title: str
    body: str
    priority: int
    decided_at: datetime
    intents: tuple[Wish, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is sent: a reason for each exception, with its subject in a digest."""
        return reasons_of_payload(self.payload())

    def payload(self) -> dict[str, object]:
        """Return the message as a JSON object, as webhooks and the outbox carry it."""
        return {
            "id": self.message_id,
            "kind": self.kind,
            "owner_role": self.owner_role,
            "title": self.title,
            "body": self.body,
            "decided_at": instant_text(self.decided_at),
            "exceptions": [
                {"kind": intent.kind, "step": intent.step, "reason": intent.reason}
                | exception_payload(exception)
                for intent, exception in self.intents
            ],
        }


def compose(now: datetime, shares: Shares) -> list[Message]:
    """Put what goes now into messages, the most urgent first."""
    messages = [
        _single(now, *wishes[0]) if len(wishes) == 1 else of_several(now, wishes)
        for of_several, bundles in (
            (_group, shares.messages),
            (_digest, shares.digests),
        )
        for wishes in bundles
    ]
    return sorted(messages, key=lambda message: message.priority)


def _single(now: datetime, intent: Intent, exception: ExceptionRecord) -> Message:
    """Tell one role about one exception."""
    subject = f"{exception.subject_type} {exception.subject_id}"
    return Message(
        message_id=intent.intent_id,
        owner_role=intent.owner_role,
        kind=intent.kind,
        title=f"{HEADLINES[intent.kind]} [{exception.severity}] "
        f"{exception.rule_title}: {subject}",
        body=_body(now, intent, exception),
        priority=exception.priority,
        decided_at=now,
        intents=((intent, exception),),
    )


def _body(now: datetime, intent: Intent, exception: ExceptionRecord) -> str:
    """Say what, since when, until when, what to do, and how to answer."""
    due = exception.respond_by_at
    lines = [
        f"Journey {exception.journey}, since {minute_text(exception.onset_at)}.",
        comparison(exception.observed_value, exception.threshold_value, exception.unit),
    ]
    if intent.kind == "resolved":
        lines.append(f"Nothing more to do: {intent.reason.replace('_', ' ')}.")
    else:
        is_late = due is not None and due <= now
        lines += [
            f"Owner {exception.owner_role}, respond by {minute_text(due)}"
            + (" (overdue)." if is_late else "."),
            *_to_act(intent, exception, "Answer"),
        ]
    return "\n".join([*lines, f"Exception {exception.exception_id}"])


def _group(now: datetime, wishes: list[Wish]) -> Message:
    """Tell one role about many exceptions of one rule."""
    intent, exception = wishes[0]
    subjects = "cases" if exception.subject_type == "case" else "subjects"
    return _bundle(
        now,
        wishes,
        intent.kind,
        f"{HEADLINES[intent.kind]} [{exception.severity}] {exception.rule_title}: "
        f"{len(wishes)} {subjects}",
        [] if intent.kind == "resolved" else _to_act(intent, exception, "Answer each"),
    )


def _to_act(intent: Intent, exception: ExceptionRecord, answer: str) -> list[str]:
    """Say why it comes to this role, what to do, and how to answer."""
    return [
        f"Why you: {intent.reason.replace(': ', ', because ', 1)}.",
        f"Playbook: {exception.playbook_location or exception.playbook or '-'}",
        f"{answer}: offpath ack {exception.exception_id[:12]}",
    ]


def _digest(now: datetime, wishes: list[Wish]) -> Message:
    """Tell one role about many exceptions."""
    kinds = Counter(HEADLINES[intent.kind].lower() for intent, _ in wishes)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    title = f"Digest for {wishes[0][0].owner_role}: {counts}"
    return _bundle(now, wishes, "digest", title)


def _bundle(
    now: datetime,
    wishes: list[Wish],
    kind: str,
    title: str,
    last_lines: Iterable[str] = (),
) -> Message:
    """Make one message of several; the same members make the same id."""
    members = sorted(intent.intent_id for intent, _ in wishes)
    message_id = hashlib.sha256("|".join(["digest", *members]).encode()).hexdigest()
    lines = [
        f"{HEADLINES[intent.kind]} [{exception.severity}] {exception.rule_title}: "
        f"{exception.subject_type} {exception.subject_id}, respond by "
        f"{minute_text(exception.respond_by_at)} ({exception.exception_id[:12]})"
        for intent, exception in wishes[:DIGEST_LINES]
    ]
    if len(wishes) > DIGEST_LINES:
        lines.append(f"and {len(wishes) - DIGEST_LINES} more, less urgent")
    return Message(
        message_id=message_id[:32],
        owner_role=wishes[0][0].owner_role,
        kind=kind,
        title=title,
        body="\n".join([*lines, *last_lines]),
        priority=min(exception.priority for _, exception in wishes),
        decided_at=now,
        intents=tuple(wishes),
    )


def comparison(
    observed: float | None, threshold: float | None, unit: str | None
) -> str:
    """Say what was seen beside what is allowed."""
    return (
        f"Observed: {_measure(observed, unit)}. Allowed: {_measure(threshold, unit)}."
    )


def _measure(value: float | None, unit: str | None) -> str:
    """Write a figure with its unit."""
    if value is None:
        return "-"
    number = f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value:.4g}"
    unit = unit or ""
    return f"{number} {SINGULARS.get(unit, unit) if value == 1 else unit}".strip()


def reasons_of_payload(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Return why a message was decided on, a line for each of its exceptions."""
    exceptions = payload["exceptions"]
    if len(exceptions) == 1:
        return (exceptions[0]["reason"],)
    return tuple(
        f"{each['rule_id']} of {each['subject_id']}: {each['reason']}"
        for each in exceptions
    )


def exception_payload(exception: ExceptionRecord) -> dict[str, object]:
    """Return the exception as JSON values, its evidence as an object.

    Evidence that is no JSON, as a rule of one's own may give, stays text.
    """
    payload = {
        name: instant_text(value) if isinstance(value, datetime) else value
        for name, value in asdict(exception).items()
    }
    if exception.evidence is not None:
        with suppress(json.JSONDecodeError):
            payload["evidence"] = json.loads(exception.evidence)
    return payload


def exception_of_payload(payload: Mapping[str, Any]) -> ExceptionRecord:
    """Return the exception that `exception_payload` wrote, maybe an earlier version."""
    values: dict[str, Any] = {
        each.name: payload.get(each.name) for each in fields(ExceptionRecord)
    }
    for name in ("onset_at", "detected_at", "cleared_at", "respond_by_at", "digest_at"):
        values[name] = values[name] and instant(values[name])
    if values["evidence"] is not None and not isinstance(values["evidence"], str):
        values["evidence"] = json.dumps(values["evidence"])
    return ExceptionRecord(**values)
