"""Carry messages to their channels, side by side, each recorded before and after."""

import hashlib
import itertools
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from offpath.delivery.channels import (
    Channel,
    DeliveryError,
    NoAnswerError,
    RefusedError,
)
from offpath.delivery.directory import Channels
from offpath.delivery.wire import Exchange, watched
from offpath.instants import Clock, minute_text
from offpath.ledger.lease import Lease
from offpath.ledger.ledger import Ledger
from offpath.ledger.post import Delivery, State
from offpath.routing.messages import payload_carried_as, reasons_of_payload

# Channels that are served at once.
WORKERS = 32
# Seconds for one message, whatever its receiver does, and for one channel in a run.
DELIVERY_SECONDS = 15.0
CHANNEL_SECONDS = 40.0
# A message may be what a receiver cannot answer; a second one is not.
MOST_UNANSWERED = 2
# Runs that try a message again whenever they come, and then how long it waits.
PROMPT_ATTEMPTS = 2
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
MOST_DOUBLINGS = 16
JITTER = 0.2
LONGEST_REST = timedelta(days=1)

UNTRIED = "not tried: "


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


@dataclass(slots=True)
class _Lane:
    """A channel in a run, and what waits for it; ``closed`` says why it is shut."""

    channel: Channel
    waiting: deque[Delivery] = field(default_factory=deque)
    seconds: float = 0.0
    unanswered: int = 0
    closed: str | None = None


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A delivery that is on its way, in a thread of its own."""

    lane: _Lane
    delivery: Delivery
    is_possible_duplicate: bool
    exchange: Exchange
    begun: float


# What a thread hands back: which delivery it was, and what went wrong.
Answers = queue.SimpleQueue[tuple[int, Exception | None]]


class Courier:
    """Carries messages out, one after another by each channel.

    Only the thread that calls it writes the ledger: what a message's own thread does
    after its time is over changes nothing.
    """

    def __init__(
        self, ledger: Ledger, channels: Channels, lease: Lease, clock: Clock
    ) -> None:
        """Carry what the ledger holds, as long as the lease lasts."""
        self._ledger = ledger
        self._channels = channels
        self._lease = lease
        self._clock = clock
        self._rests = ledger.post.rests()
        self._lanes: dict[str, _Lane] = {}
        self._refused = 0
        self._unserved: set[str] = set()
        self._moves: set[tuple[str, str, str]] = set()
        self.sendings: dict[tuple[str, str], Sending] = {}

    def deliver(self, deliveries: Iterable[Delivery]) -> None:
        """Deliver each message by its channel, once a run.

        What a channel has refused waits until it has another channel, or somebody has
        it tried again.
        """
        for delivery in deliveries:
            for placed in self._place(delivery):
                if placed.state == "refused":
                    self._refused += 1
                elif self._key(placed) not in self.sendings:
                    self._queue(placed)
        self._carry()

    def warn(self, warn: Callable[[str], None]) -> None:
        """Say which roles have no channel, and which lost one with messages on it."""
        warn_of_outbox(self._unserved, warn)
        for role, former, present in sorted(self._moves):
            warn(
                f"{role} has no channel {former} any more;"
                f" what it had not delivered went by {present}"
            )
        if self._refused:
            warn(
                f"{self._refused} refused before and not tried again;"
                " `offpath letters list` shows them"
            )

    def _place(self, delivery: Delivery) -> list[Delivery]:
        """Return it by channels that exist and take it.

        None if it went there before, or if only what is gone took messages of its kind.
        """
        channels = self._channels_of(delivery)
        if delivery.channel in channels:
            return [delivery]
        if channels:
            present = ", ".join(channels)
            self._moves.add((delivery.owner_role, delivery.channel, present))
        return self._ledger.post.move(delivery, channels)

    def _queue(self, delivery: Delivery) -> None:
        """Put it into its channel's lane, if it is to be tried in this run."""
        now = self._clock()
        channel = self._channels_of(delivery)[delivery.channel]
        is_served = delivery.owner_role in self._channels.by_role
        if channel is self._channels.outbox and not is_served:
            self._unserved.add(delivery.owner_role)
        lane = self._lanes.setdefault(channel.name, _Lane(channel))
        rests_until = self._rests.get(channel.name, now)
        if rests_until > now:
            lane.closed = f"it asked for rest until {minute_text(rests_until)}"
        if delivery.next_try_at is not None and delivery.next_try_at > now:
            reason = f"waits until {minute_text(delivery.next_try_at)}"
            self._report_untried(delivery, f"{reason}, {delivery.error}")
        else:
            # Those that are waiting on their way keep their place in the report.
            self._report_untried(delivery, "the run was broken off")
            lane.waiting.append(delivery)

    def _channels_of(self, delivery: Delivery) -> Mapping[str, Channel]:
        """Return the channels of its role that take it."""
        kind = payload_carried_as(delivery.payload)
        return self._channels.of(delivery.owner_role, kind)

    def _carry(self) -> None:
        """Serve all lanes, those first that have taken the least time."""
        for lane in self._lanes.values():
            # A message that fails again and again lets the others go first.
            lane.waiting = deque(sorted(lane.waiting, key=lambda each: each.attempts))
        answers: Answers = queue.SimpleQueue()
        running: dict[int, _Attempt] = {}
        numbers = itertools.count()
        while True:
            for lane in self._ready(running):
                number = next(numbers)
                running[number] = self._begin(lane, number, answers)
            if not running:
                return
            for number, error in self._done(running, answers).items():
                self._finish(running.pop(number), error)

    def _ready(self, running: Mapping[int, _Attempt]) -> list[_Lane]:
        """Return the lanes to serve next, as many as there is room for."""
        busy = {attempt.lane.channel.name for attempt in running.values()}
        ready: list[_Lane] = []
        for name, lane in self._lanes.items():
            if lane.closed is not None:
                while lane.waiting:
                    self._report_untried(lane.waiting.popleft(), lane.closed)
            elif lane.waiting and name not in busy:
                ready.append(lane)
        ready.sort(key=lambda lane: lane.seconds)
        return ready[: WORKERS - len(running)]

    def _begin(self, lane: _Lane, number: int, answers: Answers) -> _Attempt:
        """Record that the next message of a lane leaves, and let it leave."""
        delivery = lane.waiting.popleft()
        channel = lane.channel
        attempt = _Attempt(
            lane,
            delivery,
            delivery.is_possible_duplicate
            or (delivery.may_have_arrived and channel.after_crash == "marked"),
            Exchange(),
            time.monotonic(),
        )
        self._lease.renew()
        self._ledger.post.begin(
            delivery, is_possible_duplicate=attempt.is_possible_duplicate
        )

        def hand_over() -> None:
            error: Exception | None = None
            try:
                with watched(attempt.exchange):
                    channel.deliver(
                        delivery.left,
                        is_possible_duplicate=attempt.is_possible_duplicate,
                    )
            except Exception as failure:  # noqa: BLE001 - it must not stop the rest
                error = failure
            answers.put((number, error))

        # One that never ends does not keep the process alive.
        threading.Thread(target=hand_over, daemon=True).start()
        return attempt

    @staticmethod
    def _done(
        running: Mapping[int, _Attempt], answers: Answers
    ) -> dict[int, Exception | None]:
        """Wait for an answer, or until somebody's time is over; return who is done."""
        first = min(attempt.begun for attempt in running.values())
        patience = max(first + DELIVERY_SECONDS - time.monotonic(), 0.0)
        done: dict[int, Exception | None] = {}
        with suppress(queue.Empty):
            number, error = answers.get(timeout=patience)
            # Else it is of one that has been given up.
            if number in running:
                done[number] = error
        late = time.monotonic() - DELIVERY_SECONDS
        for number, attempt in running.items():
            if attempt.begun <= late and number not in done:
                done[number] = NoAnswerError(
                    f"no answer in {DELIVERY_SECONDS:.0f} s",
                    may_have_arrived=attempt.exchange.may_have_arrived,
                )
        return done

    def _finish(self, attempt: _Attempt, error: Exception | None) -> None:
        """Record how a message fared, and what that means for its channel."""
        lane, delivery, now = attempt.lane, attempt.delivery, self._clock()
        lane.seconds += time.monotonic() - attempt.begun
        state: State = "failed"
        next_try_at: datetime | None = None
        taken = error.taken if isinstance(error, DeliveryError) else 0
        lane.unanswered = lane.unanswered + 1 if isinstance(error, NoAnswerError) else 0
        if error is None:
            state = lane.channel.delivered
        elif isinstance(error, RefusedError):
            state = "refused"
        elif not taken:
            # A message of which a part was taken goes on in the next run.
            next_try_at = self._next_try(delivery, now)
        if isinstance(error, NoAnswerError):
            if lane.unanswered >= MOST_UNANSWERED or not error.may_have_arrived:
                # Each further message would wait as long, and others behind it.
                lane.closed = "it gave no answer in this run"
        elif isinstance(error, DeliveryError) and error.retry_after is not None:
            longest = LONGEST_REST.total_seconds()
            rest = timedelta(seconds=min(error.retry_after, longest))
            self._ledger.post.rest(lane.channel.name, now + rest)
            lane.closed = f"it asked for rest until {minute_text(now + rest)}"
        if lane.seconds >= CHANNEL_SECONDS:
            lane.closed = lane.closed or "its time in this run is over"
        text = _text(error)
        self._ledger.post.finish(
            delivery,
            state,
            now,
            text,
            may_have_arrived=_may_have_arrived(attempt, error),
            taken=taken,
            next_try_at=next_try_at,
        )
        self.sendings[self._key(delivery)] = sending_of(
            delivery, state, text, is_possible_duplicate=attempt.is_possible_duplicate
        )

    def _report_untried(self, delivery: Delivery, why: str) -> None:
        self.sendings[self._key(delivery)] = sending_of(
            delivery, "failed", f"{UNTRIED}{why}"
        )

    @staticmethod
    def _next_try(delivery: Delivery, now: datetime) -> datetime | None:
        """Return when to try a message again that has failed once more."""
        wait = back_off(delivery.message_id, delivery.attempts + 1)
        return now + wait if wait else None

    @staticmethod
    def _key(delivery: Delivery) -> tuple[str, str]:
        return delivery.message_id, delivery.channel


