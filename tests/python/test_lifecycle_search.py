"""Whatever happens to rows, channels, owners and answers, nobody is told wrong.

A machine changes the marts, the channels and the answers as it likes, and lets the
router run over a real ledger. What its roles heard is what their channels took.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import an_exception
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)
from offpath.delivery.channels import OutboxChannel
from offpath.delivery.directory import Channels
from offpath.instants import instant
from offpath.ledger.ledger import Delivery, Ledger
from offpath.routing.escalations import EscalationStep
from offpath.routing.history import History
from offpath.routing.intents import ExceptionRecord
from offpath.routing.planning import Plan, make_plan
from offpath.routing.reconciler import write_down
from offpath.warehouse.marts import Journey, Mart
from searches import is_deep

BEGIN = instant("2026-04-01T10:00:00Z")
HOUR = timedelta(hours=1)
OWNERS = ("inventory", "billing")
LEAD = "operations_lead"
ROLES = (*OWNERS, "fulfilment", LEAD)
NUMBERS = st.sampled_from((1, 2, 3))
# What a channel does with what it is handed; the last two give no answer.
DEEDS = ("takes", "fails", "refuses", "takes and is silent", "is silent")
TELLING = frozenset({"opened", "raised", "reminded", "escalated"})
ENDING = frozenset({"resolved", "handed_over"})


@dataclass
class Channel:
    """A channel of one role, which carries answers too."""

    name: str
    delivered: str = "sent"
    after_crash: str = "same id"

    def takes(self, _: str) -> bool:
        return True


@dataclass
class Subject:
    """An exception as the marts have it, and whether they have it at all."""

    number: int
    is_there: bool = False
    is_lost: bool = False
    is_withdrawn: bool = False
    is_open: bool = True
    route_class: str = "page"
    owner: str = "inventory"
    is_answered: bool = False
    is_resolved: bool = False

    @property
    def is_over(self) -> bool:
        is_gone = self.is_withdrawn or (self.is_there and not self.is_open)
        return self.is_resolved or is_gone

    @property
    def is_recorded(self) -> bool:
        """Whether it lasts and is no matter of anybody's."""
        return self.is_there and self.route_class == "record"

    @property
    def is_asking(self) -> bool:
        """Whether somebody has to hear of it."""
        return (
            self.is_there
            and not (self.is_over or self.is_lost or self.is_answered)
            and not self.is_recorded
        )

    def record(self) -> ExceptionRecord:
        row = an_exception(
            self.number,
            rule_id=f"rule_{self.number}",
            journey=f"journey_{self.number}",
            subject_type="journey",
            route_class=self.route_class,
            owner_role=self.owner,
            is_open=self.is_open,
            known_event_count=10,
        )
        for name in ("onset_at", "detected_at", "respond_by_at", "digest_at"):
            row[name] = instant(row[name])
        if not self.is_open:
            row["cleared_at"] = BEGIN
        return ExceptionRecord(**row)


@dataclass(frozen=True)
class Heard:
    """What a role read of one exception."""

    exception_id: str
    role: str
    kind: str
    intent: tuple[Any, ...]
    is_certain: bool


