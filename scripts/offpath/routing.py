"""The reconciler: what the marts want, less what the ledger says was done."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from offpath.channel_file import Channels
from offpath.channels import DeliveryError
from offpath.decisions import Decision, History, decide
from offpath.home import Home
from offpath.instants import Clock, instant_text
from offpath.lease import Lease, only_one
from offpath.ledger import Delivery, Ledger
from offpath.marts import Mart
from offpath.messages import Message, compose
from offpath.routing_log import export

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one look at marts and ledger asks for."""

    decisions: dict[str, Decision]
    messages: list[Message]

    @property
    def withdrawn(self) -> list[str]:
        """The ids of the intents that are to be taken back."""
        return [each for one in self.decisions.values() for each in one.withdrawn]

    @property
    def reasons(self) -> dict[str, int]:
        """Count the exceptions by decision and reason code."""
        counts = Counter(
            f"{one.decision}: {one.reason.partition(':')[0]}"
            for one in self.decisions.values()
        )
        return dict(sorted(counts.items()))


@dataclass(frozen=True, slots=True)
class Sending:
    """A message and one channel, as a run reports it."""

    message_id: str
    kind: str
    owner_role: str
    channel: str
    state: str
    title: str
    error: str | None = None
    is_possible_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run sent, or would send, and what it decided."""

    decided_at: datetime
    mart_as_of: datetime
    is_dry_run: bool
    reasons: dict[str, int]
    sendings: list[Sending] = field(default_factory=list)

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


def make_plan(now: datetime, mart: Mart, histories: dict[str, History]) -> Plan:
    """Decide about every exception, and put the intents into messages."""
    decisions = {
        exception.exception_id: decide(
            now,
            exception,
            histories.get(exception.exception_id, History()),
            mart.escalations.get(exception.exception_id, ()),
        )
        for exception in mart.exceptions
    }
    wishes = [
        (intent, exception)
        for exception in mart.exceptions
        for intent in decisions[exception.exception_id].intents
    ]
    return Plan(decisions, compose(now, wishes))


def rehearse(home: Home, mart: Mart, channels: Channels, clock: Clock) -> Outcome:
    """Tell what `route` would send now; touch neither ledger nor outbox."""
    now = clock()
    with Ledger.reading(home.ledger) as ledger:
        plan = make_plan(now, mart, ledger.histories())
        withdrawn = set(plan.withdrawn)
        waiting = [
            delivery
            for delivery in ledger.deliveries("sending", "pending", "failed")
            if not delivery.intent_ids <= withdrawn
        ]
    sendings = [_sending(delivery, "would send again") for delivery in waiting]
    sendings += [
        Sending(
            message.message_id,
            message.kind,
            message.owner_role,
            channel,
            "would send",
            message.title,
        )
        for message in plan.messages
        for channel in channels.of(message.owner_role)
    ]
    return Outcome(now, mart.as_of, True, plan.reasons, sendings)  # noqa: FBT003


def route(
    home: Home, mart: Mart, channels: Channels, clock: Clock, warn: Warn
) -> Outcome:
    """Bring the owners up to date with the marts, and record it.

    Raise LeaseHeldError when another run is at it.
    """
    lock = home.folder / "ledger.lock"
    with (
        only_one(lock, "routing"),
        Ledger.writing(home.ledger) as ledger,
        ledger.lease() as lease,
    ):
        _warn_of_roles(mart, channels, warn)
        courier = _Courier(ledger, channels, lease, clock)
        # Their fate is unknown: a run was killed between sending and recording.
        courier.deliver(ledger.deliveries("sending"), is_after_crash=True)
        now = clock()
        plan = make_plan(now, mart, ledger.histories())
        ledger.record(now, plan.decisions)
        ledger.withdraw(plan.withdrawn)
        ledger.plan(
            (message, list(channels.of(message.owner_role)))
            for message in plan.messages
        )
        courier.deliver(ledger.deliveries("pending", "failed"))
        _warn_of_outbox(courier.unserved, warn)
        export(ledger, home.routing_log)
    return Outcome(
        now,
        mart.as_of,
        False,  # noqa: FBT003
        plan.reasons,
        list(courier.sendings.values()),
    )


class _Courier:
    """Carries messages out one by one, each recorded before and after."""

    def __init__(
        self, ledger: Ledger, channels: Channels, lease: Lease, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._channels = channels
        self._lease = lease
        self._clock = clock
        self.unserved: set[str] = set()
        self.sendings: dict[tuple[str, str], Sending] = {}

    def deliver(
        self, deliveries: Iterable[Delivery], *, is_after_crash: bool = False
    ) -> None:
        """Deliver each message by its channel, once a run."""
        for delivery in deliveries:
            placed = self._place(delivery)
            if placed is not None and self._key(placed) not in self.sendings:
                self._send(placed, is_after_crash=is_after_crash)

    def _place(self, delivery: Delivery) -> Delivery | None:
        """Return it by a channel that exists; None if it went there before."""
        channels = self._channels.of(delivery.owner_role)
        if delivery.channel in channels:
            return delivery
        return self._ledger.move(delivery, next(iter(channels)))

    def _send(self, delivery: Delivery, *, is_after_crash: bool) -> None:
        channel = self._channels.of(delivery.owner_role)[delivery.channel]
        is_possible_duplicate = delivery.is_possible_duplicate or (
            is_after_crash and channel.after_crash == "marked"
        )
        if channel is self._channels.outbox:
            self.unserved.add(delivery.owner_role)
        self._lease.renew()
        self._ledger.begin(delivery, is_possible_duplicate=is_possible_duplicate)
        error = None
        try:
            channel.deliver(
                delivery.payload, is_possible_duplicate=is_possible_duplicate
            )
        except DeliveryError as failure:
            error = str(failure)
        state = channel.delivered if error is None else "failed"
        self._ledger.finish(delivery, state, self._clock(), error)
        self.sendings[self._key(delivery)] = _sending(
            delivery, state, error, is_possible_duplicate=is_possible_duplicate
        )

    @staticmethod
    def _key(delivery: Delivery) -> tuple[str, str]:
        return delivery.message_id, delivery.channel


def _warn_of_roles(mart: Mart, channels: Channels, warn: Warn) -> None:
    """Say which tags of the channels file no exception can ever reach."""
    for role in sorted(channels.by_role.keys() - mart.roles):
        warn(f"the channels file has the tag {role}, which is no owner role")


def _warn_of_outbox(roles: set[str], warn: Warn) -> None:
    """Say which roles have no channel, in one line."""
    if roles:
        names = ", ".join(sorted(roles))
        warn(f"no channel serves {names}; their messages went to the outbox")


def _sending(
    delivery: Delivery,
    state: str,
    error: str | None = None,
    *,
    is_possible_duplicate: bool = False,
) -> Sending:
    """Report a message of the ledger."""
    return Sending(
        delivery.message_id,
        str(delivery.payload["kind"]),
        delivery.owner_role,
        delivery.channel,
        state,
        str(delivery.payload["title"]),
        error,
        is_possible_duplicate,
    )
