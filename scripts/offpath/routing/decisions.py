"""Decide what to tell whom about one exception. Nothing here reads or writes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from offpath.instants import minute_text
from offpath.routing.escalations import EscalationStep, Reach, steps_to_take
from offpath.routing.history import (
    ANNOUNCING,
    ANSWERED_CLASSES,
    ASKING,
    RANKS,
    History,
    Kind,
    PastIntent,
)
from offpath.routing.intents import (
    LOST_CODE,
    RECORDED_CODE,
    Decision,
    ExceptionRecord,
    Intent,
)

# What only the owner is told.
FOR_OWNERS: frozenset[Kind] = frozenset({"opened", "raised", "reminded"})


@dataclass(frozen=True, slots=True)
class Loss:
    """An exception of which rows are gone, and who is told of that.

    ``notify_role`` is null where that was seen to by an earlier run; ``after`` is the
    number of the last decision before they were lost.
    """

    exception: ExceptionRecord
    notify_role: str | None
    after: int = 0
    policy: tuple[EscalationStep, ...] = ()


def decide(
    now: datetime,
    exception: ExceptionRecord,
    history: History,
    policy: tuple[EscalationStep, ...],
    reach: Reach = Reach(),  # noqa: B008 - it cannot change
) -> Decision:
    """Decide about one exception.

    ``policy`` holds the exception's escalation steps. Feeding the outcome back as
    history and deciding again at the same instant yields no intents.
    """
    if history.is_resolved or not exception.is_open:
        return _close(exception, history, "cleared")
    if _is_recorded(exception):
        return _close_recorded(exception, history)
    if _is_known(exception, history):
        reason = "known: it was open before anybody was to be told"
        return Decision(reason, (), _undelivered(history.intents))
    openings = _openings(exception, history)
    intents = [
        *openings,
        *_follow_ups(now, exception, history, policy, reach, is_new=bool(openings)),
        *_hand_overs(exception, history),
        *_acknowledgements(exception, history, reach),
    ]
    reason = intents[0].reason if intents else _reason_for_silence(exception, history)
    return Decision(reason, tuple(intents), _overtaken(exception, history))


def decide_vanished(exception: ExceptionRecord, history: History) -> Decision:
    """Decide about an exception that was announced and that the marts no longer hold.

    A rule was withdrawn, or a late event moved the onset and with it the id.
    """
    return _close(exception, history, "no_longer_in_the_marts")


def decide_lost(
    now: datetime,
    loss: Loss,
    history: History,
    reach: Reach = Reach(),  # noqa: B008 - it cannot change
) -> Decision:
    """Decide about an exception that may well last, but whose rows are gone.

    Nobody hears that it is over. All else is as it was when it was last seen, and one
    role hears, once until they are back, that rows are gone; but not of what was only
    recorded.
    """
    exception = loss.exception
    if history.is_resolved:
        return decide_vanished(exception, history)
    if _is_recorded(exception):
        return _close_recorded(exception, history)
    subject = f"{exception.subject_type} {exception.subject_id}"
    reason = f"{LOST_CODE}: rows of {subject} are gone"
    openings = _openings(exception, history)
    intents = [
        *_news_of_loss(loss, history, reason),
        *openings,
        *_follow_ups(
            now, exception, history, loss.policy, reach, is_new=bool(openings)
        ),
        *_acknowledgements(exception, history, reach),
    ]
    overtaken = _overtaken(exception, history, is_lost=True)
    return Decision(reason, tuple(intents), overtaken)


def _news_of_loss(loss: Loss, history: History, reason: str) -> list[Intent]:
    """Tell one role that rows are gone, unless it was meant to hear so before."""
    if loss.notify_role is None:
        return []
    told = Intent(
        loss.exception.exception_id,
        "rows_lost",
        history.spell,
        0,
        loss.notify_role,
        "task",
        reason,
        loss.after,
    )
    known = {past.intent_id for past in history.intents if past.stands}
    return [] if told.intent_id in known else [told]


def _is_recorded(exception: ExceptionRecord) -> bool:
    """Tell whether it is a matter of nobody's, though it lasts."""
    return RANKS[exception.route_class] == 0


def _is_known(exception: ExceptionRecord, history: History) -> bool:
    """Tell whether it belongs to a backlog that is announced to nobody.

    Unless somebody was told of it, or it has become a page since.
    """
    if history.known_class is None or history.is_told:
        return False
    return exception.route_class != "page" or history.known_class == "page"


