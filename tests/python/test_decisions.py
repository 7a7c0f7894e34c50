"""What is decided about one exception, without any input or output."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from conftest import an_exception
from hypothesis import given
from hypothesis import strategies as st
from offpath.instants import instant, minute_text
from offpath.routing.decisions import Loss, decide, decide_lost, decide_vanished
from offpath.routing.escalations import EscalationStep, Reach
from offpath.routing.history import Answer, History, PastIntent
from offpath.routing.intents import Decision, ExceptionRecord
from searches import search

DUE = datetime(2026, 4, 1, 14, tzinfo=UTC)
BEFORE = DUE - timedelta(hours=2)
AFTER = DUE + timedelta(hours=2)
STEPS = (
    EscalationStep(1, "fulfilment", DUE + timedelta(hours=1)),
    EscalationStep(2, "operations_lead", DUE + timedelta(hours=5)),
    EscalationStep(3, "operations_lead", None),
)


def exception(**changes: object) -> ExceptionRecord:
    row = an_exception(1)
    for name in ("onset_at", "detected_at", "respond_by_at", "digest_at"):
        row[name] = instant(row[name])
    return ExceptionRecord(**(row | changes))


def after(decision: Decision, history: History, at: datetime) -> History:
    """Return the history once every intent of the decision was delivered."""
    told = tuple(
        PastIntent(
            intent.intent_id,
            "a message",
            intent.kind,
            intent.spell,
            intent.step,
            intent.owner_role,
            intent.route_class,
            at,
            is_told=True,
            is_undelivered=False,
        )
        for intent in decision.intents
    )
    return replace(history, intents=history.intents + told)


def answered(history: History) -> History:
    """Return the history once somebody who knew all of it said that they are on it."""
    told = frozenset(past.intent_id for past in history.intents if past.may_be_told)
    return replace(history, answers=(*history.answers, Answer(history.spell, told)))


def announced(at: datetime = BEFORE, **changes: object) -> History:
    return after(decide(BEFORE, exception(**changes), History(), ()), History(), at)


def kinds(decision: Decision) -> list[tuple[str, int, str]]:
    return [
        (intent.kind, intent.step, intent.owner_role) for intent in decision.intents
    ]


def test_an_open_exception_is_announced_to_its_owner() -> None:
    decision = decide(BEFORE, exception(), History(), STEPS)
    assert kinds(decision) == [("opened", 0, "inventory")]
    assert decision.decision == "opened"
    assert decision.reason == "task: the error budget is half spent"


def test_an_announced_exception_is_not_announced_again() -> None:
    decision = decide(BEFORE, exception(), announced(), STEPS)
    assert kinds(decision) == []
    assert (decision.decision, decision.reason) == ("nothing", "already_announced")


def test_what_becomes_more_urgent_is_announced_once_more() -> None:
    history = announced(route_class="digest")
    page = exception(route_class="page")
    decision = decide(AFTER, page, history, STEPS)
    assert kinds(decision) == [("raised", 0, "inventory")]
    assert decision.reason == "from digest to page: the error budget is half spent"

    history = after(decision, history, AFTER)
    assert kinds(decide(AFTER, exception(), history, ())) == [], "less urgent again"
    assert kinds(decide(AFTER, page, history, ())) == [], "as urgent as it was told"
    assert kinds(decide(AFTER, page, history, STEPS)) == []
    hour_later = AFTER + timedelta(hours=1)
    assert kinds(decide(hour_later, page, history, STEPS)) == [
        ("escalated", 1, "fulfilment")
    ], "it was told after it was due, so that it needs no reminder"


def test_a_new_owner_hears_of_it_and_is_the_one_who_is_reminded() -> None:
    row = exception(owner_role="billing")
    decision = decide(BEFORE, row, announced(), STEPS)
    assert kinds(decision) == [
        ("opened", 0, "billing"),
        ("handed_over", 0, "inventory"),
    ]
    history = after(decision, announced(), BEFORE)
    assert kinds(decide(AFTER, row, history, ())) == [("reminded", 0, "billing")]


def test_who_is_on_it_hears_of_no_rise() -> None:
    history = answered(announced())
    decision = decide(AFTER, exception(route_class="page"), history, STEPS)
    assert (kinds(decision), decision.reason) == ([], "acknowledged")


def test_the_answer_of_a_former_owner_does_not_silence_the_new_one() -> None:
    billing = exception(owner_role="billing")
    history = answered(announced())
    decision = decide(AFTER, billing, history, STEPS)
    moved = [("opened", 0, "billing"), ("handed_over", 0, "inventory")]
    assert kinds(decision) == moved
    history = after(decision, history, AFTER)
    assert not history.is_acknowledged("billing")
    assert answered(history).is_acknowledged("billing")
    assert kinds(decide(AFTER, billing, history, ())) == [], "they hear it once"
    over = decide(AFTER, replace(billing, is_open=False), history, ())
    assert kinds(over) == [("resolved", 0, "billing")], "the other has no part in it"

    back = decide(AFTER, exception(), history, ())
    assert kinds(back) == [("opened", 0, "inventory"), ("handed_over", 0, "billing")]
    assert back.intents[0].intent_id != history.intents[0].intent_id
    history = after(back, history, AFTER)
    assert kinds(decide(AFTER, exception(), history, ())) == []
    over = decide(AFTER, exception(is_open=False), history, ())
    assert kinds(over) == [("resolved", 0, "inventory")]


def test_an_answer_while_nobody_else_was_told_is_the_new_owners() -> None:
    """As one for whom the outbox of a former owner was read."""
    (opening,) = announced().intents
    boxed = History((replace(opening, is_told=False, is_waiting=True),))
    assert answered(boxed).is_acknowledged("billing")


def test_who_may_have_heard_hears_that_it_is_over_and_is_tried_until_then() -> None:
    (opening,) = announced().intents
    maybe = replace(opening, is_told=False, is_undelivered=True, is_maybe_told=True)
    history = History((maybe,))
    assert kinds(decide(BEFORE, exception(), history, ())) == []
    over = decide(AFTER, exception(is_open=False), history, ())
    assert kinds(over) == [("resolved", 0, "inventory")]
    assert over.withdrawn == (opening.intent_id,)


def test_an_end_that_may_have_been_heard_is_followed_by_news() -> None:
    history = announced()
    over = decide(AFTER, exception(is_open=False), history, ())
    history = after(over, history, AFTER)
    end = replace(
        history.intents[-1], is_told=False, is_undelivered=True, is_maybe_told=True
    )
    history = replace(history, intents=(*history.intents[:-1], end))
    back = decide(AFTER, exception(), history, ())
    assert kinds(back) == [("opened", 0, "inventory")]
    assert back.withdrawn == (end.intent_id,)


def test_who_may_have_heard_whose_it_is_now_is_told_until_they_have() -> None:
    billing = exception(owner_role="billing")
    decision = decide(BEFORE, billing, announced(), ())
    history = after(decision, announced(), BEFORE)
    former = history.intents[-1]
    assert former.kind == "handed_over"
    retried = replace(former, is_told=False, is_undelivered=True, is_maybe_told=True)
    taken_back = replace(retried, is_undelivered=False)
    for past, expected in ((retried, []), (taken_back, [former.intent_id])):
        known = replace(history, intents=(*history.intents[:-1], past))
        again = decide(BEFORE, billing, known, ())
        assert [intent.intent_id for intent in again.intents] == expected


def ended_for(role: str, history: History) -> History:
    """Return the history once it was over and only this role could be told so."""
    over = decide(AFTER, exception(is_open=False), history, STEPS)
    heard = tuple(intent for intent in over.intents if intent.owner_role == role)
    assert heard
    assert len(heard) < len(over.intents)
    return after(replace(over, intents=heard), history, AFTER)


def test_who_never_heard_an_end_hears_whose_it_is_when_it_comes_back() -> None:
    escalated = after(
        decide(AFTER, exception(), announced(), STEPS), announced(), AFTER
    )
    history = ended_for("fulfilment", escalated)
    billing = exception(owner_role="billing")
    back = decide(AFTER, billing, history, ())
    assert kinds(back) == [("opened", 0, "billing"), ("handed_over", 0, "inventory")]
    history = after(back, history, AFTER)
    assert kinds(decide(AFTER, billing, history, ())) == []
    over = decide(AFTER, replace(billing, is_open=False), history, ())
    assert kinds(over) == [("resolved", 0, "billing")], "the others know"


def test_who_heard_an_end_hears_no_more_of_what_comes_back_as_anothers() -> None:
    over = decide(AFTER, exception(is_open=False), announced(), ())
    history = after(over, announced(), AFTER)
    back = decide(AFTER, exception(owner_role="billing"), history, ())
    assert kinds(back) == [("opened", 0, "billing")]


def test_who_never_heard_an_end_hears_the_next_one() -> None:
    escalated = after(
        decide(AFTER, exception(), announced(), STEPS), announced(), AFTER
    )
    history = ended_for("inventory", escalated)
    back = decide(AFTER, exception(), history, ())
    history = after(back, history, AFTER)
    over = decide(AFTER, exception(is_open=False), history, ())
    assert [(each.owner_role, each.spell) for each in over.intents] == [
        ("inventory", 1),
        ("fulfilment", 0),
    ]
    history = after(over, history, AFTER)
    assert kinds(decide(AFTER, exception(is_open=False), history, ())) == []


def test_who_may_have_been_reminded_or_escalated_to_is_told_until_they_have() -> None:
    history = announced()
    decision = decide(AFTER, exception(), history, STEPS)
    assert kinds(decision) == [
        ("reminded", 0, "inventory"),
        ("escalated", 1, "fulfilment"),
    ]
    told = after(decision, history, AFTER)
    for is_undelivered, expected in ((True, []), (False, kinds(decision))):
        known = replace(
            told,
            intents=tuple(
                replace(
                    past,
                    is_told=False,
                    is_undelivered=is_undelivered,
                    is_maybe_told=True,
                )
                if past.kind in {"reminded", "escalated"}
                else past
                for past in told.intents
            ),
        )
        assert kinds(decide(AFTER, exception(), known, STEPS)) == expected


def test_a_role_without_a_channel_hands_on_to_the_next_that_has_one() -> None:
    reach = Reach(frozenset({"operations_lead"}))
    decision = decide(BEFORE, exception(), History(), STEPS, reach)
    assert kinds(decision) == [
        ("opened", 0, "inventory"),
        ("escalated", 2, "operations_lead"),
    ]
    fallback = "fallback: inventory has no channel, step 2"
    assert decision.intents[1].reason == fallback
    opened, escalated = after(decision, History(), BEFORE).intents
    opened = replace(opened, is_told=False, is_waiting=True)
    history = History((opened, escalated))
    assert kinds(decide(DUE, exception(), history, STEPS, reach)) == []
    assert kinds(decide(AFTER, exception(), history, STEPS, reach)) == []
    digest = exception(route_class="digest")
    waits = decide(BEFORE, digest, History(), STEPS, reach)
    assert kinds(waits) == [("opened", 0, "inventory")]


def test_where_nobody_has_a_channel_all_waits_in_the_outbox() -> None:
    nobody = Reach(frozenset())
    decision = decide(BEFORE, exception(), History(), STEPS, nobody)
    assert kinds(decision) == [("opened", 0, "inventory")]
    (opened,) = after(decision, History(), BEFORE).intents
    history = History((replace(opened, is_told=False, is_waiting=True),))
    late = decide(AFTER, exception(), history, STEPS, nobody)
    assert kinds(late) == [("escalated", 1, "fulfilment")]


def test_what_every_channel_refused_goes_to_the_next() -> None:
    (opening,) = announced().intents
    refused = replace(opening, is_told=False, is_refused=True)
    decision = decide(BEFORE, exception(), History((refused,)), STEPS)
    assert kinds(decision) == [("escalated", 1, "fulfilment")]
    assert decision.reason == "fallback: every channel of inventory refused it, step 1"
    step = after(decision, History(), BEFORE).intents[0]
    both = History((refused, replace(step, is_told=False, is_refused=True)))
    decision = decide(BEFORE, exception(), both, STEPS)
    assert kinds(decision) == [("escalated", 2, "operations_lead")]


def test_what_is_due_is_told_at_that_very_instant_and_not_before() -> None:
    second = timedelta(seconds=1)
    at_step = DUE + timedelta(hours=1)
    history = announced()
    assert kinds(decide(DUE - second, exception(), history, STEPS)) == []
    reminded = decide(DUE, exception(), history, STEPS)
    assert kinds(reminded) == [("reminded", 0, "inventory")]
    history = after(reminded, history, DUE)
    assert kinds(decide(at_step - second, exception(), history, STEPS)) == []
    step = decide(at_step, exception(), history, STEPS)
    assert kinds(step) == [("escalated", 1, "fulfilment")]


def test_a_step_whose_role_is_off_duty_passes_to_the_next_on_duty() -> None:
    off = Reach(off_duty=frozenset({"fulfilment"}))
    history = announced()
    decision = decide(AFTER, exception(), history, STEPS, off)
    assert kinds(decision) == [
        ("reminded", 0, "inventory"),
        ("escalated", 2, "operations_lead"),
    ]
    assert decision.intents[1].reason == (
        "unanswered: nobody was on it by 2026-04-01 15:00Z and fulfilment is off"
        " duty, step 2"
    )
    history = after(decision, history, AFTER)
    assert kinds(decide(AFTER, exception(), history, STEPS, off)) == []


def test_where_nobody_is_on_duty_it_waits_for_the_first_that_is() -> None:
    nobody = Reach(off_duty=frozenset({"fulfilment", "operations_lead"}))
    history = announced()
    decision = decide(AFTER, exception(), history, STEPS, nobody)
    assert kinds(decision) == [("reminded", 0, "inventory")]
    history = after(decision, history, AFTER)
    later = decide(
        AFTER, exception(), history, STEPS, Reach(off_duty=frozenset({"fulfilment"}))
    )
    assert kinds(later) == [("escalated", 2, "operations_lead")]


def test_a_step_to_the_owner_takes_the_place_of_the_reminder() -> None:
    steps = (EscalationStep(1, "inventory", DUE + timedelta(hours=1)),)
    history = announced()
    decision = decide(AFTER, exception(), history, steps)
    assert kinds(decision) == [("escalated", 1, "inventory")]
    history = after(decision, history, AFTER)
    assert kinds(decide(AFTER, exception(), history, steps)) == []


@pytest.mark.parametrize("late", [timedelta(minutes=-31), timedelta(days=3)])
def test_who_hears_late_has_the_minutes_of_a_step_all_the_same(late: timedelta) -> None:
    """A backlog, and what waited for a channel, is told long after it was noticed."""
    step = EscalationStep(1, "fulfilment", DUE, 30)
    told = DUE + late
    history = announced(told)
    time = max(DUE, told + timedelta(minutes=30))
    minute = timedelta(minutes=1)
    escalated = decide(time, exception(), history, (step,)).intents[-1]
    assert escalated.kind == "escalated"
    assert escalated.reason == (
        f"unanswered: nobody was on it by {minute_text(time)}, step 1"
    )
    early = decide(time - minute, exception(), history, (step,))
    assert "escalated" not in [intent.kind for intent in early.intents]

    page = exception(route_class="page")
    raised = after(decide(time, page, history, ()), history, time)
    assert kinds(decide(time + minute, page, raised, (step,))) == []
    assert kinds(decide(time + 30 * minute, page, raised, (step,))) == [
        ("escalated", 1, "fulfilment")
    ], "what becomes more urgent is told late, too"


def test_two_steps_to_one_role_in_one_run_are_one_message() -> None:
    steps = tuple(EscalationStep(step, "fulfilment", DUE) for step in (1, 2))
    history = announced()
    decision = decide(AFTER, exception(), history, steps)
    assert kinds(decision)[1:] == [("escalated", 2, "fulfilment")]
    history = after(decision, history, AFTER)
    assert kinds(decide(AFTER, exception(), history, steps)) == []


def test_an_answer_goes_once_to_the_channels_that_carry_it() -> None:
    (opening,) = announced().intents
    told = answered(History((replace(opening, channels=frozenset({"a", "b"})),)))
    reach = Reach(answer_channels={"inventory": frozenset({"b", "c"})})
    decision = decide(BEFORE, exception(), told, STEPS, reach)
    assert kinds(decision) == [("acknowledged", 0, "inventory")]
    assert decision.intents[0].only == {"b"}
    assert kinds(decide(BEFORE, exception(), told, STEPS)) == []
    again = after(decision, told, BEFORE)
    assert kinds(decide(BEFORE, exception(), again, STEPS, reach)) == []


def test_what_is_lost_is_followed_up_and_told_once_until_it_is_back() -> None:
    history = announced()
    loss = Loss(exception(), "fulfilment", after=7, policy=STEPS)
    decision = decide_lost(AFTER, loss, history)
    assert decision.is_lost
    assert decision.reason == "waiting_for_data: rows of case O-1 are gone"
    assert kinds(decision) == [
        ("rows_lost", 0, "fulfilment"),
        ("reminded", 0, "inventory"),
        ("escalated", 1, "fulfilment"),
    ]
    history = after(decision, history, AFTER)
    assert kinds(decide_lost(AFTER, loss, history)) == []
    assert kinds(decide(AFTER, exception(), history, STEPS)) == [], "no news"
    again = decide_lost(AFTER, replace(loss, after=9), history)
    assert kinds(again) == [("rows_lost", 0, "fulfilment")]
    by_person = replace(history, is_resolved=True)
    assert decide_lost(AFTER, loss, by_person).reason == "resolved_by_a_person"


def test_what_is_known_is_told_to_nobody_until_it_is_a_page() -> None:
    known = History(known_class="task")
    decision = decide(AFTER, exception(), known, STEPS)
    assert kinds(decision) == []
    assert decision.reason.startswith("known: ")
    page = exception(route_class="page")
    assert kinds(decide(AFTER, page, known, STEPS)) == [("opened", 0, "inventory")]
    assert kinds(decide(AFTER, page, History(known_class="page"), STEPS)) == []


def test_what_was_meant_for_a_former_owner_is_taken_back() -> None:
    (opening,) = announced().intents
    stuck = History((replace(opening, is_told=False, is_undelivered=True),))
    decision = decide(BEFORE, exception(owner_role="billing"), stuck, ())
    assert kinds(decision) == [("opened", 0, "billing")]
    assert decision.withdrawn == (opening.intent_id,)


def test_what_comes_back_after_it_was_over_is_announced_anew() -> None:
    history = answered(announced())
    over = decide(AFTER, exception(is_open=False), history, STEPS)
    history = after(over, history, AFTER)
    back = decide(AFTER, exception(), history, STEPS)
    assert kinds(back) == [("opened", 0, "inventory")]
    assert back.intents[0].intent_id != announced().intents[0].intent_id

    history = after(back, history, AFTER)
    assert not history.is_acknowledged("inventory"), (
        "the answer was about the former spell"
    )
    again = decide(AFTER, exception(is_open=False), history, STEPS)
    assert kinds(again) == [("resolved", 0, "inventory")]
    assert again.intents[0].intent_id != over.intents[0].intent_id


def test_an_end_that_nobody_heard_of_is_taken_back_when_it_was_none() -> None:
    history = announced()
    (end,) = decide(AFTER, exception(is_open=False), history, ()).intents
    waiting = PastIntent(
        end.intent_id,
        "a message",
        "resolved",
        0,
        0,
        "inventory",
        "task",
        AFTER,
        is_told=False,
        is_undelivered=True,
    )
    history = replace(history, intents=(*history.intents, waiting))
    decision = decide(BEFORE, exception(), history, ())
    assert (kinds(decision), decision.withdrawn) == ([], (end.intent_id,))


def test_what_is_gone_from_the_marts_is_over() -> None:
    decision = decide_vanished(exception(), announced())
    assert kinds(decision) == [("resolved", 0, "inventory")]
    assert decision.reason == "no_longer_in_the_marts"
    history = after(decision, announced(), AFTER)
    assert kinds(decide_vanished(exception(), history)) == []


def test_a_record_is_never_announced() -> None:
    decision = decide(AFTER, exception(route_class="record"), History(), STEPS)
    assert kinds(decision) == []
    assert decision.reason == "recorded_only: the error budget is half spent"


@pytest.mark.parametrize("is_answered", [False, True])
def test_who_was_told_hears_once_that_it_is_only_recorded_by_now(
    *, is_answered: bool
) -> None:
    history = announced()
    history = after(decide(AFTER, exception(), history, STEPS), history, AFTER)
    if is_answered:
        history = answered(history)
    excluded = exception(route_class="record", route_reason="it does not count (x)")
    decision = decide(AFTER, excluded, history, STEPS)
    assert kinds(decision) == [
        ("resolved", 0, "inventory"),
        ("resolved", 1, "fulfilment"),
    ]
    assert {intent.reason for intent in decision.intents} == {decision.reason}
    assert decision.reason == "recorded_only: it does not count (x)"
    assert {intent.route_class for intent in decision.intents} == {"task"}
    history = after(decision, history, AFTER)
    again = decide(AFTER, excluded, history, STEPS)
    assert (kinds(again), again.reason) == ([], decision.reason)
    over = decide(AFTER, replace(excluded, is_open=False), history, STEPS)
    assert (kinds(over), over.reason) == ([], "cleared_and_told")
    lost = decide_lost(AFTER, Loss(excluded, "fulfilment", after=7), history)
    assert (kinds(lost), lost.is_lost) == ([], False)

    back = decide(AFTER, exception(route_class="digest"), history, STEPS)
    assert kinds(back) == [("opened", 0, "inventory")], "it is news again"
    history = after(back, history, AFTER)
    once_more = decide(AFTER, excluded, history, STEPS)
    assert kinds(once_more) == [("resolved", 0, "inventory")]
    assert once_more.intents[0].intent_id != decision.intents[0].intent_id


def test_what_falls_to_a_digest_is_not_over() -> None:
    fallen = decide(AFTER, exception(route_class="digest"), announced(), STEPS)
    assert (kinds(fallen), fallen.reason) == ([], "already_announced")


@pytest.mark.parametrize(
    "state", [{"is_undelivered": True}, {"is_waiting": True}, {"is_letter": True}]
)
def test_what_nobody_has_is_taken_back_when_it_is_only_recorded(
    state: dict[str, bool],
) -> None:
    (opening,) = announced().intents
    nowhere = {"is_told": False, "is_undelivered": False}
    history = History((replace(opening, **(nowhere | state)),))
    decision = decide(AFTER, exception(route_class="record"), history, STEPS)
    assert (kinds(decision), decision.withdrawn) == ([], (opening.intent_id,))


def test_that_it_is_only_recorded_is_taken_back_when_it_was_not_heard() -> None:
    history = announced()
    (end,) = decide(AFTER, exception(route_class="record"), history, ()).intents
    told = after(Decision("", (end,)), history, AFTER)
    waiting = replace(told.intents[-1], is_told=False, is_undelivered=True)
    history = replace(told, intents=(*history.intents, waiting))
    kept = decide(AFTER, exception(route_class="record"), history, ())
    assert (kinds(kept), kept.withdrawn) == ([], ()), "it is on its way"
    decision = decide(AFTER, exception(), history, ())
    assert kinds(decision) == [("reminded", 0, "inventory")]
    assert decision.withdrawn == (end.intent_id,)


def test_what_is_known_and_was_told_as_a_page_is_over_when_it_is_a_record() -> None:
    known = History(known_class="task")
    history = after(
        decide(BEFORE, exception(route_class="page"), known, ()), known, DUE
    )
    record = exception(route_class="record")
    decision = decide(AFTER, record, history, ())
    assert kinds(decision) == [("resolved", 0, "inventory")]
    history = after(decision, history, AFTER)
    assert kinds(decide(AFTER, record, history, ())) == []
    assert kinds(decide(AFTER, exception(), history, ())) == [], "known, and no page"
    page = exception(route_class="page")
    assert kinds(decide(AFTER, page, history, ())) == [("opened", 0, "inventory")]


def test_the_owner_is_reminded_and_the_next_role_told_when_nobody_answers() -> None:
    decision = decide(AFTER, exception(), announced(), STEPS)
    assert kinds(decision) == [
        ("reminded", 0, "inventory"),
        ("escalated", 1, "fulfilment"),
    ]
    assert decision.decision == "reminded+escalated"


def test_a_reminder_comes_at_the_very_instant_it_is_due() -> None:
    assert kinds(decide(DUE, exception(), announced(), ())) == [
        ("reminded", 0, "inventory")
    ]
    early = DUE - timedelta(microseconds=1)
    assert kinds(decide(early, exception(), announced(), ())) == []


def test_an_opening_that_was_itself_late_needs_no_reminder() -> None:
    assert kinds(decide(AFTER, exception(), announced(AFTER), ())) == []


def test_a_digest_brings_neither_reminder_nor_escalation() -> None:
    digest = exception(route_class="digest")
    assert kinds(decide(AFTER, digest, announced(), STEPS)) == []


def test_an_acknowledgement_stops_reminders_and_escalations() -> None:
    history = answered(announced())
    decision = decide(AFTER, exception(), history, STEPS)
    assert kinds(decision) == []
    assert decision.reason == "acknowledged"


def test_an_acknowledgement_takes_back_an_escalation_that_never_arrived() -> None:
    escalation = PastIntent(
        "e",
        "a message",
        "escalated",
        0,
        1,
        "fulfilment",
        "task",
        AFTER,
        is_told=False,
        is_undelivered=True,
    )
    history = answered(announced())
    history = replace(history, intents=(*history.intents, escalation))
    assert decide(AFTER, exception(), history, STEPS).withdrawn == ("e",)


@pytest.mark.parametrize(
    ("is_open", "by_person", "reason"),
    [(False, False, "cleared"), (True, True, "resolved_by_a_person")],
)
def test_every_role_that_was_told_hears_once_that_it_is_over(
    *, is_open: bool, by_person: bool, reason: str
) -> None:
    history = announced()
    history = after(decide(AFTER, exception(), history, STEPS), history, AFTER)
    history = replace(history, is_resolved=by_person)
    decision = decide(AFTER, exception(is_open=is_open), history, STEPS)
    assert kinds(decision) == [
        ("resolved", 0, "inventory"),
        ("resolved", 1, "fulfilment"),
    ]
    assert decision.reason == reason
    again = decide(
        AFTER, exception(is_open=is_open), after(decision, history, AFTER), STEPS
    )
    assert kinds(again) == []


def test_what_cleared_unannounced_is_not_announced() -> None:
    decision = decide(AFTER, exception(is_open=False), History(), STEPS)
    assert kinds(decision) == []
    assert decision.reason == "cleared_before_announced"


def test_what_cleared_before_delivery_is_taken_back() -> None:
    (opening,) = announced().intents
    stuck = replace(opening, is_told=False, is_undelivered=True)
    decision = decide(AFTER, exception(is_open=False), History(intents=(stuck,)), STEPS)
    assert kinds(decision) == []
    assert decision.withdrawn == (opening.intent_id,)


def test_the_id_of_an_intent_is_the_same_in_every_run() -> None:
    (intent,) = decide(BEFORE, exception(), History(), ()).intents
    # printf '%s' '0000000100…0|0|opened|0|inventory|' | sha256sum | cut -c1-32
    assert intent.intent_id == "af7fb921b05b48c8512e1ee3c5553664"


MOMENTS = st.integers(-600, 600).map(lambda minutes: DUE + timedelta(minutes=minutes))


@search(gate=100, deep=5000)
@given(
    moments=st.lists(MOMENTS, min_size=1, max_size=6),
    classes=st.lists(
        st.sampled_from(["page", "task", "digest", "record"]), min_size=6, max_size=6
    ),
    owners=st.lists(st.sampled_from(["inventory", "billing"]), min_size=6, max_size=6),
    is_open=st.lists(st.booleans(), min_size=6, max_size=6),
    acknowledged_after=st.integers(0, 6),
)
def test_deciding_again_at_the_same_instant_yields_nothing_new(
    moments: list[datetime],
    classes: list[str],
    owners: list[str],
    is_open: list[bool],
    acknowledged_after: int,
) -> None:
    history = History()
    seen: set[str] = set()
    for number, now in enumerate(sorted(moments)):
        row = exception(
            route_class=classes[number],
            owner_role=owners[number],
            is_open=is_open[number],
        )
        if number == acknowledged_after:
            history = answered(history)
        decision = decide(now, row, history, STEPS)
        new = {intent.intent_id for intent in decision.intents}
        assert len(new) == len(decision.intents)
        assert not new & seen
        seen |= new
        history = after(decision, history, now)
        assert decide(now, row, history, STEPS).intents == ()
