"""Incidents: one for each exception and spell, from opened to resolved."""

import hashlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from offpath.delivery.channels import (
    Channel,
    DeliveryError,
    NoAnswerError,
    RefusedError,
)
from offpath.routing.messages import taken_apart

Urgency = Literal["critical", "error", "warning", "info"]

OPENING = frozenset({"opened", "raised", "reminded", "escalated"})
# Of one message, so that a flood does not ring for each of its members.
MOST_OPENED = 20
LONGEST_FACT = 500
# What a message has left when they are over goes in the next run. With one request more
# they are to end before the courier's patience does.
SECONDS = 10


@dataclass(frozen=True, slots=True)
class Update:
    """What a service is told of one incident.

    ``key`` names the incident, and every spell of an exception has its own: a service
    opens a new one for the key of one that is resolved. ``summary`` is a line that all
    updates of it share; ``note`` says what is new.
    """

    key: str
    kind: str
    urgency: Urgency
    summary: str
    note: str
    details: Mapping[str, object]

    @property
    def opens(self) -> bool:
        """Whether there has to be an incident afterwards."""
        return self.kind in OPENING


class IncidentService(Protocol):
    """Where incidents are kept."""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of messages that are news to it."""
        ...

    def tell(self, update: Update) -> None:
        """Open, update, acknowledge or resolve one incident, or raise DeliveryError.

        Told twice, it makes no second incident.
        """
        ...


class IncidentChannel(Channel):
    """Tells an incident service of each exception of a message by itself.

    It takes no digests, which are no incidents. A note that a killed run may have left
    before is marked; an incident is known by its key. ``roles`` are those whose
    incidents the service keeps.
    """

    delivered: Literal["sent", "outbox"] = "sent"
    after_crash: Literal["same id", "marked"] = "marked"

    def __init__(self, name: str, service: IncidentService) -> None:
        """Tell the service, which is the only one of this channel."""
        self.name = name
        self.roles: set[str] = set()
        self._service = service

    def takes(self, kind: str) -> bool:
        """Tell whether it is of the life of an incident."""
        return kind in self._service.kinds

    def deliver(
        self, payload: Mapping[str, Any], *, is_possible_duplicate: bool
    ) -> None:
        """Tell of each exception; one that is refused does not stop the others.

        The error says how many were taken before the first that was not.
        """
        updates = list(
            updates_of(payload, self.roles, is_possible_duplicate=is_possible_duplicate)
        )
        # The members of a flood are not one update each.
        is_each = len(updates) == len(payload["exceptions"])
        told, may_be_told = 0, False
        failed: DeliveryError | None = None
        for number, error in enumerate(self._errors(updates)):
            if error is None:
                told += 1
                continue
            may_be_told |= error.may_have_arrived
            if failed is None:
                error.taken = number if is_each else 0
                failed = error
            elif isinstance(failed, RefusedError):
                # What is worth another try says more than what is not.
                error.taken = failed.taken
                failed = error
        if failed is not None:
            failed.may_have_arrived = may_be_told or told > failed.taken
            raise failed

    def _errors(self, updates: Sequence[Update]) -> Iterator[DeliveryError | None]:
        """Tell of each incident, and yield what went wrong, if anything.

        End early where the service wants to be left alone, or time is over.
        """
        until = time.monotonic() + SECONDS
        for number, update in enumerate(updates):
            if number and time.monotonic() > until:
                yield DeliveryError(f"told {number} of {len(updates)} in time")
                return
            try:
                self._service.tell(update)
            except DeliveryError as error:
                yield error
                if error.retry_after is not None or isinstance(error, NoAnswerError):
                    return
            else:
                yield None


def updates_of(
    payload: Mapping[str, Any], roles: Collection[str], *, is_possible_duplicate: bool
) -> Iterator[Update]:
    """Yield what a message tells of each of its exceptions, in its order.

    ``roles`` are those whose incidents the service keeps: one that is handed over to
    another is over for it. Of more than some that are to be opened, the less urgent
    share an incident of the rule, role and day, for which no message says that it is
    over.
    """
    parts = taken_apart(payload)
    mark = "[possible duplicate] " if is_possible_duplicate else ""
    is_flood = payload["kind"] in OPENING and len(parts) > MOST_OPENED
    for part in parts[:MOST_OPENED] if is_flood else parts:
        (exception,) = part["exceptions"]
        yield Update(
            key=f"offpath-{exception['exception_id']}-{exception.get('spell', 0)}",
            kind=_kind(exception, roles),
            urgency=urgency_of(exception),
            summary=_summary(
                exception, f"{exception['subject_type']} {exception['subject_id']}"
            ),
            note=f"{mark}{part['title']}\n{part['body']}",
            details=_details(exception),
        )
    if is_flood:
        yield _flood(payload, len(parts) - MOST_OPENED)


def urgency_of(exception: Mapping[str, Any]) -> Urgency:
    """Return how urgent an incident is, by route class and severity."""
    if exception["route_class"] == "page":
        return "critical" if exception["severity"] == "critical" else "error"
    return "warning" if exception["route_class"] == "task" else "info"


def _kind(exception: Mapping[str, Any], roles: Collection[str]) -> str:
    """Return what becomes of its incident."""
    kind = str(exception["kind"])
    is_gone = kind == "handed_over" and exception["owner_role"] not in roles
    return "resolved" if is_gone else kind


def _flood(payload: Mapping[str, Any], count: int) -> Update:
    """Tell of all that have no incident of their own."""
    exception = payload["exceptions"][MOST_OPENED]
    day = payload["decided_at"][:10]
    parts = [exception["rule_id"], payload["owner_role"], day]
    digest = hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]
    return Update(
        key=f"offpath-{digest}",
        kind="opened",
        urgency=urgency_of(exception),
        summary=_summary(exception, f"{count} more"),
        note=f"{count} more are open; `offpath status` lists them. Close this incident"
        f" when they are over.\n{payload['body']}",
        details={
            "journey": exception["journey"],
            "rule_id": exception["rule_id"],
            "exception_count": count,
        },
    )


def _summary(exception: Mapping[str, Any], subject: str) -> str:
    """Name an incident in one line."""
    text = f"[{exception['severity']}] {exception['rule_title']}: {subject}"
    return " ".join(text.split())


def _details(exception: Mapping[str, Any]) -> dict[str, object]:
    """Return the facts of an exception that a service can show or filter by."""
    names = (
        *("exception_id", "journey", "rule_id", "subject_type", "subject_id"),
        *("severity", "route_class", "owner_role", "onset_at", "respond_by_at"),
    )
    return {
        name: str(exception[name])[:LONGEST_FACT]
        for name in names
        if exception[name] is not None
    }