def _openings(exception: ExceptionRecord, history: History) -> list[Intent]:
    """Announce to the owner, once, what is more than a record.

    Again where it becomes more urgent than that role was told, or another role's. Not
    where somebody is on it.
    """
    spell, role = history.spell, exception.owner_role
    rank = RANKS[exception.route_class]
    if history.is_acknowledged(role):
        return []
    told = history.announcements(spell, role)
    reason = f"{exception.route_class}: {exception.route_reason}"
    kind: Kind = "opened"
    if told:
        former = max((past.route_class for past in told), key=RANKS.__getitem__)
        if rank <= RANKS[former]:
            return []
        kind = "raised"
        reason = f"from {former} to {reason}"
    return [_to_owner(exception, history, kind, reason)]


def _to_owner(
    exception: ExceptionRecord, history: History, kind: Kind, reason: str
) -> Intent:
    """Return the wish to tell the owner."""
    return Intent(
        exception.exception_id,
        kind,
        history.spell,
        0,
        exception.owner_role,
        exception.route_class,
        reason,
        history.turns(history.spell, exception.owner_role),
    )


def _follow_ups(  # noqa: PLR0913 - what the answer depends on
    now: datetime,
    exception: ExceptionRecord,
    history: History,
    policy: tuple[EscalationStep, ...],
    reach: Reach,
    *,
    is_new: bool,
) -> list[Intent]:
    """Remind and escalate while nobody answers; a role hears once in a run."""
    owner = exception.owner_role
    if exception.route_class not in ANSWERED_CLASSES or history.is_acknowledged(owner):
        return []
    escalations = [
        Intent(
            exception.exception_id,
            "escalated",
            history.spell,
            step.step,
            step.notify_role,
            exception.route_class,
            reason,
        )
        for step, reason in steps_to_take(
            now, owner, history, policy, reach, is_new=is_new
        )
    ]
    if is_new or any(intent.owner_role == owner for intent in escalations):
        return escalations
    return [*_reminders(now, exception, history), *escalations]


def _reminders(
    now: datetime, exception: ExceptionRecord, history: History
) -> list[Intent]:
    """Remind the owner, once, when the response is due.

    An announcement that was itself late says that it is due; it needs no reminder. One
    that nobody can have read has nothing to remind of.
    """
    due, owner, spell = exception.respond_by_at, exception.owner_role, history.spell
    told = history.announcements(spell, owner)
    if (
        due is None
        or due > now
        or not any(past.may_be_told for past in told)
        or not all((past.told_at or past.decided_at) < due for past in told)
        or any(
            past.kind in ("reminded", "escalated") and past.stands
            for past in history.of_turn(spell, owner)
        )
    ):
        return []
    reason = f"unanswered: nobody was on it by {minute_text(due)}"
    return [_to_owner(exception, history, "reminded", reason)]


def _hand_overs(exception: ExceptionRecord, history: History) -> list[Intent]:
    """Tell each former owner, once, that it is another's.

    One of a former spell too, who never heard the end of that. Again under the same id
    where they may have heard so and it was taken back.
    """
    owner = exception.owner_role
    reason = f"handed_over: it is now {owner}'s"
    intents = []
    for role, pasts in sorted(history.believers.items()):
        spell = pasts[0].spell
        own = history.of_turn(spell, role)
        if (
            role == owner
            or all(past.kind not in ANNOUNCING for past in pasts)
            or history.has_heard_end(spell, role)
            or any(past.kind == "handed_over" and past.stands for past in own)
        ):
            continue
        turn = history.turns(spell, role)
        if not any(past in own for past in pasts):
            ends = history.ends(spell, role)
            if ends[-1].stands:
                continue
            turn -= 1
        intents.append(
            Intent(
                exception.exception_id,
                "handed_over",
                spell,
                0,
                role,
                _most_urgent(past for past in pasts if past.kind in ANNOUNCING),
                reason,
                turn,
            )
        )
    return intents


def _acknowledgements(
    exception: ExceptionRecord, history: History, reach: Reach
) -> list[Intent]:
    """Say once, to the channels that carry it and have the opening, who is on it."""
    actor = history.who_is_on_it(exception.owner_role)
    if actor is None:
        return []
    intents = []
    for role in sorted(_concerned(exception, history)):
        turn = history.of_turn(history.spell, role)
        names = frozenset(
            name
            for past in turn
            if past.kind in ASKING
            and past.route_class in ANSWERED_CLASSES
            and past.may_be_told
            for name in past.channels
        ) & reach.answer_channels.get(role, frozenset())
        if not names or any(
            past.kind == "acknowledged" and past.stands for past in turn
        ):
            continue
        intents.append(
            Intent(
                exception.exception_id,
                "acknowledged",
                history.spell,
                0,
                role,
                exception.route_class,
                f"acknowledged: {actor} is on it",
                history.turns(history.spell, role),
                names,
            )
        )
    return intents


