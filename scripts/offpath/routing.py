"""The reconciler: what the marts want, less what the ledger says was done."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from offpath.attention import OVER_CODE, share_out
from offpath.channel_file import Channels
from offpath.courier import Courier, Sending, sending_of, warn_of_outbox
from offpath.decisions import (
    Decision,
    ExceptionRecord,
    History,
    PastIntent,
    decide,
    decide_vanished,
)
from offpath.home import Home
from offpath.instants import Clock, instant_text
from offpath.ledger import Ledger
from offpath.lock import only_one
from offpath.marts import Mart
from offpath.messages import Message, compose
from offpath.routing_log import export

Warn = Callable[[str], None]
# With the hour that summer time adds to one.
LONGEST_DAY = timedelta(hours=25)
# The marts and the clock of a run, looked at once the run has the right to send.
Look = Callable[[], tuple[Mart, Clock]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one look at marts and ledger asks for.

    ``changed`` are the decisions that differ from the last one about their exception,
    ``held`` the ids of undelivered messages that are to be taken back.
    """

    decisions: dict[str, Decision]
    changed: dict[str, Decision]
    held: frozenset[str]
    messages: list[Message]

    @property
    def reasons(self) -> dict[str, int]:
        """Count the exceptions by decision and reason code."""
        counts = Counter(
            f"{one.decision}: {one.reason.partition(':')[0]}"
            for one in self.decisions.values()
        )
        return dict(sorted(counts.items()))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run sent, or would send, and what it decided."""

    decided_at: datetime
    mart_as_of: datetime
    reasons: dict[str, int]
    sendings: list[Sending] = field(default_factory=list)
    is_dry_run: bool = False

    @property
    def undelivered(self) -> int:
        """The number of messages that no channel took."""
        return sum(sending.state == "failed" for sending in self.sendings)

    def as_json(self) -> dict[str, object]:
        """Return the outcome as JSON values."""
        return {
            "decided_at": instant_text(self.decided_at),
            "mart_as_of": instant_text(self.mart_as_of),
            "is_dry_run": self.is_dry_run,
            "undelivered": self.undelivered,
            "reasons": self.reasons,
            "messages": [
                {name: getattr(sending, name) for name in Sending.__slots__}
                for sending in self.sendings
            ],
        }


def make_plan(now: datetime, mart: Mart, ledger: Ledger) -> Plan:
    """Decide about every exception, and put what does not wait into messages.

    Those of the marts, the most urgent first, then those that were announced and are
    no longer there.
    """
    histories = ledger.histories()
    vanished = _vanished(mart, histories, ledger)
    decided = _decided(now, mart, vanished, histories)
    held = _held(histories, [decision for _, decision in decided])
    if held:
        # What is left of a bundle is decided about as if nobody had meant to tell it.
        histories = {key: each.without(held) for key, each in histories.items()}
        decided = [
            (exception, decision.after(first))
            for (exception, decision), (_, first) in zip(
                _decided(now, mart, vanished, histories), decided, strict=True
            )
        ]
    last = ledger.last_decisions()
    shares = share_out(
        now,
        [
            (intent, exception)
            for exception, decision in decided
            for intent in decision.intents
        ],
        mart.roles,
        ledger.told_between(now - LONGEST_DAY, now, held),
        frozenset(
            exception_id
            for exception_id, (_, reason) in last.items()
            if reason.startswith(OVER_CODE)
        ),
    )
    decisions = {
        exception.exception_id: decision.without(shares.waiting)
        for exception, decision in decided
    }
    changed = {
        exception_id: decision
        for exception_id, decision in decisions.items()
        if last.get(exception_id) != (decision.decision, decision.reason)
    }
    return Plan(decisions, changed, held, compose(now, shares))


def _decided(
    now: datetime,
    mart: Mart,
    vanished: list[ExceptionRecord],
    histories: Mapping[str, History],
) -> list[tuple[ExceptionRecord, Decision]]:
    """Decide about each exception of the marts, and each that is not there any more."""
    decided = [
        (
            exception,
            decide(
                now,
                exception,
                histories.get(exception.exception_id, History()),
                mart.escalations.get(exception.exception_id, ()),
            ),
        )
        for exception in mart.exceptions
    ]
    return decided + [
        (exception, decide_vanished(exception, histories[exception.exception_id]))
        for exception in vanished
    ]


def _held(
    histories: Mapping[str, History], decisions: Iterable[Decision]
) -> frozenset[str]:
    """Return the undelivered messages that no longer are what has to be told.

    Those of which all is taken back; and those of which a part is and that nobody has
    by another channel, for what is left can go without it.
    """
    withdrawn = {each for decision in decisions for each in decision.withdrawn}
    if not withdrawn:
        return frozenset()
    members: dict[str, list[PastIntent]] = defaultdict(list)
    for history in histories.values():
        for past in history.intents:
            if past.is_undelivered:
                members[past.message_id].append(past)
    return frozenset(
        message_id
        for message_id, pasts in members.items()
        if all(past.intent_id in withdrawn for past in pasts)
        or any(past.intent_id in withdrawn and not past.is_told for past in pasts)
    )


def _vanished(
    mart: Mart, histories: Mapping[str, History], ledger: Ledger
) -> list[ExceptionRecord]:
    """Return what was announced and is gone from marts that would have to hold it.

    Marts of an earlier day than it was detected, as of a replay, prove nothing.
    """
    held = {exception.exception_id for exception in mart.exceptions}
    gone = [
        exception_id
        for exception_id, history in sorted(histories.items())
        if exception_id not in held and history.intents
    ]
    return [each for each in ledger.last_told(gone) if each.detected_at <= mart.as_of]


def rehearse(
    home: Home, mart: Mart, channels: Channels, clock: Clock, warn: Warn
) -> Outcome:
    """Tell what `route` would send now; touch neither ledger nor outbox."""
    now = clock()
    _warn_of_roles(mart, channels, warn)
    with Ledger.reading(home.ledger) as ledger:
        plan = make_plan(now, mart, ledger)
        waiting = ledger.deliveries("sending") + [
            delivery
            for delivery in ledger.deliveries("pending", "failed")
            if delivery.message_id not in plan.held
        ]
    sendings = [sending_of(delivery, "would send again") for delivery in waiting]
    sendings += [
        Sending(
            message.message_id,
            message.kind,
            message.owner_role,
            channel,
            "would send",
            message.title,
            message.reasons,
        )
        for message in plan.messages
        for channel in channels.of(message.owner_role)
    ]
    warn_of_outbox(
        {each.owner_role for each in sendings if each.channel == channels.outbox.name},
        warn,
    )
    return Outcome(now, mart.as_of, plan.reasons, sendings, is_dry_run=True)


def route(home: Home, look: Look, channels: Channels, warn: Warn) -> Outcome:
    """Bring the owners up to date with the marts, and record it.

    Raise LeaseHeldError when another run is at it.
    """
    with only_one(home.ledger_lock, "routing"):
        mart, clock = look()
        with Ledger.writing(home.ledger) as ledger, ledger.lease() as lease:
            _warn_of_roles(mart, channels, warn)
            courier = Courier(ledger, channels, lease, clock)
            # Their fate is unknown: a run was killed between sending and recording.
            courier.deliver(ledger.deliveries("sending"), is_after_crash=True)
            now = clock()
            plan = make_plan(now, mart, ledger)
            ledger.record(now, plan.changed)
            ledger.hold(plan.held)
            ledger.plan(
                (message, list(channels.of(message.owner_role)))
                for message in plan.messages
            )
            courier.deliver(ledger.deliveries("pending", "failed"))
            courier.warn(warn)
            export(ledger, home.routing_log, warn)
    return Outcome(now, mart.as_of, plan.reasons, list(courier.sendings.values()))


def _warn_of_roles(mart: Mart, channels: Channels, warn: Warn) -> None:
    """Say which tags of the channels file no exception can ever reach."""
    for role in sorted(channels.by_role.keys() - mart.known_roles):
        warn(f"the channels file has the tag {role}, which is no owner role")
