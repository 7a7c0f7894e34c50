"""Plan a run: what the marts want, less what the ledger says was done."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from offpath.delivery.directory import Channels
from offpath.ledger.ledger import Ledger
from offpath.ledger.memory import Followed
from offpath.routing.attention import OVER_CODE, share_out
from offpath.routing.decisions import Loss, decide, decide_lost, decide_vanished
from offpath.routing.escalations import Reach
from offpath.routing.history import ANSWERED_CLASSES, RANKS, History, PastIntent
from offpath.routing.intents import LOST_CODE, RECORDED_CODE, Decision, ExceptionRecord
from offpath.routing.losses import losses_among
from offpath.routing.messages import Message, baseline_messages, carried_as, compose
from offpath.warehouse.marts import Mart

# Longer than any day, whatever a change of the clock adds to one.
LONGEST_DAY = timedelta(days=2)
Histories = Mapping[str, History]
# A message and a channel.
Carried = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one look at marts and ledger asks for.

    ``changed`` are the decisions that differ from the last one about their exception,
    ``held`` the ids of messages that nobody has and that are to be taken back,
    ``wanted`` what one channel of a role has and another has to get after all, by
    message and channel.
    ``known`` is what is announced to nobody from now on, with its class, and
    ``ended`` what was known and is over. ``followed`` is what the next run goes on with
    should it find no marts.
    """

    decisions: dict[str, Decision]
    changed: dict[str, Decision]
    held: frozenset[str]
    wanted: frozenset[Carried]
    messages: list[Message]
    known: dict[str, str]
    ended: frozenset[str]
    followed: list[Followed]

    @property
    def reasons(self) -> dict[str, int]:
        """Count the exceptions by decision and reason code."""
        counts = Counter(
            f"{one.decision}: {one.reason.partition(':')[0]}"
            for one in self.decisions.values()
        )
        return dict(sorted(counts.items()))

    @property
    def lost_count(self) -> int:
        """The number of exceptions whose rows are gone."""
        return sum(decision.is_lost for decision in self.decisions.values())


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a plan looks at: the marts, the losses, and who can be told."""

    now: datetime
    mart: Mart
    vanished: list[ExceptionRecord]
    losses: list[Loss]
    reach: Reach

    def decided(self, histories: Histories) -> list[tuple[ExceptionRecord, Decision]]:
        """Decide about each exception of the marts, and each that is not there."""
        unknown = History()
        decided = [
            (
                exception,
                decide(
                    self.now,
                    exception,
                    histories.get(exception.exception_id, unknown),
                    self.mart.escalations.get(exception.exception_id, ()),
                    self.reach,
                ),
            )
            for exception in self.mart.exceptions
        ]
        decided += [
            (exception, decide_vanished(exception, histories[exception.exception_id]))
            for exception in self.vanished
        ]
        return decided + [
            (
                loss.exception,
                decide_lost(
                    self.now,
                    loss,
                    histories[loss.exception.exception_id],
                    self.reach,
                ),
            )
            for loss in self.losses
        ]


def make_plan(
    now: datetime,
    mart: Mart,
    ledger: Ledger,
    channels: Channels,
    *,
    is_baseline: bool = False,
) -> Plan:
    """Decide about every exception, and put what does not wait into messages.

    Those of the marts, the most urgent first, then those that were announced and are
    no longer there. What waits in the outbox for a role that has a channel now is taken
    back and decided about as if nobody had meant to tell it.
    """
    histories = ledger.histories()
    mart = _remembered(mart, ledger.pruned_before(), histories)
    last = ledger.last_decisions()
    histories = _with_known(histories, ledger.memory.known())
    known = _backlog(mart, ledger, histories, last, is_baseline=is_baseline)
    histories = _with_known(histories, known)
    if mart.is_whole:
        vanished, losses = _absent(mart, histories, ledger, channels)
    else:
        # What it lacks proves nothing.
        vanished, losses = [], _still_lost(mart, last)
        mart = _without(mart, {loss.exception.exception_id for loss in losses})
    reach = reach_of(now, mart, channels)
    scene = _Scene(now, mart, vanished, losses, reach)
    freed = _freed(histories.values(), channels)
    histories = {key: each.without(freed) for key, each in histories.items()}
    decided = scene.decided(histories)
    overtaken = _held(histories, [decision for _, decision in decided])
    if overtaken:
        # What is left of a bundle is decided about as if nobody had meant to tell it.
        histories = {key: each.without(overtaken) for key, each in histories.items()}
        decided = [
            (exception, decision.after(first))
            for (exception, decision), (_, first) in zip(
                scene.decided(histories), decided, strict=True
            )
        ]
    held = freed | overtaken
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
        with_incidents=channels.with_incidents,
        # Not off duty by now: a run a night has to tell them too.
        resting=mart.duties.off_duty(
            mart.known_roles, now, mart.as_of, ledger.memory.last_ended_at()
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
    messages = compose(now, shares)
    if is_baseline:
        messages += baseline_messages(now, mart, known)
    return Plan(
        decisions,
        changed,
        held,
        _wanted(mart, histories, held, channels),
        messages,
        known,
        frozenset(
            exception.exception_id
            for exception in mart.exceptions
            if not exception.is_open
            and exception.exception_id in histories
            and histories[exception.exception_id].known_class
        ),
        _followed(
            mart,
            decisions,
            histories,
            losses,
            ledger.memory.followed_since(mart.as_of),
        ),
    )


def reach_of(now: datetime, mart: Mart, channels: Channels) -> Reach:
    """Tell who has a channel, who is on duty, and which channels hear of answers."""
    return Reach(
        served=frozenset(role for role, served in channels.by_role.items() if served),
        off_duty=mart.duties.off_duty(mart.known_roles, now, mart.as_of),
        answer_channels={
            role: frozenset(
                name
                for name, channel in served.items()
                if channel.takes("acknowledged")
            )
            for role, served in channels.by_role.items()
        },
    )


def channels_of(message: Message, channels: Channels) -> list[str]:
    """Return the names of the channels by which a message goes."""
    only = frozenset(name for intent, _ in message.intents for name in intent.only)
    return [
        name
        for name in channels.of(message.owner_role, message.carried_as)
        if not only or name in only
    ]


def _remembered(
    mart: Mart, pruned_before: datetime | None, histories: Histories
) -> Mart:
    """Return the marts without what was over before the ledger's memory begins."""
    if pruned_before is None:
        return mart
    kept = tuple(
        exception
        for exception in mart.exceptions
        if exception.is_open
        or exception.cleared_at is None
        or exception.cleared_at >= pruned_before
        or exception.exception_id in histories
    )
    return replace(mart, exceptions=kept)


