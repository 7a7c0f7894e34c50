"""What a role can act on in a day goes; the rest waits, and says so."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from conftest import a_role, an_escalation, an_exception, build_warehouse
from hypothesis import given
from hypothesis import strategies as st
from offpath.instants import instant
from offpath.routing.attention import MOST_OF_A_RULE, OwnerRole, Wish, share_out
from offpath.routing.decisions import ExceptionRecord, Intent, Kind
from pytest_httpserver import HTTPServer
from routed import LATER, ROUTE, ledger, outbox, received, serve_all
from searches import search

Offpath = Callable[..., Result]
NOW = instant("2026-04-01T12:00:00Z")
HOUR = timedelta(hours=1)
BUDGET = 3


def wish(
    number: int, route_class: str, kind: Kind = "opened", digest_at: datetime = NOW
) -> Wish:
    row = an_exception(number, route_class=route_class)
    for name in ("onset_at", "detected_at", "respond_by_at"):
        row[name] = instant(row[name])
    exception = ExceptionRecord(**(row | {"digest_at": digest_at}))
    intent = Intent(exception.exception_id, kind, 0, 0, "inventory", route_class, "why")
    return intent, exception


def test_tasks_above_the_budget_wait_for_the_digest_and_say_so(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    tasks = [
        an_exception(number, priority=number, digest_at="2026-04-01 13:00:00")
        for number in range(1, 6)
    ]
    roles = [a_role("inventory", BUDGET)]
    build_warehouse(home, tasks, roles=roles)
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    told = [
        each["subject_id"]
        for line in received(httpserver)
        for each in line["exceptions"]
    ]
    assert told == ["O-1", "O-2", "O-3"]
    over = "over the attention budget of inventory"
    until = "until 2026-04-01 13:00Z at the latest"
    assert ledger(
        home, "select distinct reason from decisions where decision = 'nothing'"
    ) == [(f"over_attention_budget: {over}; {until}",), ("already_announced",)]

    listed = offpath("status", "--as-of", "build").stdout
    assert listed.count(f"[waits: {over}; {until}]") == 2  # noqa: PLR2004
    assert "Waiting for a digest: 2\n" in listed
    assert "(answer awaited: 3, owner not told yet: 2)" in listed

    assert offpath("route", "--as-of", "2026-04-01T13:00:00Z").exit_code == 0
    assert "waits" not in offpath("status", "--as-of", "build").stdout
    digest = received(httpserver)[-1]
    assert [each["subject_id"] for each in digest["exceptions"]] == ["O-4", "O-5"]
    assert digest["exceptions"][0]["reason"].endswith(over)


def test_the_next_day_has_attention_of_its_own_for_what_is_new(
    home: Path, offpath: Offpath
) -> None:
    late = {"digest_at": "2026-04-03 00:00:00", "respond_by_at": "2026-04-03 00:00:00"}
    tasks = [an_exception(number, priority=number, **late) for number in range(1, 6)]
    fresh = an_exception(6, priority=9, **late)
    roles = [a_role("inventory", BUDGET)]
    # Midnight in Berlin is at 22:00.
    for clock, rows in (
        ("12:00:00Z", tasks),
        ("21:59:59Z", [*tasks, fresh]),
        ("22:00:00Z", [*tasks, fresh, an_exception(7, priority=10, **late)]),
    ):
        build_warehouse(home, rows, roles=roles)
        assert offpath("route", "--as-of", f"2026-04-01T{clock}").exit_code == 0
    assert [line["exceptions"][0]["subject_id"] for line in outbox(home)] == [
        *("O-1", "O-2", "O-3"),
        "O-7",
    ]


def test_what_is_over_before_its_digest_goes_is_told_to_nobody(
    home: Path, offpath: Offpath
) -> None:
    brief = {"route_class": "digest", "digest_at": "2026-04-01 13:00:00"}
    lasting = an_exception(2, **brief)
    build_warehouse(home, [an_exception(1, **brief), lasting])
    assert offpath(*ROUTE).exit_code == 0
    assert not (home / "outbox.jsonl").exists()
    assert ledger(home, "select distinct reason from decisions") == [
        ("waits_for_digest: until 2026-04-01 13:00Z at the latest",)
    ]
    over = an_exception(1, **brief, is_open=False, cleared_at="2026-04-01 12:30:00")
    build_warehouse(home, [over, lasting], as_of="2026-04-01 13:00:00")
    assert offpath(*ROUTE).exit_code == 0
    (digest,) = outbox(home)
    assert [each["subject_id"] for each in digest["exceptions"]] == ["O-2"]


def test_one_that_may_wait_no_longer_takes_the_others_along(
    home: Path, offpath: Offpath
) -> None:
    rows = [
        an_exception(1, route_class="digest", digest_at="2026-04-01 12:00:00"),
        an_exception(2, route_class="digest", digest_at="2026-04-02 12:00:00"),
        an_exception(
            3,
            route_class="digest",
            digest_at="2026-04-02 12:00:00",
            owner_role="billing",
        ),
    ]
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 0
    (digest,) = outbox(home)
    assert [each["subject_id"] for each in digest["exceptions"]] == ["O-1", "O-2"]


@pytest.mark.parametrize("more", [0, 1])
def test_more_pages_of_one_rule_come_as_one(
    home: Path, offpath: Offpath, more: int
) -> None:
    count = MOST_OF_A_RULE + more
    pages = [an_exception(number, route_class="page") for number in range(count)]
    other = an_exception(99, route_class="page", rule_id="shipped_without_payment")
    build_warehouse(home, [*pages, other], roles=[a_role("inventory", 0)])
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    sizes = sorted(len(line["exceptions"]) for line in outbox(home))
    assert sizes == ([1, count] if more else [1] * (count + 1))
    if more:
        (group,) = (line for line in outbox(home) if len(line["exceptions"]) > 1)
        assert group["kind"] == "opened"
        assert group["title"].endswith(f": {count} cases")


def test_that_a_task_is_over_waits_for_the_digest(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    tasks = [an_exception(number) for number in (1, 2)]
    pages = [an_exception(3, route_class="page")]
    build_warehouse(home, [*tasks, *pages])
    assert offpath(*ROUTE).exit_code == 0
    over = {
        "is_open": False,
        "cleared_at": "2026-04-01 12:30:00",
        "digest_at": "2026-04-01 14:00:00",
    }
    build_warehouse(
        home, [each | over for each in [*tasks, *pages]], as_of="2026-04-01 13:00:00"
    )
    counts = []
    for clock in ("13:00:00Z", "14:00:00Z"):
        assert offpath("route", "--as-of", f"2026-04-01T{clock}").exit_code == 0
        counts.append([len(line["exceptions"]) for line in received(httpserver)[3:]])
    assert counts == [[1], [1, 2]]


def test_a_budget_that_is_spent_holds_back_neither_reminder_nor_escalation(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    steps = [an_escalation(1, 1, "fulfilment", "2026-04-01 15:00:00")]
    roles = [a_role("inventory", 1), a_role("fulfilment", 0)]
    build_warehouse(home, [an_exception(1)], steps, roles=roles)
    for run in (ROUTE, LATER):
        assert offpath(*run).exit_code == 0
    kinds = [(line["kind"], line["owner_role"]) for line in received(httpserver)]
    assert kinds == [
        ("opened", "inventory"),
        ("reminded", "inventory"),
        ("escalated", "fulfilment"),
    ]


def test_more_tasks_of_one_rule_come_as_one_and_each_takes_attention(
    home: Path, offpath: Offpath
) -> None:
    count = MOST_OF_A_RULE + 1
    later = {"digest_at": "2026-04-01 13:00:00"}
    tasks = [an_exception(number, priority=number, **later) for number in range(6)]
    roles = [a_role("inventory", count)]
    build_warehouse(home, tasks[:-1], roles=roles)
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, tasks, roles=roles)
    assert offpath(*ROUTE).exit_code == 0
    (group,) = outbox(home)
    told = [each["subject_id"] for each in group["exceptions"]]
    assert (group["kind"], told) == ("opened", ["O-0", "O-1", "O-2", "O-3"])
    assert "Waiting for a digest: 2\n" in offpath("status", "--as-of", "build").stdout


def test_a_digest_of_tasks_takes_the_attention_of_one_message(
    home: Path, offpath: Offpath
) -> None:
    due = {"digest_at": "2026-04-01 12:00:00"}
    later = {"digest_at": "2026-04-02 12:00:00"}
    tasks = [an_exception(number, priority=number, **due) for number in (1, 2, 3)]
    build_warehouse(home, tasks, roles=[a_role("inventory", 0)])
    assert offpath(*ROUTE).exit_code == 0
    tasks += [an_exception(number, priority=number, **later) for number in (4, 5)]
    build_warehouse(home, tasks, roles=[a_role("inventory", 2)])
    assert offpath(*ROUTE).exit_code == 0
    assert [
        [each["subject_id"] for each in line["exceptions"]] for line in outbox(home)
    ] == [["O-1", "O-2", "O-3"], ["O-4"]]


def test_reminders_and_escalations_of_one_rule_come_as_one(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    numbers = range(MOST_OF_A_RULE + 1)
    steps = [
        an_escalation(number, 1, "fulfilment", "2026-04-01 15:00:00")
        for number in numbers
    ]
    build_warehouse(home, [an_exception(number) for number in numbers], steps)
    for run in (ROUTE, LATER):
        assert offpath(*run).exit_code == 0
    told = [
        (line["kind"], line["owner_role"], len(line["exceptions"]))
        for line in received(httpserver)
    ]
    assert told == [
        ("opened", "inventory", len(numbers)),
        ("reminded", "inventory", len(numbers)),
        ("escalated", "fulfilment", len(numbers)),
    ]


def test_that_somebody_resolved_one_sends_no_digest_before_its_time(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    later = {"route_class": "digest", "digest_at": "2026-04-01 18:00:00"}
    rows = [an_exception(1, respond_by_at="2026-04-02 12:00:00")]
    rows += [an_exception(number, **later) for number in (2, 3)]
    build_warehouse(home, rows, roles=[a_role("inventory", BUDGET)])
    assert offpath(*ROUTE).exit_code == 0
    resolve = ("resolve", rows[0]["exception_id"][:12], "--code", "mended")
    assert offpath(*resolve, "--as-of", "build").exit_code == 0
    counts = []
    for clock in ("12:05:00Z", "18:00:00Z"):
        assert offpath("route", "--as-of", f"2026-04-01T{clock}").exit_code == 0
        counts.append([len(line["exceptions"]) for line in received(httpserver)])
    assert counts == [[1], [1, 3]]


def test_what_was_paged_is_over_at_once_whatever_the_budget_says_by_then(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    build_warehouse(home, [an_exception(1, route_class="page")])
    assert offpath(*ROUTE).exit_code == 0
    over = an_exception(
        1,
        route_class="digest",
        is_open=False,
        cleared_at="2026-04-01 12:30:00",
        digest_at="2026-04-01 18:00:00",
    )
    build_warehouse(home, [over], as_of="2026-04-01 13:00:00")
    assert offpath(*ROUTE).exit_code == 0
    assert [line["kind"] for line in received(httpserver)] == ["opened", "resolved"]


def test_what_somebody_is_on_while_it_waits_is_not_announced(
    home: Path, offpath: Offpath
) -> None:
    waits = an_exception(1, route_class="digest", digest_at="2026-04-01 13:00:00")
    build_warehouse(home, [waits])
    assert offpath(*ROUTE).exit_code == 0
    assert offpath("ack", waits["exception_id"][:12], "--as-of", "build").exit_code == 0
    assert offpath("route", "--as-of", "2026-04-01T13:00:00Z").exit_code == 0
    assert not (home / "outbox.jsonl").exists()
    assert "waits" not in offpath("status", "--as-of", "build").stdout


def test_a_digest_that_is_due_takes_attention_before_tasks_do() -> None:
    roles = {"inventory": OwnerRole("inventory", "Europe/Berlin", BUDGET)}
    tasks = [wish(number, "task", digest_at=NOW + HOUR) for number in range(BUDGET)]
    for digest, count in (
        (wish(9, "digest"), BUDGET - 1),
        (wish(9, "digest", digest_at=NOW + HOUR), BUDGET),
        (wish(9, "task", "resolved"), BUDGET),
    ):
        shares = share_out(NOW, [*tasks, digest], roles, {})
        assert len(shares.messages) == count


def test_pages_take_attention_before_tasks_do_and_a_flood_of_them_once() -> None:
    roles = {"inventory": OwnerRole("inventory", "Europe/Berlin", 2)}
    tasks = [wish(number, "task", digest_at=NOW + HOUR) for number in (1, 2)]
    for page_count, told_count in ((0, 2), (1, 1), (2, 0), (MOST_OF_A_RULE + 1, 1)):
        pages = [wish(10 + number, "page") for number in range(page_count)]
        shares = share_out(NOW, [*tasks, *pages], roles, {})
        sent = [intent for bundle in shares.messages for intent, _ in bundle]
        assert sum(intent.route_class == "task" for intent in sent) == told_count


def test_a_digest_with_what_was_over_before_is_counted_first() -> None:
    roles = {"inventory": OwnerRole("inventory", "Europe/Berlin", BUDGET)}
    fresh = [wish(number, "task", digest_at=NOW + HOUR) for number in range(BUDGET)]
    for at, count in ((NOW, BUDGET - 1), (NOW + HOUR, BUDGET)):
        late = wish(9, "task", digest_at=at)
        held = frozenset({late[1].exception_id})
        shares = share_out(NOW, [*fresh, late], roles, {}, held)
        assert len(shares.messages) == count


def test_what_rises_to_a_task_takes_attention_each(
    home: Path, offpath: Offpath
) -> None:
    count = MOST_OF_A_RULE + 1
    numbers = range(count)
    build_warehouse(
        home, [an_exception(number, route_class="digest") for number in numbers]
    )
    assert offpath(*ROUTE).exit_code == 0
    roles = [a_role("inventory", count + 1)]
    later = {"digest_at": "2026-04-02 12:00:00"}
    raised = [an_exception(number, **later) for number in numbers]
    build_warehouse(home, raised, roles=roles)
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [*raised, an_exception(9, **later)], roles=roles)
    assert offpath(*ROUTE).exit_code == 0
    told = [(line["kind"], len(line["exceptions"])) for line in outbox(home)]
    assert told == [("digest", count), ("raised", count)]


WISHES = st.lists(
    st.tuples(
        st.sampled_from(["page", "task", "digest"]),
        st.sampled_from(["opened", "raised", "reminded", "escalated", "resolved"]),
        st.integers(-2, 2),
    ),
    max_size=12,
)


@search(gate=100, deep=5000)
@given(WISHES, st.integers(0, BUDGET), st.integers(0, BUDGET))
def test_each_wish_goes_once_or_waits(
    drawn: list[tuple[str, Kind, int]], budget: int, told: int
) -> None:
    wishes = [
        wish(number, route_class, kind, NOW + timedelta(hours=hours))
        for number, (route_class, kind, hours) in enumerate(drawn)
    ]
    roles = {"inventory": OwnerRole("inventory", "Europe/Berlin", budget)}
    shares = share_out(NOW, wishes, roles, {"inventory": [NOW] * told})

    sent = [each for message in shares.messages for each in message]
    bundled = [each for digest in shares.digests for each in digest]
    assert sorted(exception.exception_id for _, exception in wishes) == sorted(
        [
            *(exception.exception_id for _, exception in [*sent, *bundled]),
            *(intent.exception_id for intent in shares.waiting),
        ]
    )
    assert all(intent.route_class != "page" for intent in shares.waiting)
    announced = [
        intent
        for intent, _ in sent
        if intent.route_class == "task" and intent.kind in ("opened", "raised")
    ]
    assert len(announced) <= max(budget - told, 0)
    assert all(
        exception.digest_at is not None
        and (exception.digest_at > NOW or intent.kind == "resolved")
        for intent, exception in wishes
        if intent in shares.waiting
    )
