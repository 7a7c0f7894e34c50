"""Put intents into words: one message each, or one for several."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from offpath.instants import instant, instant_text, minute_text
from offpath.routing.attention import QUIET, Shares, Wish
from offpath.routing.history import ANSWERED_CLASSES, RANKS, Kind
from offpath.routing.intents import (
    ExceptionRecord,
    Intent,
    exception_of_payload,
    exception_payload,
)
from offpath.text import duration, in_chat
from offpath.warehouse.marts import Mart

# A chat refuses longer texts; webhooks and the outbox carry every exception anyway.
DIGEST_LINES = 40
# Characters of a reason, in which a person may have noted something.
LONGEST_REASON = 300
THOUSAND = 1000
SINGULARS = {
    "breaches": "breach",
    "events a window": "event a window",
    "failing passages": "failing passage",
}
HEADLINES: dict[Kind, str] = {
    "opened": "New",
    "raised": "More urgent",
    "reminded": "Reminder",
    "escalated": "Escalated",
    "acknowledged": "Acknowledged",
    "handed_over": "Handed over",
    "rows_lost": "Rows are gone",
    "resolved": "Resolved",
}
DIGESTED_CLASSES = frozenset({"digest", "record"})
# The last in the queue: nobody has to act on it.
LEAST_PRIORITY = 99


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

    @property
    def carried_as(self) -> str:
        """The kind by which a channel takes it or leaves it."""
        return carried_as(self.kind, {intent.route_class for intent, _ in self.intents})

    def payload(self) -> dict[str, object]:
        """Return the message as a JSON object, as webhooks and the outbox carry it."""
        return {
            "id": self.message_id,
            "kind": self.kind,
            "carried_as": self.carried_as,
            "owner_role": self.owner_role,
            "title": self.title,
            "body": self.body,
            "decided_at": instant_text(self.decided_at),
            "exceptions": [
                {
                    "kind": intent.kind,
                    "spell": intent.spell,
                    "step": intent.step,
                    "reason": intent.reason,
                }
                | exception_payload(exception)
                for intent, exception in self.intents
            ],
        }


def compose(now: datetime, shares: Shares) -> list[Message]:
    """Put what goes now into messages, the most urgent first."""
    messages = [
        _message(now, wishes, of_several)
        for of_several, bundles in (
            (_group, shares.messages),
            (_digest, shares.digests),
        )
        for wishes in bundles
    ]
    return sorted(messages, key=lambda message: message.priority)


def _message(
    now: datetime,
    wishes: list[Wish],
    of_several: Callable[[datetime, list[Wish]], Message],
) -> Message:
    """Put wishes into the words for their kind and number."""
    if wishes[0][0].kind == "rows_lost":
        return _rows_lost(now, wishes)
    return _single(now, *wishes[0]) if len(wishes) == 1 else of_several(now, wishes)


def _single(now: datetime, intent: Intent, exception: ExceptionRecord) -> Message:
    """Tell one role about one exception."""
    return Message(
        message_id=intent.intent_id,
        owner_role=intent.owner_role,
        kind=intent.kind,
        title=f"{HEADLINES[intent.kind]} [{exception.severity}] "
        f"{in_chat(exception.rule_title)}: {_subject(exception)}",
        body=_body(now, intent, exception),
        priority=exception.priority,
        decided_at=now,
        intents=((intent, exception),),
    )


def _subject(exception: ExceptionRecord) -> str:
    """Name what the exception is about; its id comes from outside."""
    return f"{exception.subject_type} {in_chat(exception.subject_id)}"


def _body(now: datetime, intent: Intent, exception: ExceptionRecord) -> str:
    """Say what, since when, until when, what to do, and how to answer."""
    due = exception.respond_by_at
    lines = [
        f"Journey {exception.journey}, since {minute_text(exception.onset_at)}.",
        comparison(exception.observed_value, exception.threshold_value, exception.unit),
    ]
    if intent.kind in QUIET:
        lines.append(f"{_why_quiet(intent, 'Nothing more to do')}.")
    else:
        is_late = due is not None and due <= now
        lines += [
            f"Owner {exception.owner_role}, respond by {minute_text(due)}"
            + (" (overdue)." if is_late else "."),
            *_to_act(intent, exception, "Answer"),
        ]
    return "\n".join([*lines, f"Exception {exception.exception_id}"])


def _why_quiet(intent: Intent, lead: str) -> str:
    """Say why nothing is to do, or that somebody is on it."""
    code, _, words = intent.reason.partition(": ")
    reason = in_chat(words, LONGEST_REASON) if words else code.replace("_", " ")
    return reason if intent.kind == "acknowledged" else f"{lead}: {reason}"


def _group(now: datetime, wishes: list[Wish]) -> Message:
    """Tell one role about many exceptions of one rule."""
    intent, exception = wishes[0]
    subjects = "cases" if exception.subject_type == "case" else "subjects"
    return _bundle(
        now,
        wishes,
        intent.kind,
        f"{HEADLINES[intent.kind]} [{exception.severity}] "
        f"{in_chat(exception.rule_title)}: {len(wishes)} {subjects}",
        [] if intent.kind in QUIET else _to_act(intent, exception, "Answer each"),
    )


def _rows_lost(now: datetime, wishes: list[Wish]) -> Message:
    """Tell one role that rows are gone of which exceptions of a journey were told."""
    _, exception = wishes[0]
    count = (
        "1 exception waits" if len(wishes) == 1 else f"{len(wishes)} exceptions wait"
    )
    return _bundle(
        now,
        wishes,
        "rows_lost",
        f"{HEADLINES['rows_lost']} of {exception.journey}: {count} for data",
        [
            "Nobody was told that these are over. Load the rows again, or resolve what",
            f"is gone for good: offpath resolve {exception.exception_id[:12]}",
        ],
    )


def baseline_messages(
    now: datetime, mart: Mart, known: Mapping[str, str]
) -> list[Message]:
    """Tell the owner of each journey how much of it is known from now on.

    Not of what is only recorded, which nobody would have heard of.
    """
    found: dict[str, list[ExceptionRecord]] = defaultdict(list)
    owners = {name: journey.owner_role for name, journey in mart.journeys.items()}
    for exception in mart.exceptions:
        if exception.exception_id in known and exception.route_class != "record":
            found[exception.journey].append(exception)
            owners.setdefault(exception.journey, exception.owner_role)
    return [
        notice(
            now,
            owners[journey],
            "baseline",
            sorted(exception.exception_id for exception in exceptions),
            f"Known of {journey}: {len(exceptions):,} open exceptions",
            [
                "They were open before anybody was to be told.",
                "None is announced unless it becomes a page.",
                _by_class(exceptions),
                *(
                    f"{count:,} {title}"
                    for title, count in Counter(
                        in_chat(exception.rule_title) for exception in exceptions
                    ).most_common()
                ),
            ],
        )
        for journey, exceptions in sorted(found.items())
    ]


def _by_class(exceptions: Iterable[ExceptionRecord]) -> str:
    """Count exceptions by what each would have been, the most urgent first."""
    counts = Counter(exception.route_class for exception in exceptions)
    return "By route: " + ", ".join(
        f"{route_class} {counts[route_class]:,}"
        for route_class in sorted(counts, key=RANKS.__getitem__, reverse=True)
    )


def notice(  # noqa: PLR0913, PLR0917 - what it says
    now: datetime,
    role: str,
    kind: str,
    about: Iterable[str],
    title: str,
    lines: Iterable[str],
    priority: int = LEAST_PRIORITY,
) -> Message:
    """Make a message that is about no exception; what it is about makes its id."""
    key = "|".join([kind, role, *about])
    return Message(
        message_id=hashlib.sha256(key.encode()).hexdigest()[:32],
        owner_role=role,
        kind=kind,
        title=title,
        body="\n".join(lines),
        priority=priority,
        decided_at=now,
        intents=(),
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
    tasks = [wish for wish in wishes if _awaits_answer(wish[0])]
    to_act = (
        [f"Answer each task: offpath ack {tasks[0][1].exception_id[:12]}"]
        if tasks
        else []
    )
    return _bundle(now, wishes, "digest", title, to_act)


def _awaits_answer(intent: Intent) -> bool:
    """Tell whether it is reminded of until somebody answers."""
    return intent.kind not in QUIET and intent.route_class in ANSWERED_CLASSES


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
        f"{HEADLINES[intent.kind]} [{exception.severity}] "
        f"{in_chat(exception.rule_title)}: {_subject(exception)},"
        f" {_in_short(now, intent, exception)} ({exception.exception_id[:12]})"
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


def _in_short(now: datetime, intent: Intent, exception: ExceptionRecord) -> str:
    """Say until when to act, and whether an answer is awaited; or why not to."""
    if intent.kind in QUIET:
        return _why_quiet(intent, "nothing more to do")
    due = exception.respond_by_at
    late = ", overdue" if due is not None and due <= now else ""
    lead = f"{intent.route_class}, " if _awaits_answer(intent) else ""
    return f"{lead}respond by {minute_text(due)}{late}"


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
    if unit == "minutes":
        return duration(value)
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


def carried_as(kind: str, route_classes: Collection[str]) -> str:
    """Return the kind by which a channel takes a message or leaves it.

    A digest of one is worded as a single message and remains a digest. What ends
    something goes where that began: its class is the one in which it was told.
    """
    if kind == "acknowledged" or not route_classes:
        return kind
    return "digest" if DIGESTED_CLASSES.issuperset(route_classes) else kind


def payload_carried_as(payload: Mapping[str, Any]) -> str:
    """Return the same of a message that the ledger holds, maybe of an older version."""
    if "carried_as" in payload:
        return str(payload["carried_as"])
    if payload["kind"] in QUIET:
        return str(payload["kind"])
    classes = {each["route_class"] for each in payload["exceptions"]}
    return carried_as(payload["kind"], classes)


def taken_apart(payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a payload for each exception of one, worded as if it came alone.

    Ids are those of the parts; a payload of an earlier version may lack spells.
    """
    now = instant(payload["decided_at"])
    parts: list[Mapping[str, Any]] = []
    for each in payload["exceptions"]:
        exception = exception_of_payload(each)
        intent = Intent(
            exception.exception_id,
            each["kind"],
            each.get("spell", 0),
            each["step"],
            payload["owner_role"],
            exception.route_class,
            each["reason"],
        )
        parts.append(_single(now, intent, exception).payload())
    return parts
