"""The reconciler: looks, plans, writes the plan down, and has it carried out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from offpath.delivery.courier import Courier, Sending, sending_of, warn_of_outbox
from offpath.delivery.directory import Channels
from offpath.errors import ConfigurationError, MartError
from offpath.home import Home
from offpath.instants import Clock, instant_text, minute_text
from offpath.ledger.ledger import Ledger
from offpath.ledger.routing_log import export, require_ledger
from offpath.lock import only_one
from offpath.routing.planning import Plan, channels_of, make_plan
from offpath.routing.watch import News, Watch, news_of, note, overdue_since
from offpath.warehouse.marts import Mart

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is asked to do.

    ``look`` reads the marts, once the run has the right to send, and raises MartError
    where there are none to go by; ``clock_of`` makes the clock of marts of an instant.
    ``is_baseline``: what is open and told to nobody is known from now on, and announced
    to nobody. ``is_beginning``: where nobody was told anything, or the ledger is gone,
    all that is open is announced.
    """

    look: Callable[[], Mart]
    clock_of: Callable[[datetime], Clock]
    watch: Watch = Watch()  # noqa: RUF009 - it cannot change
    is_baseline: bool = False
    is_beginning: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run sent, or would send, and what it decided.

    ``held`` is the number of exceptions whose rows are gone, ``known`` of those that
    are announced to nobody from this run on; ``trouble`` says why there were no marts
    to go by.
    """

    decided_at: datetime
    mart_as_of: datetime
    reasons: dict[str, int]
    sendings: list[Sending] = field(default_factory=list)
    is_dry_run: bool = False
    held: int = 0
    known: int = 0
    trouble: MartError | None = None

    @property
    def undelivered(self) -> int:
        """The number of messages that no channel took; refused ones are among them."""
        return sum(each.state in ("failed", "refused") for each in self.sendings)

    @property
    def refused(self) -> int:
        """The number of messages that are not tried again by themselves."""
        return sum(each.state == "refused" for each in self.sendings)

    @property
    def is_well(self) -> bool:
        """Whether the build is fresh and all was told that had to be."""
        return not (self.trouble or self.held or self.undelivered)

    def as_json(self) -> dict[str, object]:
        """Return the outcome as JSON values."""
        return {
            "decided_at": instant_text(self.decided_at),
            "mart_as_of": instant_text(self.mart_as_of),
            "is_dry_run": self.is_dry_run,
            "undelivered": self.undelivered,
            "refused": self.refused,
            "held": self.held,
            "known": self.known,
            "trouble": self.trouble and self.trouble.message,
            "reasons": self.reasons,
            "messages": [
                {name: getattr(sending, name) for name in Sending.__slots__}
                for sending in self.sendings
            ],
        }


def rehearse(home: Home, order: Order, channels: Channels, warn: Warn) -> Outcome:
    """Tell what `route` would send now; touch neither ledger nor outbox.

    Where there are no marts to go by, that is what would be followed up.
    """
    _require_ledger(home, order)
    seen = _look(home, order)
    with Ledger.reading(home.ledger) as ledger:
        mart, trouble = _to_go_by(ledger, seen)
        now = order.clock_of(mart.as_of)()
        if trouble is None:
            _warn_of_roles(mart, channels, warn)
        _warn_of_gap(now, ledger, order.watch, warn)
        plan = make_plan(now, mart, ledger, channels, is_baseline=order.is_baseline)
        news = news_of(now, ledger, channels, order.watch, mart, trouble)
        waiting = ledger.post.deliveries("sending") + [
            delivery
            for delivery in ledger.post.deliveries("pending", "failed")
            if delivery.message_id not in {*plan.held, *news.ended}
        ]
        if plan.wanted:
            waiting += [
                delivery
                for delivery in ledger.post.deliveries("held")
                if (delivery.message_id, delivery.channel) in plan.wanted
            ]
    sendings = [
        sending_of(
            delivery,
            "would wait"
            if delivery.next_try_at is not None and delivery.next_try_at > now
            else "would send again",
        )
        for delivery in waiting
    ]
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
        for message in [*news.messages, *plan.messages]
        for channel in channels_of(message, channels)
    ]
    warn_of_outbox(
        {each.owner_role for each in sendings if each.channel == channels.outbox.name}
        - channels.by_role.keys(),
        warn,
    )
    _warn_of_losses(plan, warn)
    return Outcome(
        now,
        mart.as_of,
        plan.reasons,
        sendings,
        is_dry_run=True,
        held=plan.lost_count,
        known=len(plan.known),
        trouble=trouble,
    )


def route(home: Home, order: Order, channels: Channels, warn: Warn) -> Outcome:
    """Bring the owners up to date with the marts, and record it.

    Where there are no marts to go by, what the ledger knows of is followed up, and the
    outcome has the trouble; raise it where the ledger knows of nothing. Raise
    LeaseHeldError when another run is at it, ConfigurationError where the order does
    not say how to begin and somebody would be told.
    """
    with only_one(home.lock, "routing"):
        _require_ledger(home, order)
        _require_beginning(home, order, channels)
        seen = _look(home, order)
        with Ledger.writing(home.ledger) as ledger, ledger.lease() as lease:
            ledger.claim(home.folder)
            mart, trouble = _to_go_by(ledger, seen)
            clock = order.clock_of(mart.as_of)
            run = ledger.memory.begin_run(clock())
            if trouble is None:
                _warn_of_roles(mart, channels, warn)
            courier = Courier(ledger, channels, lease, clock)
            # Their fate is unknown: a run was killed between sending and recording.
            courier.deliver(ledger.post.interrupted())
            now = clock()
            _warn_of_gap(now, ledger, order.watch, warn)
            plan = make_plan(now, mart, ledger, channels, is_baseline=order.is_baseline)
            _warn_of_losses(plan, warn)
            news = news_of(now, ledger, channels, order.watch, mart, trouble)
            write_down(now, ledger, plan, news, mart, channels)
            courier.deliver(ledger.post.deliveries("pending", "failed", "refused"))
            courier.warn(warn)
            outcome = Outcome(
                now,
                mart.as_of,
                plan.reasons,
                list(courier.sendings.values()),
                held=plan.lost_count,
                known=len(plan.known),
                trouble=trouble,
            )
            ledger.memory.end_run(run, clock(), mart.as_of, outcome.undelivered)
            export(ledger, home.routing_log, warn)
    return outcome


def _require_ledger(home: Home, order: Order) -> None:
    """Ask for the ledger, unless the order says what to do without it."""
    if not (order.is_baseline or order.is_beginning):
        require_ledger(home)


def _require_beginning(home: Home, order: Order, channels: Channels) -> None:
    """Ask how to begin where nobody was told anything and somebody would be.

    A channels file that is read in a home of one's own tells a whole team.
    """
    if (
        order.is_baseline
        or order.is_beginning
        or not any(channels.by_role.values())
        or Ledger.has_begun(home.ledger)
    ):
        return
    message = (
        f"nobody was told anything from {home.folder} yet, and there are channels:"
        " `offpath route --baseline` takes what is open now as known and announces none"
        f" of it, `offpath route --begin-anew` announces all of it{_how_much(order)}"
    )
    raise ConfigurationError(message)


def _how_much(order: Order) -> str:
    """Say how much would be announced, if there are marts to tell."""
    try:
        mart = order.look()
    except MartError:
        return ""
    count = sum(
        exception.is_open and exception.route_class != "record"
        for exception in mart.exceptions
    )
    return f" (open exceptions: {count:,})"


def _look(home: Home, order: Order) -> Mart | MartError:
    """Return the marts, or why there are none to go by.

    Raise that where nothing can be done without them.
    """
    try:
        return order.look()
    except MartError as error:
        if order.is_baseline or not home.ledger.exists():
            raise
        return error


def _to_go_by(ledger: Ledger, seen: Mart | MartError) -> tuple[Mart, MartError | None]:
    """Return the marts, else what the ledger knows of the last ones and the trouble.

    Raise the trouble where it knows of nothing.
    """
    if isinstance(seen, Mart):
        return seen, None
    mart = ledger.memory.last_mart()
    if mart is None:
        raise seen
    return mart, seen


def write_down(  # noqa: PLR0913, PLR0917 - all that a plan is made of
    now: datetime,
    ledger: Ledger,
    plan: Plan,
    news: News,
    mart: Mart,
    channels: Channels,
) -> None:
    """Write down a plan and what the operator is told, all or nothing."""
    memory = ledger.memory
    with ledger.transaction():
        ledger.record(now, plan.changed)
        ledger.post.hold(plan.held)
        ledger.post.want(plan.wanted)
        ledger.post.release_notices(channels.taking_notices)
        ledger.post.write(
            (message, channels_of(message, channels))
            for message in [*news.messages, *plan.messages]
        )
        memory.know(now, plan.known, plan.ended)
        note(now, ledger, news)
        if mart.is_whole:
            memory.follow(mart, plan.followed)
            ledger.post.date_restore(now)


def _warn_of_roles(mart: Mart, channels: Channels, warn: Warn) -> None:
    """Say which tags of the channels file no exception can ever reach."""
    known = mart.known_roles | {channels.operator}
    for role in sorted(channels.by_role.keys() - known):
        warn(f"the channels file has the tag {role}, which is no owner role")
    if channels.without_digests:
        names = ", ".join(channels.without_digests)
        warn(
            f"{names}: incident services only, and digests are no incidents: they"
            " go to the outbox until there is another channel"
        )


def _warn_of_losses(plan: Plan, warn: Warn) -> None:
    """Say how much waits for rows that are gone."""
    if plan.lost_count:
        warn(
            f"rows are gone of which {plan.lost_count} open exceptions were told; they"
            " wait for the data: load it again, or resolve what is gone for good"
        )


def _warn_of_gap(now: datetime, ledger: Ledger, watch: Watch, warn: Warn) -> None:
    """Say since when no run ended, where that is too long."""
    last = overdue_since(now, ledger.memory, watch)
    if last is not None:
        warn(f"no run of offpath route has ended since {minute_text(last)}")
