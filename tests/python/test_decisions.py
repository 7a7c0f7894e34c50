"""What is decided about one exception, without any input or output."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from conftest import an_exception
from hypothesis import given
from hypothesis import strategies as st
from offpath.decisions import (
    Decision,
    EscalationStep,
    ExceptionRecord,
    History,
    PastIntent,
    decide,
    decide_vanished,
)
from offpath.instants import instant
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
    assert kinds(decision) == [("opened", 0, "billing")]
    history = after(decision, announced(), BEFORE)
    assert kinds(decide(AFTER, row, history, ())) == [("reminded", 0, "billing")]


def test_who_is_on_it_hears_of_no_rise_and_nobody_of_a_new_owner() -> None:
    history = replace(announced(), acknowledged_at=BEFORE)
    for changes in ({"route_class": "page"}, {"owner_role": "billing"}):
        decision = decide(AFTER, exception(**changes), history, STEPS)
        assert (kinds(decision), decision.reason) == ([], "acknowledged")


def test_what_comes_back_after_it_was_over_is_announced_anew() -> None:
    history = replace(announced(), acknowledged_at=BEFORE)
    over = decide(AFTER, exception(is_open=False), history, STEPS)
    history = after(over, history, AFTER)
    back = decide(AFTER, exception(), history, STEPS)
    assert kinds(back) == [("opened", 0, "inventory")]
    assert back.intents[0].intent_id != announced().intents[0].intent_id

    history = after(back, history, AFTER)
    assert not history.is_acknowledged, "the answer was about the former spell"
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
    history = replace(announced(), acknowledged_at=BEFORE)
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
    history = replace(
        announced(),
        intents=(*announced().intents, escalation),
        acknowledged_at=AFTER,
    )
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
            history = replace(history, acknowledged_at=now)
        decision = decide(now, row, history, STEPS)
        new = {intent.intent_id for intent in decision.intents}
        assert len(new) == len(decision.intents)
        assert not new & seen
        seen |= new
        history = after(decision, history, now)
        assert decide(now, row, history, STEPS).intents == ()
