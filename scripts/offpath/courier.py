"""Carry messages to their channels, each recorded before and after."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from offpath.channel_file import Channels
from offpath.channels import Channel, DeliveryError, NoAnswerError
from offpath.instants import Clock
from offpath.lease import Lease
from offpath.ledger import Delivery, Ledger
from offpath.messages import reasons_of_payload


@dataclass(frozen=True, slots=True)
class Sending:
    """A message and one channel, as a run reports it; ``reasons`` as it was decided."""

    message_id: str
    kind: str
    owner_role: str
    channel: str
    state: str
    title: str
    reasons: tuple[str, ...]
    error: str | None = None
    is_possible_duplicate: bool = False


class Courier:
    """Carries messages out one by one, each recorded before and after."""

    def __init__(
        self, ledger: Ledger, channels: Channels, lease: Lease, clock: Clock
    ) -> None:
        """Carry what the ledger holds, as long as the lease lasts."""
        self._ledger = ledger
        self._channels = channels
        self._lease = lease
        self._clock = clock
        self._silent: set[str] = set()
        self._unserved: set[str] = set()
        self._moves: set[tuple[str, str, str]] = set()
        self.sendings: dict[tuple[str, str], Sending] = {}

    def deliver(
        self, deliveries: Iterable[Delivery], *, is_after_crash: bool = False
    ) -> None:
        """Deliver each message by its channel, once a run."""
        for delivery in deliveries:
            placed = self._place(delivery)
            if placed is not None and self._key(placed) not in self.sendings:
                self._send(placed, is_after_crash=is_after_crash)

    def warn(self, warn: Callable[[str], None]) -> None:
        """Say which roles have no channel, and which lost one with messages on it."""
        warn_of_outbox(self._unserved, warn)
        for role, former, present in sorted(self._moves):
            warn(
                f"{role} has no channel {former} any more;"
                f" what it had not delivered went by {present}"
            )

    def _place(self, delivery: Delivery) -> Delivery | None:
        """Return it by a channel that exists; None if it went there before."""
        channels = self._channels.of(delivery.owner_role)
        if delivery.channel in channels:
            return delivery
        present = next(iter(channels))
        self._moves.add((delivery.owner_role, delivery.channel, present))
        return self._ledger.move(delivery, present)

    def _send(self, delivery: Delivery, *, is_after_crash: bool) -> None:
        channel = self._channels.of(delivery.owner_role)[delivery.channel]
        is_possible_duplicate = delivery.is_possible_duplicate or (
            is_after_crash and channel.after_crash == "marked"
        )
        if channel is self._channels.outbox:
            self._unserved.add(delivery.owner_role)
        error: str | None = "not tried: it gave no answer in this run"
        if channel.name not in self._silent:
            self._lease.renew()
            self._ledger.begin(delivery, is_possible_duplicate=is_possible_duplicate)
            error = self._attempt(
                channel, delivery, is_possible_duplicate=is_possible_duplicate
            )
        state = channel.delivered if error is None else "failed"
        self._ledger.finish(delivery, state, self._clock(), error)
        self.sendings[self._key(delivery)] = sending_of(
            delivery, state, error, is_possible_duplicate=is_possible_duplicate
        )

    def _attempt(
        self, channel: Channel, delivery: Delivery, *, is_possible_duplicate: bool
    ) -> str | None:
        """Hand one message to its channel, and return what went wrong."""
        try:
            channel.deliver(
                delivery.payload, is_possible_duplicate=is_possible_duplicate
            )
        except DeliveryError as failure:
            if isinstance(failure, NoAnswerError):
                # Each further message would wait as long, and others behind it.
                self._silent.add(channel.name)
            return str(failure)
        except Exception as failure:  # noqa: BLE001 - one message must not stop the rest
            # The text may hold an address, and that a secret.
            return f"failed with {type(failure).__name__}"
        return None

    @staticmethod
    def _key(delivery: Delivery) -> tuple[str, str]:
        return delivery.message_id, delivery.channel


def warn_of_outbox(roles: set[str], warn: Callable[[str], None]) -> None:
    """Say which roles have no channel, in one line."""
    if roles:
        names = ", ".join(sorted(roles))
        warn(f"no channel serves {names}; their messages go to the outbox")


def sending_of(
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
        reasons_of_payload(delivery.payload),
        error,
        is_possible_duplicate,
    )
