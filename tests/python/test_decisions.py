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
)
from offpath.instants import instant

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
    for name in ("onset_at", "detected_at", "respond_by_at"):
        row[name] = instant(row[name])
    return ExceptionRecord(**(row | changes))


def after(decision: Decision, history: History, at: datetime) -> History:
    """Return the history once every intent of the decision was delivered."""
    told = tuple(
        PastIntent(
            intent.intent_id,
            intent.kind,
            intent.step,
            intent.owner_role,
            at,
            is_told=True,
            is_undelivered=False,
        )
        for intent in decision.intents
    )
    return replace(history, intents=history.intents + told)


def announced(at: datetime = BEFORE) -> History:
    return after(decide(BEFORE, exception(), History(), ()), History(), at)


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


def test_a_change_of_class_does_not_announce_again() -> None:
    page = exception(route_class="page")
    assert kinds(decide(BEFORE, page, announced(), STEPS)) == []


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
    history = replace(announced(), is_acknowledged=True)
    decision = decide(AFTER, exception(), history, STEPS)
    assert kinds(decision) == []
    assert decision.reason == "acknowledged"


def test_an_acknowledgement_takes_back_an_escalation_that_never_arrived() -> None:
    escalation = PastIntent(
        "e", "escalated", 1, "fulfilment", AFTER, is_told=False, is_undelivered=True
    )
    history = replace(
        announced(),
        intents=(*announced().intents, escalation),
        is_acknowledged=True,
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
    # printf '%s' '0000000100…0|opened|0' | sha256sum | cut -c1-32
    assert intent.intent_id == "1e5045f813d1122d456f33cbc5481ad7"


MOMENTS = st.integers(-600, 600).map(lambda minutes: DUE + timedelta(minutes=minutes))


@given(
    moments=st.lists(MOMENTS, min_size=1, max_size=6),
    route_class=st.sampled_from(["page", "task", "digest", "record"]),
    closes_after=st.integers(0, 6),
    acknowledged_after=st.integers(0, 6),
)
def test_deciding_again_at_the_same_instant_yields_nothing_new(
    moments: list[datetime],
    route_class: str,
    closes_after: int,
    acknowledged_after: int,
) -> None:
    history = History()
    seen: set[str] = set()
    for number, now in enumerate(sorted(moments)):
        row = exception(route_class=route_class, is_open=number < closes_after)
        history = replace(history, is_acknowledged=number >= acknowledged_after)
        decision = decide(now, row, history, STEPS)
        new = {intent.intent_id for intent in decision.intents}
        assert len(new) == len(decision.intents)
        assert not new & seen
        seen |= new
        history = after(decision, history, now)
        assert decide(now, row, history, STEPS).intents == ()