class Routing(RuleBasedStateMachine):
    """The world around a ledger."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger.reading(Path("there is none"))
        self.now = BEGIN
        self.subjects = {number: Subject(number) for number in (1, 2, 3)}
        self.heard: list[Heard] = []

    def teardown(self) -> None:
        self.ledger.__exit__()

    # What a build finds.

    @rule(number=NUMBERS, route_class=st.sampled_from(("page", "task", "digest")))
    def is_detected(self, number: int, route_class: str) -> None:
        subject = self.subjects[number]
        if not subject.is_withdrawn and not subject.is_lost:
            subject.is_there = True
            subject.route_class = route_class

    @rule(number=NUMBERS)
    def counts_no_more(self, number: int) -> None:
        subject = self.subjects[number]
        if subject.is_there and not subject.is_lost:
            subject.route_class = "record"

    @rule(number=NUMBERS)
    def clears_or_comes_back(self, number: int) -> None:
        subject = self.subjects[number]
        if subject.is_there and not subject.is_lost:
            subject.is_open = not subject.is_open

    @rule(number=NUMBERS)
    def loses_its_rows_or_has_them_back(self, number: int) -> None:
        subject = self.subjects[number]
        if subject.is_there and subject.is_open:
            subject.is_lost = not subject.is_lost

    @rule(number=NUMBERS)
    def is_withdrawn(self, number: int) -> None:
        subject = self.subjects[number]
        if subject.is_there and not subject.is_lost:
            subject.is_there = False
            subject.is_withdrawn = True

    @rule(number=NUMBERS, owner=st.sampled_from(OWNERS))
    def moves(self, number: int, owner: str) -> None:
        self.subjects[number].owner = owner

    # What people say.

    @rule(number=NUMBERS, lag=st.integers(-48, 48))
    def is_acknowledged(self, number: int, lag: int) -> None:
        self.act("acknowledged", number, lag)

    @precondition(lambda self: len(self.heard) > 3)
    @rule(number=NUMBERS)
    def is_resolved(self, number: int) -> None:
        self.subjects[number].is_resolved = True
        self.act("resolved", number, 0)

    def act(self, action: Any, number: int, lag: int) -> None:
        self.ledger.act(
            action,
            self.id_of(number),
            actor="ada",
            note=None,
            close_code=None,
            at=self.now + lag * HOUR,
        )

    # What the router does.

    @rule(
        hours=st.integers(0, 6),
        served=st.sets(st.sampled_from(ROLES)),
        deeds=st.lists(
            st.sampled_from(DEEDS), min_size=len(ROLES), max_size=len(ROLES)
        ),
    )
    def routes(self, hours: int, served: set[str], deeds: list[str]) -> None:
        self.now += hours * HOUR
        behaviour = {
            role: deed
            for role, deed in zip(ROLES, deeds, strict=True)
            if role in served
        }
        self.run(behaviour)

    @rule()
    def all_is_well_at_last(self) -> None:
        """Everybody can be told: nobody is left with what is not so."""
        self.now += 100 * HOUR
        for _ in range(3):
            self.run(dict.fromkeys(ROLES, "takes"))
        for subject in self.subjects.values():
            refused = self.is_refused(subject.number)
            for role in ROLES:
                last = self.last(subject.number, role)
                is_past = subject.is_over or (
                    subject.is_recorded and not subject.is_lost
                )
                if is_past and last and not refused:
                    assert last.kind in ENDING, f"{role} does not know that it is over"
                if subject.is_lost and last and not subject.is_resolved:
                    assert last.kind != "resolved" or not self.is_told(subject.number)
            if subject.is_asking and not self.is_silenced(subject) and not refused:
                last = self.last(subject.number, subject.owner)
                assert last, "the owner was not told"
                assert last.kind in TELLING, "the owner believes that it is no more"

    @rule()
    def only_the_last_in_line_can_be_told(self) -> None:
        """Tell a page or task to somebody who has a channel."""
        self.now += HOUR
        for _ in range(2):
            self.run({LEAD: "takes"})
        for subject in self.subjects.values():
            if (
                subject.is_asking
                and subject.route_class != "digest"
                and not self.is_silenced(subject)
                and not self.is_refused(subject.number)
            ):
                assert any(
                    last.kind in TELLING
                    for role in (subject.owner, "fulfilment", LEAD)
                    if (last := self.last(subject.number, role))
                ), "nobody was told"

    def run(self, behaviour: dict[str, str]) -> None:
        channels = Channels(
            {
                role: {f"to-{role}": Channel(f"to-{role}")}
                for role in [*behaviour, "desk"]
            },
            OutboxChannel(Path("there is none")),
        )
        mart = self.mart()
        plan = make_plan(self.now, mart, self.ledger, channels)
        self.is_told_right(plan)
        write_down(self.now, self.ledger, plan, [], mart, channels)
        is_as_planned = True
        for delivery in self.ledger.deliveries("pending", "failed"):
            placed = self.placed(delivery, channels)
            if placed is not None:
                deed = behaviour.get(placed.owner_role, "takes")
                is_as_planned &= placed == delivery and deed != "refuses"
                self.deliver(placed, deed)
        if is_as_planned:
            again = make_plan(self.now, mart, self.ledger, channels)
            assert again.messages == [], "a run at the same instant says more"
            assert not again.held

    def placed(self, delivery: Delivery, channels: Channels) -> Delivery | None:
        """Return it by a channel that its role has now."""
        names = channels.of(delivery.owner_role, delivery.payload["kind"])
        if delivery.channel in names:
            return delivery
        return next(iter(self.ledger.move(delivery, list(names)[:1])), None)

    def deliver(self, delivery: Delivery, deed: str) -> None:
        if delivery.channel == "outbox":
            self.ledger.begin(delivery, is_possible_duplicate=False)
            self.ledger.finish(delivery, "outbox", self.now)
            return
        states = {"takes": "sent", "refuses": "refused"}
        is_silent = deed in {"takes and is silent", "is silent"}
        self.ledger.begin(delivery, is_possible_duplicate=False)
        self.ledger.finish(delivery, states.get(deed, "failed"), self.now, "why")
        if is_silent:
            self.ledger._connection.execute(  # noqa: SLF001 - as a courier would
                "update messages set may_have_arrived = 1"
                " where message_id = ? and channel = ?",
                [delivery.message_id, delivery.channel],
            )
        if deed in {"takes", "takes and is silent"}:
            self.hear(delivery, is_certain=not is_silent)

    def hear(self, delivery: Delivery, *, is_certain: bool) -> None:
        for row in self.ledger.rows(
            "select exception_id, kind, intent_id from intents where message_id = ?",
            [delivery.message_id],
        ):
            told = Heard(
                str(row["exception_id"]),
                delivery.owner_role,
                str(row["kind"]),
                (row["intent_id"], delivery.owner_role),
                is_certain,
            )
            before = [each for each in self.heard if each.intent == told.intent]
            assert not any(each.is_certain for each in before), "told once more"
            self.heard.append(told)

    # What must be so.

    def is_told_right(self, plan: Plan) -> None:
        for message in plan.messages:
            for intent, exception in message.intents:
                subject = self.subjects[int(exception.exception_id[:8], 16)]
                if intent.kind == "resolved":
                    assert subject.is_over or subject.is_recorded, (
                        "told that it is over, and it is not"
                    )
                if intent.kind == "rows_lost":
                    assert subject.is_lost
                if intent.kind in {"reminded", "escalated"}:
                    assert not subject.is_resolved
                    assert not subject.is_recorded or subject.is_lost
                    assert not self.is_silenced(subject), "somebody is on it"

    def is_silenced(self, subject: Subject) -> bool:
        """Whether somebody is on it, as the owner's answer."""
        return self.history(subject.number).is_acknowledged(subject.owner)

    def is_refused(self, number: int) -> bool:
        return any(past.is_refused for past in self.history(number).intents)

    def is_told(self, number: int) -> bool:
        history = self.history(number)
        return any(
            past.may_be_told and past.kind != "rows_lost"
            for past in history.intents
            if past.spell == history.spell
        )

    def history(self, number: int) -> History:
        return self.ledger.histories().get(self.id_of(number), History())

    def last(self, number: int, role: str) -> Heard | None:
        """Return what the role heard last of it, that somebody is on it aside."""
        heard = [
            each
            for each in self.heard
            if each.exception_id == self.id_of(number)
            and each.role == role
            and each.kind in TELLING | ENDING
        ]
        return heard[-1] if heard else None

    @staticmethod
    def id_of(number: int) -> str:
        return f"{number:08x}{'0' * 24}"

    def mart(self) -> Mart:
        there = [
            subject
            for subject in self.subjects.values()
            if subject.is_there and not subject.is_lost
        ]
        return Mart(
            as_of=max(self.now, BEGIN),
            exceptions=tuple(subject.record() for subject in there),
            escalations={
                self.id_of(subject.number): (
                    EscalationStep(1, "fulfilment", BEGIN + 5 * HOUR),
                    EscalationStep(2, LEAD, BEGIN + 9 * HOUR),
                )
                for subject in there
            },
            roles={},
            rules=frozenset(
                f"rule_{subject.number}"
                for subject in self.subjects.values()
                if not subject.is_withdrawn
            ),
            journeys={
                f"journey_{subject.number}": Journey(
                    f"journey_{subject.number}", "desk", 5 if subject.is_lost else 10
                )
                for subject in self.subjects.values()
            },
        )


@pytest.mark.search
def test_nobody_is_told_wrong_and_nobody_is_left_untold() -> None:
    count = 1000 if is_deep() else 60
    run_state_machine_as_test(
        Routing,
        settings=settings(
            max_examples=count,
            stateful_step_count=25,
            phases=[Phase.generate, Phase.shrink] if is_deep() else [Phase.generate],
        ),
    )