def _concerned(exception: ExceptionRecord, history: History) -> set[str]:
    """Return whose it is, and to whom it was escalated: not who had it before."""
    escalated = history.of_spell(history.spell, "escalated")
    return {exception.owner_role} | {past.owner_role for past in escalated}


def _close(exception: ExceptionRecord, history: History, cause: str) -> Decision:
    """Tell each role that was told, once, and take back what never went out.

    As urgently as they were told of it. Not those who heard that it is another's. What
    a person said is the cause, whatever the marts say.
    """
    if history.is_resolved:
        cause = "resolved_by_a_person"
        if history.resolution:
            cause += f": {history.resolution}"
    told = history.believers
    known = {
        (past.spell, past.owner_role)
        for past in history.intents
        if past.kind == "resolved" and past.stands
    }
    steps = {role: min(past.step for past in pasts) for role, pasts in told.items()}
    intents = tuple(
        Intent(
            exception.exception_id,
            "resolved",
            told[role][0].spell,
            step,
            role,
            _most_urgent(told[role]),
            cause,
        )
        for role, step in sorted(steps.items(), key=lambda item: (item[1], item[0]))
        if (told[role][0].spell, role) not in known
    )
    # That it is another's remains true for the channels that have still to get it.
    withdrawn = _undelivered(
        past
        for past in history.intents
        if past.kind != "resolved" and not (past.kind == "handed_over" and past.is_told)
    )
    if intents:
        return Decision(cause, intents, withdrawn)
    code = cause.partition(": ")[0]
    reason = f"{code}_and_told" if told else f"{code}_before_announced"
    return Decision(reason, (), withdrawn)


def _close_recorded(exception: ExceptionRecord, history: History) -> Decision:
    """Tell who was told of it that it is only recorded by now, and why.

    That ends the spell, so that it is news where it becomes more than a record again.
    """
    reason = f"{RECORDED_CODE}: {exception.route_reason}"
    return replace(_close(exception, history, reason), reason=reason)


def _most_urgent(pasts: Iterable[PastIntent]) -> str:
    """Return the class of the most urgent of them."""
    return max((past.route_class for past in pasts), key=RANKS.__getitem__)


def _undelivered(pasts: Iterable[PastIntent]) -> tuple[str, ...]:
    """Return the ids of those that some channel has still to get."""
    return tuple(past.intent_id for past in pasts if past.can_be_taken_back)


def _overtaken(
    exception: ExceptionRecord, history: History, *, is_lost: bool = False
) -> tuple[str, ...]:
    """Take back what is no longer true of an open exception.

    That it is over, or that rows of it are gone; what was meant for a former owner, and
    that it is another's than the present one's; once somebody is on it, that somebody
    has to be, and where nobody is, that somebody is; what is more urgent than it is by
    now, and what presses for an answer that it no longer awaits.
    """
    owner = exception.owner_role
    rank = RANKS[exception.route_class]
    kinds: set[Kind] = {"resolved"} if is_lost else {"resolved", "rows_lost"}
    if history.is_acknowledged(owner):
        kinds |= {"opened", "raised", "reminded", "escalated"}
    else:
        kinds.add("acknowledged")
    if exception.route_class not in ANSWERED_CLASSES:
        kinds |= {"reminded", "escalated"}
    return _undelivered(
        past
        for past in history.intents
        if past.kind in kinds
        or (past.kind in FOR_OWNERS and past.owner_role != owner)
        or (past.kind == "handed_over" and past.owner_role == owner)
        or (RANKS[past.route_class] > rank and _is_replaced(past))
    )


def _is_replaced(past: PastIntent) -> bool:
    """Tell whether an announcement can be written anew as less urgent.

    Not one that somebody may have read and nobody certainly has: what ends it would go
    where a less urgent one goes. What is in the outbox is decided about anew anyway.
    """
    is_in_doubt = past.is_maybe_told and not past.is_told
    return past.kind in ANNOUNCING and past.is_undelivered and not is_in_doubt


def _reason_for_silence(exception: ExceptionRecord, history: History) -> str:
    """Say why what is more than a record sends nothing now."""
    if history.is_acknowledged(exception.owner_role):
        return "acknowledged"
    if any(past.is_undelivered for past in history.intents):
        return "delivery_is_retried"
    announced = history.announcements(history.spell, exception.owner_role)
    if announced and not any(past.may_be_told for past in announced):
        refused = all(past.is_refused for past in announced)
        return "refused_by_every_channel" if refused else "waits_in_the_outbox"
    return "already_announced"