def back_off(message_id: str, attempts: int) -> timedelta:
    """Return how long a message waits after so many failed attempts.

    Nothing at first, then twice as long each time, and up to a fifth more or less, so
    that messages that failed together do not come back together.
    """
    if attempts <= PROMPT_ATTEMPTS:
        return timedelta(0)
    doublings = attempts - PROMPT_ATTEMPTS - 1
    digest = hashlib.sha256(f"{message_id}|{attempts}".encode()).digest()
    spread = 1 - JITTER + 2 * JITTER * digest[0] / 255
    multiple = 1 << min(doublings, MOST_DOUBLINGS)
    return min(multiple * FIRST_WAIT, LONGEST_WAIT) * spread


def _may_have_arrived(attempt: _Attempt, error: Exception | None) -> bool:
    """Tell whether the receiver may have a message, or a part, that went wrong."""
    if isinstance(error, DeliveryError):
        return error.may_have_arrived
    # What nobody foresaw says nothing of what happened before.
    return error is not None and attempt.exchange.may_have_arrived


def _text(error: Exception | None) -> str | None:
    """Say what went wrong, of what nobody foresaw without its own text."""
    if error is None:
        return None
    if isinstance(error, DeliveryError):
        return str(error)
    # The text may hold an address, and that a secret.
    return f"failed with {type(error).__name__}"


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