def _backlog(
    mart: Mart,
    ledger: Ledger,
    histories: Histories,
    last: Mapping[str, tuple[str, str]],
    *,
    is_baseline: bool,
) -> dict[str, str]:
    """Return what is known from now on and announced to nobody, with its class.

    All that is open and told to nobody, where that is asked for; else what a rule had
    found while it was on trial, which it is no longer. But not what it had found
    before: who was told of that, and that it is only recorded, hears that it counts.
    """
    live = ledger.memory.trial_rules() - mart.trial_rules if mart.is_whole else ()
    unknown = History()
    known: dict[str, str] = {}
    for exception in mart.exceptions:
        history = histories.get(exception.exception_id, unknown)
        if not exception.is_open or history.is_told:
            continue
        _, reason = last.get(exception.exception_id, ("", ""))
        if (is_baseline and history.known_class is None) or (
            exception.rule_id in live
            and not history.over
            and reason.startswith(RECORDED_CODE)
        ):
            known[exception.exception_id] = exception.route_class
    return known


def _with_known(histories: Histories, known: Mapping[str, str]) -> dict[str, History]:
    """Return the histories with what belongs to a backlog."""
    return dict(histories) | {
        exception_id: replace(
            histories.get(exception_id, History()), known_class=route_class
        )
        for exception_id, route_class in known.items()
    }


def _absent(
    mart: Mart, histories: Histories, ledger: Ledger, channels: Channels
) -> tuple[list[ExceptionRecord], list[Loss]]:
    """Return what was announced and is over as it left the marts, and what is lost.

    Marts of an earlier day than it was detected, as of a replay, prove nothing.
    """
    held = {exception.exception_id for exception in mart.exceptions}
    gone = [
        exception_id
        for exception_id, history in sorted(histories.items())
        if exception_id not in held and history.intents
    ]
    followed = ledger.memory.followed() if gone else {}
    last = [each for each in ledger.last_told(gone) if each.detected_at <= mart.as_of]
    # What was open when it was last seen is so, and nothing else, whatever its last
    # message said.
    latest = [followed.get(each.exception_id, (each,))[0] for each in last]
    lasting = [
        each
        for each in latest
        if (each.exception_id in followed or not ledger.memory.has_followed())
        and _lasts(each, histories[each.exception_id])
    ]
    lost = losses_among(lasting, mart)
    after = ledger.decided_before(each.exception_id for each in lost)
    losses = [
        Loss(
            exception,
            _told_of_loss(exception, mart, channels),
            after[exception.exception_id],
            followed.get(exception.exception_id, (exception, ()))[1],
        )
        for exception in lost
    ]
    return [each for each in latest if each.exception_id not in after], losses


def _still_lost(mart: Mart, last: Mapping[str, tuple[str, str]]) -> list[Loss]:
    """Return what waited for its rows when there were marts to look for them in."""
    return [
        Loss(
            exception,
            None,
            policy=mart.escalations.get(exception.exception_id, ()),
        )
        for exception in mart.exceptions
        if last.get(exception.exception_id, ("", ""))[1].startswith(LOST_CODE)
    ]


