"""What one look at marts and ledger asks for, run after run.

The channels here take, refuse or lose what a test says; the ledger is a real one.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import an_exception
from offpath.delivery.channels import DeliveryError, OutboxChannel
from offpath.delivery.courier import Courier
from offpath.delivery.directory import Channels
from offpath.errors import MartError
from offpath.home import OUTBOX, Home
from offpath.instants import instant
from offpath.ledger.ledger import Ledger
from offpath.ledger.post import Delivery, State
from offpath.ledger.upkeep import back_up, restore
from offpath.routing.attention import OwnerRole
from offpath.routing.escalations import EscalationStep
from offpath.routing.intents import ExceptionRecord
from offpath.routing.messages import notice, payload_carried_as
from offpath.routing.planning import Plan, make_plan
from offpath.routing.reconciler import write_down
from offpath.routing.watch import News, Watch, news_of, note
from offpath.warehouse.marts import Journey, Mart

BEGIN = instant("2026-04-01T10:00:00Z")
HOUR = timedelta(hours=1)
OF_INCIDENTS = frozenset(
    {"opened", "raised", "reminded", "escalated", "acknowledged", "handed_over"}
    | {"resolved"}
)
Told = tuple[str, str, tuple[str, ...]]


@dataclass
class Receiver:
    """A channel of people, or an incident service, that takes everything or nothing."""

    name: str
    keeps_incidents: bool = False
    is_up: bool = True
    delivered: str = "sent"
    after_crash: str = "marked"
    limit: int | None = None

    def __post_init__(self) -> None:
        self.got: list[str] = []

    def takes(self, kind: str) -> bool:
        return kind in OF_INCIDENTS if self.keeps_incidents else kind != "acknowledged"

    def deliver(self, payload: Any, *, is_possible_duplicate: bool) -> None:
        del is_possible_duplicate
        if not self.is_up:
            message = "down"
            raise DeliveryError(message)
        self.got.append(payload["title"])


def served(*, operator: str | None = None, **roles: list[Receiver]) -> Channels:
    """Return the channels of roles."""
    by_role: Any = {
        role: {each.name: each for each in receivers}
        for role, receivers in roles.items()
    }
    return Channels(by_role, OutboxChannel(Path("there is none")), operator=operator)


def found(number: int, **changes: Any) -> ExceptionRecord:
    """Return an exception of a journey of which the marts hold ten events."""
    row = an_exception(
        number,
        rule_id=f"rule_{number}",
        subject_type="journey",
        known_event_count=10,
    )
    row |= changes
    for name in ("onset_at", "detected_at", "respond_by_at", "digest_at", "cleared_at"):
        if isinstance(row[name], str):
            row[name] = instant(row[name])
    return ExceptionRecord(**row)


def page(number: int = 1, **changes: Any) -> ExceptionRecord:
    return found(number, route_class="page", **changes)


def over(exception: ExceptionRecord) -> ExceptionRecord:
    return replace(exception, is_open=False, cleared_at=BEGIN)


class Town:
    """A ledger, and the runs over it."""

    def __init__(self, path: Path) -> None:
        self.ledger = Ledger.writing(path)
        self.roles: dict[str, OwnerRole] = {}
        self.rules = frozenset(f"rule_{number}" for number in range(1, 6))

    def mart(
        self,
        hours: float,
        *exceptions: ExceptionRecord,
        events: int = 10,
        steps: tuple[EscalationStep, ...] = (),
    ) -> Mart:
        return Mart(
            as_of=BEGIN + hours * HOUR,
            exceptions=exceptions,
            escalations={each.exception_id: steps for each in exceptions},
            roles=self.roles,
            rules=self.rules,
            journeys={"order_to_ship": Journey("order_to_ship", "desk", events)},
        )

    def plan(self, mart: Mart, channels: Channels) -> Plan:
        self.ledger.memory.begin_run(mart.as_of)
        plan = make_plan(mart.as_of, mart, self.ledger, channels)
        write_down(mart.as_of, self.ledger, plan, News(), mart, channels)
        assert not self.ledger.rows(
            "select * from intents where message_id not in"
            " (select message_id from messages)"
        )
        return plan

    def run(
        self,
        channels: Channels,
        mart: Mart,
        fate: Callable[[Delivery], str] = lambda _: "sent",
    ) -> list[Told]:
        """Route; return what goes for the first time: its kind, role and channels."""
        self.plan(mart, channels)
        new: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for each in self.ledger.post.deliveries("pending", "failed"):
            self.ledger.post.begin(each, is_possible_duplicate=False)
            state: Any = "outbox" if each.channel == OUTBOX else fate(each)
            self.ledger.post.finish(each, state, mart.as_of)
            if not each.attempts:
                kind = str(each.payload["kind"])
                new[each.message_id, kind, each.owner_role].append(each.channel)
        return [
            (kind, role, tuple(sorted(names))) for (_, kind, role), names in new.items()
        ]

    def says(self, who: str, number: int = 1) -> None:
        """Let somebody say that they are on it."""
        self.ledger.act(
            "acknowledged",
            page(number).exception_id,
            actor=who,
            note=None,
            close_code=None,
            at=BEGIN,
        )

    def is_killed_and_tries_again(self, state: State) -> None:
        """Kill a run while the one message leaves; the next one fares like this."""
        (leaving,) = self.ledger.post.deliveries("pending")
        self.ledger.post.begin(leaving, is_possible_duplicate=False)
        (unknown,) = self.ledger.post.interrupted()
        self.ledger.post.finish(unknown, state, BEGIN)

    def messages(self, *columns: str) -> list[tuple[object, ...]]:
        query = f"select {', '.join(columns)} from messages order by rowid"  # noqa: S608
        return [tuple(row.values()) for row in self.ledger.rows(query)]

    def carry(self, channels: Channels, hours: float) -> None:
        """Let a real courier carry what waits."""
        with self.ledger.lease() as lease:
            courier = Courier(
                self.ledger, channels, lease, lambda: BEGIN + hours * HOUR
            )
            courier.deliver(self.ledger.post.interrupted())
            courier.deliver(self.ledger.post.deliveries("pending", "failed"))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "ledger.sqlite")
    yield made
    made.ledger.__exit__()


def failed(_: Delivery) -> str:
    return "failed"


def test_an_answer_narrows_no_digest(town: Town) -> None:
    channels = served(
        inventory=[Receiver("pd", keeps_incidents=True), Receiver("chat")]
    )
    town.run(channels, town.mart(0, page()))
    town.says("ada")
    low = [found(number, route_class="digest") for number in (1, 2, 3)]
    assert town.run(channels, town.mart(1, *low)) == [
        ("acknowledged", "inventory", ("pd",)),
        ("digest", "inventory", ("chat",)),
    ]


def test_answers_in_a_bundle_go_to_channels_that_have_the_openings(town: Town) -> None:
    pages = [page(number, rule_id="rule_1") for number in (1, 2, 3, 4)]
    first = Receiver("first", keeps_incidents=True)
    town.run(served(inventory=[first]), town.mart(0, *pages[:3]))
    both = served(inventory=[first, Receiver("second", keeps_incidents=True)])
    town.run(both, town.mart(1, *pages))
    for number in (1, 2, 3, 4):
        town.says("ada", number)
    told = town.run(both, town.mart(2, *pages))
    assert sorted(channels for _, _, channels in told) == [
        *[("first",)] * 3,
        ("first", "second"),
    ]


def test_an_answer_goes_to_no_channel_that_became_another_roles(town: Town) -> None:
    pager = Receiver("pd", keeps_incidents=True)
    town.run(served(inventory=[pager]), town.mart(0, page()))
    town.says("ada")
    moved = served(inventory=[Receiver("chat")], billing=[pager])
    assert town.run(moved, town.mart(1, page())) == []
    town.rules = frozenset()
    assert town.run(moved, town.mart(2)) == [("resolved", "inventory", ("chat",))]


def test_a_ledger_with_an_intent_in_no_message_is_gone_on_with(town: Town) -> None:
    channels = served(inventory=[Receiver("chat")])
    town.run(channels, town.mart(0, page()))
    with closing(sqlite3.connect(town.ledger._path)) as other, other:  # noqa: SLF001
        other.execute(
            "insert into intents select 'lone', 'none', exception_id, rule_id, journey,"
            " 'acknowledged', 0, 0, owner_role, route_class, reason, decided_at, 0"
            " from intents"
        )
    town.rules = frozenset()
    plan = make_plan(BEGIN + HOUR, town.mart(1), town.ledger, channels)
    assert [message.kind for message in plan.messages] == ["resolved"]


def test_each_turn_of_an_owner_has_its_own_answer(town: Town) -> None:
    channels = served(
        inventory=[Receiver("one", keeps_incidents=True)],
        billing=[Receiver("other", keeps_incidents=True)],
    )
    theirs = page(owner_role="billing")
    town.run(channels, town.mart(0, page()))
    town.says("ada")
    town.run(channels, town.mart(1, page()))
    town.run(channels, town.mart(2, theirs))
    town.says("bo")
    # The former owner hears no more of it.
    assert town.run(channels, town.mart(3, theirs)) == [
        ("acknowledged", "billing", ("other",))
    ]
    town.run(channels, town.mart(4, page()))
    town.says("cy")
    assert town.run(channels, town.mart(5, page())) == [
        ("acknowledged", "inventory", ("one",))
    ]


def test_an_answer_that_holds_no_more_is_taken_back(town: Town) -> None:
    channels = served(
        inventory=[Receiver("pd", keeps_incidents=True)], billing=[Receiver("chat")]
    )
    town.run(channels, town.mart(0, page()))
    town.says("ada")
    town.run(channels, town.mart(1, page()), failed)
    town.run(channels, town.mart(2, page(owner_role="billing")), failed)
    waiting = town.ledger.post.deliveries("pending", "failed")
    assert sorted(each.payload["kind"] for each in waiting) == ["handed_over", "opened"]


def test_an_answer_for_a_former_owner_is_taken_back_though_the_new_one_answers(
    town: Town,
) -> None:
    channels = served(
        inventory=[Receiver("pd", keeps_incidents=True)], billing=[Receiver("chat")]
    )
    town.run(channels, town.mart(0, page()))
    town.says("ada")
    town.run(channels, town.mart(1, page()), failed)
    theirs = page(owner_role="billing")
    town.run(
        channels,
        town.mart(2, theirs),
        lambda each: "sent" if each.channel == "chat" else "failed",
    )
    town.says("bo")
    town.run(channels, town.mart(3, theirs), failed)
    waiting = town.ledger.post.deliveries("pending", "failed")
    assert [each.payload["kind"] for each in waiting] == ["handed_over"]


def test_who_was_told_of_a_step_does_not_hear_of_an_answer_that_is_void(
    town: Town,
) -> None:
    steps = (EscalationStep(1, "lead", BEGIN + HOUR),)
    channels = served(
        inventory=[Receiver("chat")],
        lead=[Receiver("pd", keeps_incidents=True)],
        billing=[Receiver("b")],
    )
    town.run(channels, town.mart(0, page(), steps=steps))
    town.run(channels, town.mart(1, page(), steps=steps))
    town.says("ada")
    town.run(channels, town.mart(2, page(), steps=steps), failed)
    theirs = page(owner_role="billing")
    assert town.run(channels, town.mart(3, theirs, steps=steps)) == [
        ("opened", "billing", ("b",)),
        ("handed_over", "inventory", ("chat",)),
    ]
    assert ("pd", "held") in town.messages("channel", "state")


def test_an_incident_that_may_have_been_opened_is_closed_though_it_became_a_digest(
    town: Town,
) -> None:
    channels = served(
        inventory=[Receiver("chat"), Receiver("pd", keeps_incidents=True)]
    )
    town.plan(town.mart(0, page()), channels)
    for each in town.ledger.post.deliveries("pending"):
        town.ledger.post.begin(each, is_possible_duplicate=False)
        town.ledger.post.finish(each, "failed", BEGIN, may_have_arrived=True)
    low = found(1, route_class="digest")
    town.run(channels, town.mart(1, low))
    assert town.run(channels, town.mart(2, over(low))) == [
        ("resolved", "inventory", ("chat", "pd"))
    ]


def test_what_a_backup_had_not_delivered_may_have_arrived(tmp_path: Path) -> None:
    home, channels = Home(tmp_path), served(inventory=[Receiver("chat")])
    town = Town(home.ledger)
    both = page(1), page(2)
    town.plan(town.mart(0, *both), channels)
    first, _ = town.ledger.post.deliveries("pending")
    town.ledger.post.begin(first, is_possible_duplicate=False)
    town.ledger.post.finish(first, "refused", BEGIN)
    back_up(home, tmp_path / "backup")
    town.ledger.__exit__()
    restore(home, tmp_path / "backup", BEGIN, lambda _: None)
    town = Town(home.ledger)
    assert town.run(channels, town.mart(1, *map(over, both))) == [
        *[("resolved", "inventory", ("chat",))] * 2
    ]
    stopped = notice(BEGIN + HOUR, "inventory", "builds_stopped", ["x"], "t", ["l"])
    town.ledger.post.write([(stopped, ["chat"])])
    assert town.messages("is_possible_duplicate")[-1] == (1,)
    town.ledger.__exit__()


def test_an_answer_of_what_lost_its_rows_is_told(town: Town) -> None:
    channels = served(
        inventory=[Receiver("pd", keeps_incidents=True)], desk=[Receiver("desk")]
    )
    town.run(channels, town.mart(0, page()))
    town.run(channels, town.mart(1, events=5))
    town.says("ada")
    assert town.run(channels, town.mart(2, events=5)) == [
        ("acknowledged", "inventory", ("pd",))
    ]


def test_an_answer_to_what_is_back_and_waits_for_its_digest_counts(town: Town) -> None:
    channels = served(inventory=[Receiver("chat")])
    town.run(channels, town.mart(0, found(1)))
    town.run(channels, town.mart(1, over(found(1))))
    waits = found(1, route_class="digest", digest_at="2026-04-01 15:00:00")
    town.run(channels, town.mart(2, waits))
    town.says("ada")
    assert town.run(channels, town.mart(6, waits)) == []


def test_an_answer_to_what_is_over_does_not_count_when_it_is_back(town: Town) -> None:
    channels = served(inventory=[Receiver("chat")])
    town.run(channels, town.mart(0, page()))
    town.run(channels, town.mart(1, over(page())))
    town.says("ada")
    assert town.run(channels, town.mart(2, page())) == [
        ("opened", "inventory", ("chat",))
    ]


def test_what_a_killed_run_was_sending_may_have_arrived(town: Town) -> None:
    chat = Receiver("chat")
    channels = served(inventory=[chat])
    town.plan(town.mart(0, page()), channels)
    (leaving,) = town.ledger.post.deliveries("pending")
    town.ledger.post.begin(leaving, is_possible_duplicate=False)
    chat.is_up = False
    town.carry(channels, 1)
    assert town.messages("state", "may_have_arrived") == [("failed", 1)]
    assert town.run(channels, town.mart(1, over(page()))) == [
        ("resolved", "inventory", ("chat",))
    ]


def test_parts_of_a_bundle_of_a_killed_run_are_marked(town: Town) -> None:
    channels = served(inventory=[Receiver("chat")])
    pages = [page(number, rule_id="rule_1") for number in (1, 2, 3, 4)]
    town.plan(town.mart(0, *pages), channels)
    town.is_killed_and_tries_again("failed")
    town.plan(town.mart(1, over(pages[0]), *pages[1:]), channels)
    parts = town.messages(
        "json_extract(payload, '$.kind')", "state", "is_possible_duplicate"
    )
    assert sorted(parts[1:], key=repr) == [
        *[("opened", "pending", 1)] * 3,
        ("resolved", "pending", 0),
    ]


def test_what_a_killed_run_was_writing_into_the_outbox_is_read_by_nobody(
    town: Town,
) -> None:
    channels = served()
    town.plan(town.mart(0, page()), channels)
    town.is_killed_and_tries_again("outbox")
    assert town.run(channels, town.mart(1, over(page()))) == []


def test_rows_that_are_gone_are_told_once_though_something_waits(town: Town) -> None:
    channels = served(
        inventory=[Receiver("chat")], billing=[Receiver("b")], desk=[Receiver("d")]
    )
    town.run(channels, town.mart(0, found(1, route_class="digest")))
    waits = {"route_class": "digest", "digest_at": "2026-04-02 20:00:00"}
    town.run(channels, town.mart(1, found(1, owner_role="billing", **waits)))
    told = [town.run(channels, town.mart(hour, events=5)) for hour in range(2, 8)]
    assert told == [[("rows_lost", "desk", ("d",))], *[[]] * 5]
    assert town.plan(town.mart(8, events=5), channels).lost_count == 1


def test_rows_that_are_gone_are_told_once_though_a_task_is_over_the_budget(
    town: Town,
) -> None:
    town.roles = {"inventory": OwnerRole("inventory", "UTC", 0)}
    channels = served(inventory=[Receiver("chat")], desk=[Receiver("d")])
    town.run(channels, town.mart(0, found(1, route_class="digest")))
    task = found(1, route_class="task", digest_at="2026-04-02 20:00:00")
    town.run(channels, town.mart(1, task))
    told = [town.run(channels, town.mart(hour, events=5)) for hour in range(2, 6)]
    assert told == [[("rows_lost", "desk", ("d",))], [], [], []]


def test_what_was_over_is_not_lost_when_its_rows_go(town: Town) -> None:
    channels = served(inventory=[Receiver("chat")], desk=[Receiver("d")])
    task = found(1, digest_at="2026-04-01 20:00:00")
    town.run(channels, town.mart(0, task))
    assert town.run(channels, town.mart(1, over(task))) == []
    told = [town.run(channels, town.mart(hour, events=5)) for hour in (2, 5, 11)]
    assert [each for run in told for each in run] == [
        ("resolved", "inventory", ("chat",))
    ]


def test_what_nobody_was_told_of_is_not_lost_once_it_is_over(town: Town) -> None:
    channels = served(inventory=[Receiver("chat")], desk=[Receiver("d")])
    town.run(channels, town.mart(0, found(1)), lambda _: "refused")
    town.ledger.post.settle(town.ledger.post.letters("refused"), "dropped")
    town.run(channels, town.mart(1, over(found(1))))
    assert town.run(channels, town.mart(2, events=5)) == []


def test_older_marts_forget_nothing_of_what_is_younger(town: Town) -> None:
    channels = served(inventory=[Receiver("chat")], desk=[Receiver("d")])
    young = found(1, detected_at="2026-04-01 11:30:00")
    town.run(channels, town.mart(2, young))
    assert town.run(channels, town.mart(1)) == []
    assert town.run(channels, town.mart(3, events=5)) == [("rows_lost", "desk", ("d",))]


def test_marts_may_hold_what_is_younger_than_they_are(town: Town) -> None:
    channels = served(inventory=[Receiver("chat")])
    early = found(1, detected_at="2026-04-01 11:30:00")
    for _ in range(2):
        town.run(channels, town.mart(0, early))
    assert list(town.ledger.memory.followed()) == [early.exception_id]
    town.run(channels, town.mart(1, over(early)))
    assert town.ledger.memory.followed() == {}


def test_a_second_channel_gets_what_is_so_again(town: Town) -> None:
    pager = Receiver("pd", keeps_incidents=True)
    channels = served(inventory=[Receiver("chat"), pager])
    town.run(
        channels,
        town.mart(0, page()),
        lambda each: "sent" if each.channel == "chat" else "failed",
    )
    town.run(channels, town.mart(1, over(page())), failed)
    states = [("chat", "sent"), ("pd", "sent")]
    town.run(channels, town.mart(2, page()))
    town.run(channels, town.mart(3, page()))
    assert town.messages("channel", "state")[:2] == states


def test_what_another_has_of_it_ends_for_a_channel_that_was_down(town: Town) -> None:
    channels = served(
        inventory=[Receiver("chat"), Receiver("pd", keeps_incidents=True)],
        billing=[Receiver("b")],
    )
    town.run(channels, town.mart(0, page()))
    theirs = page(owner_role="billing")
    town.run(
        channels,
        town.mart(1, theirs),
        lambda each: "failed" if each.channel == "pd" else "sent",
    )
    town.run(channels, town.mart(2, over(theirs)))
    told = [
        (channel, state)
        for channel, state, kind in town.messages(
            "channel", "state", "json_extract(payload, '$.kind')"
        )
        if kind == "handed_over"
    ]
    assert told == [("chat", "sent"), ("pd", "sent")]


def test_what_waits_goes_as_what_it_is_by_then(town: Town) -> None:
    channels = served(inventory=[Receiver("chat")])
    town.run(channels, town.mart(0, page()), failed)
    town.run(channels, town.mart(1, found(1, route_class="digest")), failed)
    (waiting,) = town.ledger.post.deliveries("pending", "failed")
    assert waiting.payload["exceptions"][0]["route_class"] == "digest"


def test_what_awaits_no_answer_any_more_is_not_escalated(town: Town) -> None:
    steps = (EscalationStep(1, "lead", BEGIN + 5 * HOUR),)
    channels = served(inventory=[Receiver("chat")], lead=[Receiver("l")])
    town.run(channels, town.mart(0, page(), steps=steps))
    told = town.run(channels, town.mart(6, page(), steps=steps), failed)
    assert {kind for kind, *_ in told} == {"reminded", "escalated"}
    low = found(1, route_class="digest")
    town.run(channels, town.mart(7, low, steps=steps), failed)
    assert town.ledger.post.deliveries("pending", "failed") == []


def test_nobody_is_reminded_of_what_they_cannot_have_read(town: Town) -> None:
    chat = Receiver("chat", is_up=False)
    channels = served(inventory=[chat])
    for hour in (0, 4):
        town.plan(town.mart(hour, found(1)), channels)
        town.carry(channels, hour)
    chat.is_up = True
    for hour in (5, 6):
        town.plan(town.mart(hour, found(1)), channels)
        town.carry(channels, hour)
    assert [title.partition(" ")[0] for title in chat.got] == ["New"]


def test_what_is_announced_anew_is_not_reminded_of_at_once(town: Town) -> None:
    channels = served(inventory=[Receiver("chat")])
    tasks = [found(number, rule_id="rule_1") for number in (1, 2, 3, 4)]
    town.plan(town.mart(0, *tasks), channels)
    town.is_killed_and_tries_again("failed")
    told = town.run(channels, town.mart(4, over(tasks[0]), *tasks[1:]))
    assert {kind for kind, *_ in told} == {"opened", "resolved"}


def test_who_hears_late_has_the_minutes_of_a_step_from_then_on(town: Town) -> None:
    steps = (EscalationStep(1, "lead", BEGIN + HOUR, 60),)
    channels = served(inventory=[Receiver("chat")], lead=[Receiver("l")])
    town.run(channels, town.mart(0, page(), steps=steps), failed)
    town.run(channels, town.mart(0.9, page(), steps=steps))
    assert town.run(channels, town.mart(1, page(), steps=steps)) == []
    told = town.run(channels, town.mart(1.9, page(), steps=steps))
    assert told == [("escalated", "lead", ("l",))]


def test_an_owner_that_was_told_by_the_run_that_decided_it_has_no_second_more(
    town: Town,
) -> None:
    steps = (EscalationStep(1, "lead", BEGIN + HOUR, 60),)
    channels = served(inventory=[Receiver("chat")], lead=[Receiver("l")])
    town.plan(town.mart(0, page(), steps=steps), channels)
    town.carry(channels, 1 / 3600)
    told = town.run(channels, town.mart(1, page(), steps=steps))
    assert told == [("escalated", "lead", ("l",))]


@pytest.mark.parametrize("count", [1, 2])
def test_the_end_of_a_digest_goes_where_the_digest_went(town: Town, count: int) -> None:
    channels = served(
        inventory=[Receiver("chat"), Receiver("pd", keeps_incidents=True)]
    )
    low = [found(number, route_class="digest") for number in range(1, count + 1)]
    town.run(channels, town.mart(0, *low))
    ((_, _, went_by),) = town.run(channels, town.mart(1, *map(over, low)))
    assert went_by == ("chat",)


def test_the_end_of_what_was_a_page_goes_where_the_page_went(town: Town) -> None:
    channels = served(
        inventory=[Receiver("chat"), Receiver("pd", keeps_incidents=True)]
    )
    town.run(channels, town.mart(0, page()))
    town.run(channels, town.mart(1, found(1, route_class="digest")))
    low = over(found(1, route_class="digest"))
    assert town.run(channels, town.mart(2, low)) == [
        ("resolved", "inventory", ("chat", "pd"))
    ]


def test_a_message_of_an_older_version_is_carried_as_it_was() -> None:
    payload = {"kind": "resolved", "exceptions": [{"route_class": "digest"}]}
    assert payload_carried_as(payload) == "resolved"
    assert payload_carried_as(payload | {"kind": "opened"}) == "digest"
    assert payload_carried_as(payload | {"carried_as": "digest"}) == "digest"


def test_who_did_not_hear_that_builds_stopped_does_not_hear_that_they_work(
    town: Town,
) -> None:
    chat = Receiver("chat", is_up=False)
    channels = served(operator="ops", ops=[chat])
    for hour, trouble in enumerate([MartError("broken"), None]):
        watch(town, hour, channels, trouble)
        town.carry(channels, hour)
        chat.is_up = True
    town.carry(channels, 2)
    assert chat.got == []
    watch(town, 3, channels, MartError("again"))
    town.carry(channels, 3)
    watch(town, 4, channels, None)
    town.carry(channels, 4)
    assert [title.partition(" 2026")[0] for title in chat.got] == [
        "Builds have stopped since",
        "Builds work again, as of",
    ]


def test_an_outage_is_told_to_whoever_is_operator_and_its_end_to_who_heard(
    town: Town,
) -> None:
    lead, ops = Receiver("lead"), Receiver("ops")
    for hour, operator, trouble in (
        (0, "ops", MartError("broken")),
        (1, "lead", MartError("broken")),
        (2, None, None),
        (3, "lead", MartError("broken once more")),
    ):
        channels = served(operator=operator, ops=[ops], lead=[lead])
        watch(town, hour, channels, trouble)
        town.carry(channels, hour)
    first = ["Builds have stopped since", "Builds work again, as of"]
    assert [title.partition(" 2026")[0] for title in ops.got] == first
    assert [title.partition(" 2026")[0] for title in lead.got] == [*first, first[0]]


def watch(town: Town, hour: int, channels: Channels, trouble: MartError | None) -> None:
    """Write down what there is to say of builds."""
    now, mart = BEGIN + hour * HOUR, town.mart(hour)
    news = news_of(now, town.ledger, channels, Watch(), mart, trouble)
    town.ledger.post.write(
        (each, list(channels.by_role[each.owner_role])) for each in news.messages
    )
    note(now, town.ledger, news)


def test_a_notice_that_may_have_arrived_is_marked_when_its_channel_is_back(
    town: Town,
) -> None:
    post = town.ledger.post
    post.write([(notice(BEGIN, "ops", "builds_stopped", ["x"], "t", ["l"]), ["a"])])
    (waiting,) = post.deliveries("pending")
    post.begin(waiting, is_possible_duplicate=False)
    post.finish(waiting, "failed", BEGIN, "silent", may_have_arrived=True)
    (waiting,) = post.deliveries("failed")
    (moved,) = post.move(waiting, [OUTBOX])
    post.begin(moved, is_possible_duplicate=False)
    post.finish(moved, "outbox", BEGIN)
    post.release_notices({"ops": ["a"]})
    assert town.messages("channel", "state", "is_possible_duplicate")[-1] == (
        *("a", "pending"),
        1,
    )
