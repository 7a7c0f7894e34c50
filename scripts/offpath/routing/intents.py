"""What there is to tell, and the wishes to tell it."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from offpath.instants import instant, instant_text
from offpath.routing.history import ANNOUNCING, Kind

# How the reason of a decision begins about what is gone though it is not over.
LOST_CODE = "waiting_for_data"
# How it begins about what is told to nobody.
RECORDED_CODE = "recorded_only"


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
    known_event_count: int | None
    case_link: str | None
    playbook_link: str | None


# What an exception is made of, read without the copy that `asdict` makes of each.
FIELDS = tuple(each.name for each in fields(ExceptionRecord))
VALUES = attrgetter(*FIELDS)
MOMENTS = tuple(
    each.name
    for each in fields(ExceptionRecord)
    if each.type in (datetime, datetime | None)
)


def exception_values(exception: ExceptionRecord) -> dict[str, Any]:
    """Return the exception by the names of its columns."""
    return dict(zip(FIELDS, VALUES(exception), strict=True))


def exception_payload(exception: ExceptionRecord) -> dict[str, Any]:
    """Return the exception as JSON values, its evidence as an object.

    Evidence that is no JSON, as a rule of one's own may give, stays text.
    """
    payload = exception_values(exception)
    for name in MOMENTS:
        if payload[name] is not None:
            payload[name] = instant_text(payload[name])
    if exception.evidence is not None:
        with suppress(json.JSONDecodeError):
            payload["evidence"] = json.loads(exception.evidence)
    return payload


def exception_of_payload(payload: Mapping[str, Any]) -> ExceptionRecord:
    """Return the exception that `exception_payload` wrote, maybe an earlier version."""
    values: dict[str, Any] = {
        each.name: payload.get(each.name) for each in fields(ExceptionRecord)
    }
    for name in MOMENTS:
        values[name] = values[name] and instant(values[name])
    if values["evidence"] is not None and not isinstance(values["evidence"], str):
        values["evidence"] = json.dumps(values["evidence"])
    return ExceptionRecord(**values)


@dataclass(frozen=True, slots=True)
class Intent:
    """A wish to tell one role one thing, with an id that every run computes alike.

    ``turn`` tells apart what is news again: how often it was another's before, or what
    was decided before the rows were lost. ``only`` names the channels that it is for;
    empty, it is for all that the role has.
    """

    exception_id: str
    kind: Kind
    spell: int
    step: int
    owner_role: str
    route_class: str
    reason: str
    turn: int = 0
    only: frozenset[str] = frozenset()

    @property
    def intent_id(self) -> str:
        """The first 32 hex digits of SHA-256 over what makes it news.

        The class is part of it only where it is the news, the turn but for the first.
        """
        news = self.route_class if self.kind == "raised" else ""
        parts = [self.exception_id, self.spell, self.kind, self.step]
        key = "|".join(map(str, [*parts, self.owner_role, news]))
        if self.turn:
            key += f"|{self.turn}"
        return hashlib.sha256(key.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Decision:
    """What to send now, what to take back, and why."""

    reason: str
    intents: tuple[Intent, ...] = ()
    withdrawn: tuple[str, ...] = ()

    def after(self, first: "Decision") -> "Decision":
        """Return it with the reminders and escalations of a first decision.

        Without the reminder of what it announces anew.
        """
        kinds = {"reminded", "escalated"}
        if any(intent.kind in ANNOUNCING for intent in self.intents):
            kinds = {"escalated"}
        late = tuple(
            intent
            for intent in first.intents
            if intent.kind in kinds and intent not in self.intents
        )
        return replace(self, intents=self.intents + late)

    @property
    def decision(self) -> str:
        """The kinds to send, in order, or ``nothing``."""
        kinds = dict.fromkeys(intent.kind for intent in self.intents)
        return "+".join(kinds) or "nothing"

    @property
    def is_lost(self) -> bool:
        """Whether it is about an exception whose rows are gone."""
        return self.reason.startswith(LOST_CODE)

    def without(self, waiting: Mapping[Intent, str]) -> "Decision":
        """Return what is left of it when some of its intents wait, and why they do.

        That rows are gone remains the reason, by which the next run knows it.
        """
        sent = tuple(intent for intent in self.intents if intent not in waiting)
        if sent or not self.intents or self.is_lost:
            return Decision(self.reason, sent, self.withdrawn)
        return Decision(waiting[self.intents[0]], (), self.withdrawn)