def _without(mart: Mart, exception_ids: Collection[str]) -> Mart:
    """Return the marts without some of their exceptions."""
    kept = (each for each in mart.exceptions if each.exception_id not in exception_ids)
    return replace(mart, exceptions=tuple(kept))


def _lasts(exception: ExceptionRecord, history: History) -> bool:
    """Tell whether somebody was to be told of it and nobody that it is over."""
    return exception.is_open and any(
        past.spell == history.spell for past in history.intents
    )


def _told_of_loss(exception: ExceptionRecord, mart: Mart, channels: Channels) -> str:
    """Return who hears that rows are gone: who owns the journey, else the operator."""
    journey = mart.journeys.get(exception.journey)
    operator = channels.operator
    if journey and (operator is None or channels.by_role.get(journey.owner_role)):
        return journey.owner_role
    return operator or exception.owner_role


def _freed(histories: Iterable[History], channels: Channels) -> frozenset[str]:
    """Return what waits in the outbox for roles that have a channel for it now."""
    waiting: dict[str, list[PastIntent]] = defaultdict(list)
    for history in histories:
        for past in history.intents:
            if past.is_waiting and past.owner_role in channels.by_role:
                waiting[past.message_id].append(past)
    return frozenset(
        message_id
        for message_id, pasts in waiting.items()
        if channels.serves(pasts[0].owner_role, _carried_as(pasts))
    )


def _carried_as(pasts: list[PastIntent]) -> str:
    """Return the kind by which a channel takes or leaves a message of these."""
    kinds = {past.kind for past in pasts}
    kind = kinds.pop() if len(kinds) == 1 else "digest"
    return carried_as(kind, {past.route_class for past in pasts})


def _held(histories: Histories, decisions: Iterable[Decision]) -> frozenset[str]:
    """Return the messages that no longer are what has to be told.

    Those of which all is taken back; and those of which a part is and that are still to
    go and that nobody has by another channel, for what is left can go without it.
    """
    withdrawn = {each for decision in decisions for each in decision.withdrawn}
    if not withdrawn:
        return frozenset()
    members: dict[str, list[PastIntent]] = defaultdict(list)
    for history in histories.values():
        for past in history.intents:
            if past.can_be_taken_back:
                members[past.message_id].append(past)
    return frozenset(
        message_id
        for message_id, pasts in members.items()
        if all(past.intent_id in withdrawn for past in pasts)
        or any(
            past.intent_id in withdrawn and past.is_undelivered and not past.is_told
            for past in pasts
        )
    )


def _wanted(
    mart: Mart, histories: Histories, held: frozenset[str], channels: Channels
) -> frozenset[Carried]:
    """Return what one of a role's channels has, and another has to get after all.

    It was taken back from it and is so again; of several in a message, all of them.
    """
    holding = {
        past.intent_id: past
        for exception in mart.exceptions
        if (history := histories.get(exception.exception_id))
        for past in _holding(exception, history)
    }
    pasts = {
        past.message_id: past
        for past in holding.values()
        if past.withheld and past.is_told and past.message_id not in held
    }
    if not pasts:
        return frozenset()
    overtaken = {
        past.message_id
        for history in histories.values()
        for past in history.intents
        if past.message_id in pasts and past.intent_id not in holding
    }
    return frozenset(
        (message_id, name)
        for message_id, past in pasts.items()
        if message_id not in overtaken
        for name in past.withheld
        & channels.of(past.owner_role, carried_as(past.kind, {past.route_class})).keys()
    )


def _holding(exception: ExceptionRecord, history: History) -> list[PastIntent]:
    """Return what an open exception was announced by and still asks for."""
    owner = exception.owner_role
    if not exception.is_open or history.is_resolved or history.is_acknowledged(owner):
        return []
    rank = RANKS[exception.route_class]
    return [
        past
        for past in (
            *history.announcements(history.spell, owner),
            *history.of_spell(history.spell, "escalated"),
        )
        if 0 < RANKS[past.route_class] <= rank
    ]


def _followed(
    mart: Mart,
    decisions: Mapping[str, Decision],
    histories: Histories,
    losses: list[Loss],
    younger: list[Followed],
) -> list[Followed]:
    """Return what is open and was announced or awaits an answer, and what is lost.

    And what was followed of it that is younger than the marts, which say nothing of it.
    """
    unknown = History()
    followed = {each[0].exception_id: each for each in younger}
    for exception in mart.exceptions:
        key = exception.exception_id
        history = histories.get(key, unknown)
        if (
            exception.is_open
            and not history.is_resolved
            and (
                history.intents
                or decisions[key].intents
                or exception.route_class in ANSWERED_CLASSES
            )
        ):
            followed[key] = exception, mart.escalations.get(key, ())
        else:
            followed.pop(key, None)
    for loss in losses:
        followed[loss.exception.exception_id] = loss.exception, loss.policy
    return list(followed.values())
