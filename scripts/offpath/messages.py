"""Put intents into words: one message each, or one digest for each role."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from offpath.decisions import ExceptionRecord, Intent, Kind
from offpath.instants import instant, instant_text, minute_text

# A chat refuses longer texts; webhooks and the outbox carry every exception anyway.
DIGEST_LINES = 40
# Nobody reads a hundred messages that arrive at once, as after an outage they would.
MOST_SINGLES = 20
BUNDLED_CLASSES = frozenset({"digest", "record"})
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
    """What one role is told at once: a single intent, or a digest of several."""

    message_id: str
    owner_role: str
    kind: str
    title: str
    body: str
    priority: int
    decided_at: datetime
    intents: tuple[tuple[Intent, ExceptionRecord], ...]

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


def compose(
    now: datetime, wishes: Iterable[tuple[Intent, ExceptionRecord]]
) -> list[Message]:
    """Make one message of each intent, and one digest a role of what is bundled.

    The wishes come the most urgent first. A role that has had `MOST_SINGLES` messages
    of this run gets its further tasks in the digest; pages always come singly.
    """
    messages: list[Message] = []
    singles: Counter[str] = Counter()
    bundles: dict[str, list[tuple[Intent, ExceptionRecord]]] = defaultdict(list)
    for intent, exception in wishes:
        role, route_class = intent.owner_role, exception.route_class
        is_flooded = route_class != "page" and singles[role] >= MOST_SINGLES
        if route_class in BUNDLED_CLASSES or is_flooded:
            bundles[role].append((intent, exception))
        else:
            singles[role] += 1
            messages.append(_single(now, intent, exception))
    messages.extend(_digest(now, role, bundle) for role, bundle in bundles.items())
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
    observed = _measure(exception.observed_value, exception.unit)
    threshold = _measure(exception.threshold_value, exception.unit)
    lines = [
        f"Journey {exception.journey}, since {minute_text(exception.onset_at)}.",
        f"Observed: {observed}. Allowed: {threshold}.",
    ]
    if intent.kind == "resolved":
        lines.append(f"Nothing more to do: {intent.reason.replace('_', ' ')}.")
    else:
        is_late = due is not None and due <= now
        lines += [
            f"Owner {exception.owner_role}, respond by {minute_text(due)}"
            + (" (overdue)." if is_late else "."),
            f"Why you: {intent.reason.replace(': ', ', because ', 1)}.",
            f"Playbook: {exception.playbook_location or exception.playbook or '-'}",
            f"Answer: offpath ack {exception.exception_id[:12]}",
        ]
    return "\n".join([*lines, f"Exception {exception.exception_id}"])


def _digest(
    now: datetime, role: str, bundle: list[tuple[Intent, ExceptionRecord]]
) -> Message:
    """Tell one role about many exceptions; the same members make the same id."""
    members = sorted(intent.intent_id for intent, _ in bundle)
    message_id = hashlib.sha256("|".join(["digest", *members]).encode()).hexdigest()
    kinds = Counter(HEADLINES[intent.kind].lower() for intent, _ in bundle)
    lines = [
        f"{HEADLINES[intent.kind]} [{exception.severity}] {exception.rule_title}: "
        f"{exception.subject_type} {exception.subject_id}, respond by "
        f"{minute_text(exception.respond_by_at)} ({exception.exception_id[:12]})"
        for intent, exception in bundle[:DIGEST_LINES]
    ]
    if len(bundle) > DIGEST_LINES:
        lines.append(f"and {len(bundle) - DIGEST_LINES} more, less urgent")
    return Message(
        message_id=message_id[:32],
        owner_role=role,
        kind="digest",
        title=f"Digest for {role}: "
        + ", ".join(f"{count} {kind}" for kind, count in kinds.items()),
        body="\n".join(lines),
        priority=min(exception.priority for _, exception in bundle),
        decided_at=now,
        intents=tuple(bundle),
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
    """Return the exception that `exception_payload` wrote."""
    values = {each.name: payload[each.name] for each in fields(ExceptionRecord)}
    for name in ("onset_at", "detected_at", "cleared_at", "respond_by_at"):
        values[name] = values[name] and instant(values[name])
    if values["evidence"] is not None and not isinstance(values["evidence"], str):
        values["evidence"] = json.dumps(values["evidence"])
    return ExceptionRecord(**values)
