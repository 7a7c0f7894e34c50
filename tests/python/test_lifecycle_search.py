"""Whatever happens to rows, channels, owners and answers, nobody is told wrong.

A machine changes the marts, the channels and the answers as it likes, and lets the
router run over a real ledger. What its roles heard is what their channels took.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import an_exception
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from offpath.delivery.channels import OutboxChannel
from offpath.delivery.directory import Channels
from offpath.instants import instant
from offpath.ledger.ledger import Ledger
from offpath.ledger.post import Delivery
from offpath.routing.attention import OwnerRole
from offpath.routing.duty import Duties
from offpath.routing.escalations import EscalationStep
from offpath.routing.history import RANKS, History
from offpath.routing.intents import ExceptionRecord
from offpath.routing.messages import payload_carried_as
from offpath.routing.planning import Plan, make_plan
from offpath.routing.reconciler import write_down
from offpath.routing.watch import News
from offpath.warehouse.marts import Journey, Mart
from searches import is_deep

BEGIN = instant("2026-04-01T10:00:00Z")
HOUR = timedelta(hours=1)
OWNERS = ("inventory", "billing")
LEAD = "operations_lead"
RELIEFS = ("fulfilment", LEAD)
ROLES = (*OWNERS, *RELIEFS)
# A second channel of the first owner, which keeps incidents and takes no digests.
INCIDENTS = "incidents"
RECEIVERS = (*ROLES, INCIDENTS)
KINDS_OF_INCIDENTS = frozenset(
    {"opened", "raised", "reminded", "escalated", "acknowledged", "handed_over"}
    | {"resolved"}
)
NUMBERS = st.sampled_from((1, 2))
CLASSES = st.sampled_from(("page", "task", "digest"))
# What a channel does with what it is handed. Two give no answer; of two the run never
# hears, for it is killed.
DEEDS = (
    *("takes", "fails", "refuses", "takes and is silent", "is silent"),
    *("takes it of a run that is killed", "is reached by no run, which is killed"),
)
SILENT = frozenset({"takes and is silent", "is silent"})
KILLED = frozenset(DEEDS[-2:])
UNREAD = frozenset({"is silent", "is reached by no run, which is killed"})
# What may be so by the next run.
CHANGES = (
    *("clears_or_comes_back", "is_acknowledged", "moves", "counts_no_more"),
    *("loses_its_rows_or_has_them_back", "is_withdrawn"),
)
# The first hour of a duty, and the hour that is no more of it.
SHIFTS = ((0, 24), (0, 12), (12, 24), (0, 0))
OWNING = frozenset({"opened", "raised"})
TELLING = OWNING | {"reminded", "escalated"}
ENDING = frozenset({"resolved", "handed_over"})


@dataclass
class Channel:
    """A channel of one role; those of people carry answers too, the more to go wrong."""

    name: str
    delivered: str = "sent"
    after_crash: str = "same id"

    def takes(self, kind: str) -> bool:
        return self.name != INCIDENTS or kind in KINDS_OF_INCIDENTS


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
    is_resolved: bool = False
    # When its digest is due at the latest, and whether the desk knows of its loss.
    digest_at: datetime = BEGIN
    is_loss_known: bool = False
    # Whether the router has seen it as it is, and whose it last saw it be.
    is_seen: bool = False
    seen_owner: str = "inventory"

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
        return self.is_there and not (self.is_over or self.is_lost or self.is_recorded)

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
        for name in ("onset_at", "detected_at", "respond_by_at"):
            row[name] = instant(row[name])
        row["digest_at"] = self.digest_at
        if not self.is_open:
            row["cleared_at"] = BEGIN
        return ExceptionRecord(**row)


@dataclass(frozen=True)
class Heard:
    """What a role was told of one exception, as far as anybody can know.

    ``is_certain``: its channel said so. ``is_read``: it was so.
    """

    exception_id: str
    role: str
    channel: str
    kind: str
    spell: int
    intent_id: str
    is_certain: bool
    is_read: bool


class Routing(RuleBasedStateMachine):
    """The world around a ledger."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger.reading(Path("there is none"))
        self.now = BEGIN
        self.subjects = {number: Subject(number) for number in (1, 2)}
        self.heard: list[Heard] = []
        # What had been heard when somebody said that they are on it.
        self.answers: dict[int, list[int]] = {number: [] for number in self.subjects}
        self.shifts: dict[str, tuple[int, int]] = {}

    def teardown(self) -> None:
        self.all_is_well_at_last()
        self.ledger.__exit__()

    # What a build finds.

    @initialize(
        classes=st.tuples(CLASSES, CLASSES),
        shifts=st.tuples(*(st.sampled_from(SHIFTS) for _ in RELIEFS)),
        deed=st.sampled_from(("takes", "takes and is silent")),
        changes=st.lists(st.sampled_from(CHANGES), max_size=2, unique=True),
    )
    def begins(
        self,
        classes: tuple[str, ...],
        shifts: tuple[tuple[int, int], ...],
        deed: str,
        changes: list[str],
    ) -> None:
        """Begin with something that was told: few searches would come upon it."""
        self.shifts = dict(zip(RELIEFS, shifts, strict=True))
        for number, route_class in enumerate(classes, start=1):
            self.is_detected(number, route_class)
        self.all_channels_alike(0, deed, 1, changes)

    @rule(number=NUMBERS, route_class=CLASSES, waits=st.sampled_from((0, 8)))
    def is_detected(self, number: int, route_class: str, waits: int = 0) -> None:
        subject = self.subjects[number]
        if not subject.is_lost:
            subject.is_there, subject.is_withdrawn = True, False
            subject.route_class, subject.is_seen = route_class, False
            subject.digest_at = self.now + waits * HOUR

    @rule(number=NUMBERS)
    def counts_no_more(self, number: int) -> None:
        subject = self.subjects[number]
        if subject.is_there and not subject.is_lost:
            subject.route_class, subject.is_seen = "record", False

    @rule(number=NUMBERS)
    def clears_or_comes_back(self, number: int) -> None:
        subject = self.subjects[number]
        if subject.is_there and not subject.is_lost:
            subject.is_open, subject.is_seen = not subject.is_open, False

    @rule(number=NUMBERS)
    def loses_its_rows_or_has_them_back(self, number: int) -> None:
        subject = self.subjects[number]
        if subject.is_there and subject.is_open and subject.is_seen:
            subject.is_lost = not subject.is_lost
            subject.is_loss_known = False

    @rule(number=NUMBERS)
    def is_withdrawn(self, number: int) -> None:
        subject = self.subjects[number]
        if subject.is_there and not subject.is_lost:
            subject.is_there = subject.is_seen = False
            subject.is_withdrawn = True

    @rule(number=NUMBERS)
    def moves(self, number: int) -> None:
        subject = self.subjects[number]
        (subject.owner,) = set(OWNERS) - {subject.owner}

    @rule(role=st.sampled_from(RELIEFS), shift=st.sampled_from(SHIFTS))
    def works_other_hours(self, role: str, shift: tuple[int, int]) -> None:
        self.shifts[role] = shift

    @contextmanager
    def on_duty(self, *roles: str) -> Iterator[None]:
        """Let the roles be on duty all day for a while."""
        usual = self.shifts
        self.shifts = usual | dict.fromkeys(roles, (0, 24))
        yield
        self.shifts = usual

    # What people say.

    @rule(number=NUMBERS, lag=st.integers(-48, 48))
    def is_acknowledged(self, number: int, lag: int = 0) -> None:
        self.answers[number].append(len(self.heard))
        self.act("acknowledged", number, lag)

    @precondition(
        lambda self: (
            len(self.heard) > 3
            and not any(subject.is_resolved for subject in self.subjects.values())
        )
    )
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
        served=st.sets(st.sampled_from(RECEIVERS)),
        deeds=st.lists(
            st.sampled_from(DEEDS), min_size=len(RECEIVERS), max_size=len(RECEIVERS)
        ),
    )
    def routes(self, hours: int, served: set[str], deeds: list[str]) -> None:
        self.now += hours * HOUR
        behaviour = {
            role: deed
            for role, deed in zip(RECEIVERS, deeds, strict=True)
            if role in served
        }
        self.run(behaviour)

    @rule(
        hours=st.integers(0, 6),
        deed=st.sampled_from(DEEDS),
        number=NUMBERS,
        changes=st.lists(st.sampled_from(CHANGES), max_size=2, unique=True),
    )
    def all_channels_alike(
        self, hours: int, deed: str, number: int, changes: list[str]
    ) -> None:
        self.now += hours * HOUR
        self.run(dict.fromkeys(RECEIVERS, deed))
        for change in changes:
            getattr(self, change)(number)

    @rule()
    def all_is_well_at_last(self) -> None:
        """Everybody can be told: nobody is left with what is not so."""
        self.now += 100 * HOUR
        with self.on_duty(*RELIEFS):
            for _ in range(3):
                self.run(dict.fromkeys(RECEIVERS, "takes"))
                self.now += HOUR
        self.incidents_are_as_they_should()
        for subject in self.subjects.values():
            last = {
                role: self.last(subject.number, role)
                for role in ROLES
                if not self.is_refused(subject.number, role)
            }
            if subject.is_over or (subject.is_recorded and not subject.is_lost):
                self.all_know_that_it_is_over(last)
            elif subject.is_asking:
                self.all_know_whose_it_is(subject, last)

    def incidents_are_as_they_should(self) -> None:
        for subject in self.subjects.values():
            heard = self.last_by(subject.number, INCIDENTS)
            if self.is_refused(subject.number, "inventory"):
                continue
            if subject.is_over or (subject.is_recorded and not subject.is_lost):
                if heard and self.is_ended_by(subject, INCIDENTS):
                    assert heard.kind in ENDING, "an incident stays open"
            elif (
                subject.is_asking
                and subject.owner == "inventory"
                and subject.route_class != "digest"
                and self.is_answered(subject) is False
                and self.is_for_incidents(subject)
            ):
                assert heard, "no incident was opened"
                assert heard.kind in TELLING, "the incident was closed"

    def is_ended_by(self, subject: Subject, channel: str) -> bool:
        """Whether the channel was there when it ended, and certainly knew."""
        row = self.ledger.rows(
            "select state, may_have_arrived, kind"
            " from intents inner join messages using (message_id)"
            " where channel = ? and exception_id = ? order by intents.rowid desc",
            [channel, self.id_of(subject.number)],
        )[0]
        return row["kind"] in ENDING and row["state"] != "held"

    def is_for_incidents(self, subject: Subject) -> bool:
        """Whether there were incidents as it was announced, as it is by now."""
        history = self.history(subject.number)
        announced = {
            past.message_id
            for past in history.announcements(history.spell, "inventory")
            if past.route_class == subject.route_class
        }
        rows = self.ledger.rows(
            "select message_id from messages where channel = ?", [INCIDENTS]
        )
        return bool(announced & {row["message_id"] for row in rows})

    @staticmethod
    def all_know_that_it_is_over(last: dict[str, Heard | None]) -> None:
        for role, heard in last.items():
            if heard:
                assert heard.kind in ENDING, f"{role} does not know that it is over"

    def all_know_whose_it_is(
        self, subject: Subject, last: dict[str, Heard | None]
    ) -> None:
        for role in OWNERS:
            if role != subject.owner and (heard := last.get(role)):
                assert heard.kind in ENDING, f"{role} believes that it is theirs"
        if self.is_answered(subject) is not False:
            return
        told = [subject.owner]
        if subject.route_class != "digest":
            told += RELIEFS
        for role in last.keys() & told:
            heard = last[role]
            assert heard, f"{role} was not told"
            assert heard.kind in TELLING, f"{role} believes that it is no more"

    @rule()
    def only_the_last_in_line_can_be_told(self) -> None:
        """Tell a page or task to somebody who has a channel."""
        self.now += HOUR
        with self.on_duty(LEAD):
            for _ in range(2):
                self.run({LEAD: "takes"})
        waiting = self.ledger.last_reasons("over_attention_budget")
        for subject in self.subjects.values():
            if (
                subject.is_asking
                and subject.route_class != "digest"
                and self.is_answered(subject) is False
                and self.id_of(subject.number) not in waiting
                and not any(self.is_refused(subject.number, role) for role in ROLES)
            ):
                assert any(
                    last.kind in TELLING
                    for role in (subject.owner, "fulfilment", LEAD)
                    if (last := self.last(subject.number, role))
                ), "nobody was told"

    def run(self, behaviour: dict[str, str]) -> None:
        by_role: dict[str, dict[str, Channel]] = {"desk": {"desk": Channel("desk")}}
        for name in behaviour:
            role = "inventory" if name == INCIDENTS else name
            by_role.setdefault(role, {})[name] = Channel(name)
        channels = Channels(by_role, OutboxChannel(Path("there is none")))
        self.ledger.memory.begin_run(self.now)
        interrupted = self.ledger.post.interrupted()
        if not self.carry(interrupted, channels, behaviour, is_planned=False):
            return
        mart = self.mart()
        plan = make_plan(self.now, mart, self.ledger, channels)
        self.is_told_right(plan, behaviour)
        write_down(self.now, self.ledger, plan, News(), mart, channels)
        assert not self.ledger.rows(
            "select * from intents where message_id not in"
            " (select message_id from messages)"
        ), "what is to be told is in no message"
        waiting = self.ledger.post.deliveries("pending", "failed")
        if self.carry(waiting, channels, behaviour, is_planned=True):
            again = make_plan(self.now, mart, self.ledger, channels)
            assert again.messages == [], "a run at the same instant says more"
            assert not again.held

    def carry(
        self,
        deliveries: list[Delivery],
        channels: Channels,
        behaviour: dict[str, str],
        *,
        is_planned: bool,
    ) -> bool:
        """Let messages go; tell whether all went where they were to, to the end."""
        is_as_planned = True
        done: set[tuple[str, str]] = set()
        for delivery in deliveries:
            for placed in self.placed(delivery, channels):
                key = (placed.message_id, placed.channel)
                if key in done:
                    continue
                done.add(key)
                deed = behaviour.get(placed.channel, "takes")
                is_as_planned &= placed == delivery and deed != "refuses"
                # When it may have been read is not known.
                is_as_planned &= deed not in SILENT or not delivery.attempts
                self.deliver(placed, deed, is_planned=is_planned)
                if deed in KILLED and placed.channel != "outbox":
                    return False
        return is_as_planned or not is_planned

    def placed(self, delivery: Delivery, channels: Channels) -> list[Delivery]:
        """Return it by the channels that its role has now."""
        names = channels.of(delivery.owner_role, payload_carried_as(delivery.payload))
        if delivery.channel in names:
            return [delivery]
        return self.ledger.post.move(delivery, names)

    def deliver(self, delivery: Delivery, deed: str, *, is_planned: bool) -> None:
        self.ledger.post.begin(delivery, is_possible_duplicate=False)
        if delivery.channel == "outbox":
            self.ledger.post.finish(delivery, "outbox", self.now)
            return
        if deed not in KILLED:
            states: dict[str, Any] = {"takes": "sent", "refuses": "refused"}
            self.ledger.post.finish(
                delivery,
                states.get(deed, "failed"),
                self.now,
                "why",
                may_have_arrived=deed in SILENT,
            )
        if deed in KILLED | SILENT | {"takes"}:
            self.hear(delivery, deed, is_planned=is_planned)

    def hear(self, delivery: Delivery, deed: str, *, is_planned: bool) -> None:
        for row in self.ledger.rows(
            "select exception_id, kind, spell, intent_id, route_class from intents"
            " where message_id = ?",
            [delivery.message_id],
        ):
            route_class = str(row.pop("route_class"))
            told = Heard(
                role=delivery.owner_role,
                channel=delivery.channel,
                is_certain=deed == "takes",
                is_read=deed not in UNREAD,
                **row,  # type: ignore[arg-type] - the columns of an intent
            )
            subject = self.subjects[int(told.exception_id[:8], 16)]
            if is_planned:
                self.is_true(told, subject, route_class)
            assert not any(
                each.is_certain
                and (each.intent_id, each.channel) == (told.intent_id, told.channel)
                for each in self.heard
            ), "told once more"
            if told.kind == "rows_lost":
                assert not subject.is_loss_known, "told once more that rows are gone"
                subject.is_loss_known = told.is_certain
            self.heard.append(told)

    def is_true(self, told: Heard, subject: Subject, route_class: str) -> None:
        """Check what is said after a look at the marts."""
        is_past = subject.is_over or subject.is_recorded
        if told.kind == "resolved" and told.spell == self.history(subject.number).spell:
            assert is_past, "told that it is over, and it is not"
        if told.kind in TELLING and not subject.is_lost:
            assert not is_past, "told to act on what is over"
        is_known = any(each.intent_id == told.intent_id for each in self.heard)
        if told.kind in OWNING and not (subject.is_lost or is_known):
            assert RANKS[route_class] <= RANKS[subject.route_class], "less urgent"
        if told.kind in {"reminded", "escalated"} and not subject.is_lost:
            assert subject.route_class != "digest", "it awaits no answer"
        before = [
            each.kind
            for each in self.heard
            if (each.exception_id, each.role) == (told.exception_id, told.role)
        ]
        if told.kind == "reminded":
            assert OWNING & set(before), "reminded of what they never heard of"
        if told.kind == "acknowledged":
            has_it = self.last_by(subject.number, told.channel, is_read=None)
            assert has_it, "it never had what somebody is on"
            assert has_it.kind in TELLING, "it is over for them"

    # What must be so.

    def is_told_right(self, plan: Plan, behaviour: dict[str, str]) -> None:
        off_duty = self.duties().off_duty(RELIEFS, self.now, self.now)
        for message in plan.messages:
            for intent, exception in message.intents:
                subject = self.subjects[int(exception.exception_id[:8], 16)]
                history = self.history(subject.number)
                if intent.kind == "resolved" and intent.spell == history.spell:
                    assert subject.is_over or subject.is_recorded, (
                        "told that it is over, and it is not"
                    )
                if intent.kind == "rows_lost":
                    assert subject.is_lost
                if intent.kind in TELLING:
                    assert not subject.is_resolved
                    assert not subject.is_recorded or subject.is_lost
                    assert not self.is_answered(subject), "somebody is on it"
                if intent.kind == "escalated" and intent.owner_role in behaviour:
                    assert intent.owner_role not in off_duty

    def is_answered(self, subject: Subject) -> bool | None:
        """Whether somebody is on it as the owner's answer; null where it is not clear.

        It is where somebody said so who can have known that it is the owner's, and not
        where somebody else had been told that it is theirs.
        """
        owner = subject.seen_owner
        whose = [self.owners(subject.number, at) for at in self.said(subject.number)]
        now = self.owners(subject.number, len(self.heard))
        if any(
            each.get(owner) and each[owner] <= now.get(owner, set()) for each in whose
        ):
            return True
        if all(any(role != owner for role in each) for each in whose):
            return False
        return None

    def said(self, number: int) -> list[int]:
        """Return the answers that are of the present spell."""
        ends = [
            position
            for position, each in enumerate(self.heard, start=1)
            if each.exception_id == self.id_of(number) and each.kind == "resolved"
        ]
        return [at for at in self.answers[number] if at >= max(ends, default=0)]

    def owners(self, number: int, at: int) -> dict[str, set[str]]:
        """Return who may have been told by then that it is theirs, and by what."""
        whose: dict[str, set[str]] = {}
        for each in self.heard[:at]:
            if each.exception_id != self.id_of(number):
                continue
            if each.kind == "resolved":
                whose.clear()
            elif each.kind == "handed_over":
                whose.pop(each.role, None)
            elif each.kind in OWNING:
                whose.setdefault(each.role, set()).add(each.intent_id)
        return whose

    def is_refused(self, number: int, role: str) -> bool:
        """Whether the role has a letter of it, which is not tried by itself."""
        return any(
            past.is_refused or past.is_letter
            for past in self.history(number).intents
            if past.owner_role == role
        )

    def history(self, number: int) -> History:
        return self.ledger.histories().get(self.id_of(number), History())

    def last_by(
        self, number: int, channel: str, *, is_read: bool | None = True
    ) -> Heard | None:
        """Return what a channel said last of it, that somebody is on it aside."""
        heard = [
            each
            for each in self.heard
            if each.exception_id == self.id_of(number)
            and each.channel == channel
            and is_read in {None, each.is_read}
            and each.kind in TELLING | ENDING
        ]
        return heard[-1] if heard else None

    def last(self, number: int, role: str) -> Heard | None:
        """Return what the role heard last of it, that somebody is on it aside."""
        heard = [
            each
            for each in self.heard
            if each.exception_id == self.id_of(number)
            and each.role == role
            and each.is_read
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
        for subject in there:
            subject.is_seen, subject.seen_owner = True, subject.owner
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
            roles={"inventory": OwnerRole("inventory", "UTC", 2)},
            duties=self.duties(),
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

    def duties(self) -> Duties:
        """Return who is on duty these days; owners and the desk always are."""

        def rows() -> Iterator[tuple[str, datetime, datetime]]:
            today = self.now.replace(hour=0)
            for role in (*OWNERS, "desk"):
                yield role, today - 24 * HOUR, today + 48 * HOUR
            for role, (start, end) in self.shifts.items():
                yield role, today + start * HOUR, today + end * HOUR

        return Duties.of_rows(rows())


@pytest.mark.search
def test_nobody_is_told_wrong_and_nobody_is_left_untold() -> None:
    count = 1000 if is_deep() else 150
    run_state_machine_as_test(
        Routing,
        settings=settings(
            max_examples=count,
            stateful_step_count=25,
            phases=[Phase.generate, Phase.shrink] if is_deep() else [Phase.generate],
        ),
    )
