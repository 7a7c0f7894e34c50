"""Nobody told wrong, nobody untold: rows that vanish, roles without a channel, answers."""

import json
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from click.testing import Result
from conftest import (
    a_case,
    a_duty,
    a_journey,
    a_role,
    a_rule,
    an_escalation,
    an_exception,
    build_warehouse,
)
from offpath.commands import route as route_command
from offpath.delivery.channels import WebhookChannel
from offpath.delivery.heartbeat import ping
from pytest_httpserver import HTTPServer
from routed import AGAIN, LATER, ROUTE, ledger, outbox, received, serve, serve_all

Offpath = Callable[..., Result]
PAGE = {"route_class": "page"}


def told(server: HTTPServer) -> list[tuple[str, str]]:
    """Return kind and role of each message that arrived."""
    return [(each["kind"], each["owner_role"]) for each in received(server)]


def at(clock: str) -> tuple[str, str, str]:
    return ("route", "--as-of", f"2026-04-01T{clock}Z")


@pytest.mark.parametrize(
    ("exception", "absent"),
    [
        (an_exception(1, **PAGE), {"cases": []}),
        (an_exception(1, **PAGE), {"cases": [a_case(1, event_count=2)]}),
        (
            an_exception(
                1,
                **PAGE,
                subject_type="segment",
                subject_id="north",
                known_event_count=1000,
            ),
            {"journeys": [a_journey(event_count=999)]},
        ),
        (
            an_exception(1, **PAGE, subject_type="journey", subject_id="order_to_ship"),
            {"journeys": []},
        ),
    ],
)
def test_who_was_told_hears_nothing_while_rows_are_gone(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    exception: dict[str, object],
    absent: dict[str, list[dict[str, object]]],
) -> None:
    serve_all(home, httpserver)
    steps = [an_escalation(1, 1, "fulfilment", "2026-04-01 15:00:00")]
    build_warehouse(home, [exception], steps)
    assert offpath(*ROUTE).exit_code == 0

    build_warehouse(home, [], **absent, as_of="2026-04-01 13:00:00")
    for _ in range(2):
        result = offpath(*ROUTE)
        assert result.exit_code == 1
        assert "1 held until their rows are back" in result.stderr
        assert "Held, since rows are gone: 1\n" in result.stdout
        assert "waiting_for_data" in result.stdout
    owner = "fulfilment" if absent != {"journeys": []} else "inventory"
    assert told(httpserver) == [("opened", "inventory"), ("rows_lost", owner)]

    spoil(home / "warehouse.duckdb", "unfinished")
    result = offpath(*ROUTE)
    assert result.exit_code == 5
    assert "Held, since rows are gone: 1\n" in result.stdout
    build_warehouse(home, [], **absent, as_of="2026-04-01 13:30:00")
    assert offpath(*ROUTE).exit_code == 1
    assert len(received(httpserver)) == 2, "no marts prove nothing, and are no news"

    assert offpath(*LATER).exit_code == 1
    assert told(httpserver)[2:] == [
        ("reminded", "inventory"),
        ("escalated", "fulfilment"),
    ], "what nobody answered stays unanswered"

    build_warehouse(home, [exception], steps, as_of="2026-04-01 17:00:00")
    assert offpath(*ROUTE).exit_code == 0
    assert len(received(httpserver)) == 4, "back, it is no news"
    build_warehouse(home, [], **absent, as_of="2026-04-01 18:00:00")
    assert offpath(*ROUTE).exit_code == 1
    assert told(httpserver)[4:] == [("rows_lost", owner)], "gone once more"


@pytest.mark.parametrize(
    "present",
    [
        {"rules": [], "cases": []},
        {"exceptions": [an_exception(2, subject_id="O-1")], "cases": []},
        {"cases": [a_case(1)]},
    ],
)
def test_what_was_withdrawn_or_has_moved_or_is_mended_is_over(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    present: dict[str, list[dict[str, object]]],
) -> None:
    serve_all(home, httpserver)
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, **({"exceptions": []} | present), as_of="2026-04-01 13:00:00")
    assert offpath(*ROUTE).exit_code == 0
    assert ("resolved", "inventory") in told(httpserver)


def test_an_earlier_episode_of_the_case_is_no_proof_of_the_end_of_a_later_one(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    first = an_exception(1, **PAGE, is_open=False)
    second = an_exception(2, **PAGE, subject_id="O-1", episode=2)
    build_warehouse(home, [first, second])
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [first], cases=[a_case(1, 2)], as_of="2026-04-01 13:00:00")
    assert offpath(*ROUTE).exit_code == 1
    assert ("resolved", "inventory") not in told(httpserver)


def test_events_that_came_after_it_was_told_are_missed_too(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    for count in (3, 8):
        build_warehouse(home, [an_exception(1, **PAGE, known_event_count=count)])
        assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [], cases=[a_case(1, 6)], as_of="2026-04-01 13:00:00")
    assert offpath(*ROUTE).exit_code == 1


def test_what_is_open_again_before_anybody_heard_its_end_lasts_without_its_rows(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve(home, httpserver, "inventory", "fulfilment")
    for status in (200, 503):
        httpserver.expect_oneshot_request("/hook").respond_with_data(status=status)
    httpserver.expect_request("/hook").respond_with_data(status=200)
    for is_open, exit_code in ((True, 0), (False, 1), (True, 0)):
        build_warehouse(home, [an_exception(1, **PAGE, is_open=is_open)])
        assert offpath(*ROUTE).exit_code == exit_code
    build_warehouse(home, [], cases=[], as_of="2026-04-01 13:00:00")
    assert offpath(*ROUTE).exit_code == 1
    assert told(httpserver) == [
        ("opened", "inventory"),
        ("resolved", "inventory"),
        ("rows_lost", "fulfilment"),
    ], "of which the end was not taken"


def test_rows_of_a_journey_are_missed_in_one_message(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    rows = [
        an_exception(1),
        an_exception(2, rule_id="another", owner_role="billing"),
    ]
    rules = [a_rule(), a_rule("another")]
    build_warehouse(home, rows, rules=rules)
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [], cases=[], rules=rules, as_of="2026-04-01 13:00:00")
    result = offpath(*ROUTE)
    assert "rows are gone of which 2 open exceptions were told" in result.stderr
    lost = received(httpserver)[-1]
    assert lost["title"] == "Rows are gone of order_to_ship: 2 exceptions wait for data"
    assert lost["owner_role"] == "fulfilment"


def test_what_waits_in_the_outbox_goes_out_once_when_its_role_gets_a_channel(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    rows = [an_exception(number, route_class="digest") for number in (1, 2, 3)]
    build_warehouse(home, rows)
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert len(outbox(home)) == 1
    assert "owner not told yet: 3" in offpath("status", "--as-of", "build").stdout

    rows[0] = an_exception(1, **PAGE)
    rows[2] = an_exception(3, route_class="digest", is_open=False)
    build_warehouse(home, rows, as_of="2026-04-01 12:30:00")
    serve_all(home, httpserver)
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert [
        (
            each["exceptions"][0]["kind"],
            [one["subject_id"] for one in each["exceptions"]],
        )
        for each in received(httpserver)
    ] == [("opened", ["O-1"]), ("opened", ["O-2"])]
    assert ledger(
        home, "select distinct state from messages where channel = 'outbox'"
    ) == [("held",)]


def test_a_channels_file_that_is_missing_for_one_run_leaves_nobody_untold(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1, **PAGE)])
    serve_all(home, httpserver)
    file = home / "channels.yml"
    aside = file.rename(home / "aside.yml")
    assert offpath(*ROUTE).exit_code == 0
    aside.rename(file)
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert told(httpserver) == [("opened", "inventory")]


def test_what_is_over_before_its_role_has_a_channel_is_told_to_nobody(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [an_exception(1, **PAGE, is_open=False)])
    assert offpath(*ROUTE).exit_code == 0
    serve_all(home, httpserver)
    assert offpath(*ROUTE).exit_code == 0
    assert received(httpserver) == []
    assert ledger(home, "select state from messages") == [("held",)]


def test_a_role_without_a_channel_falls_back_to_its_escalation_and_says_so(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    steps = [
        an_escalation(1, 1, "fulfilment", "2026-04-01 15:00:00"),
        an_escalation(1, 2, "operations_lead", "2026-04-01 19:00:00"),
    ]
    build_warehouse(home, [an_exception(1, **PAGE)], steps)
    serve(home, httpserver, "operations_lead")
    httpserver.expect_request("/hook").respond_with_data(status=200)
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    (fallback,) = received(httpserver)
    assert (fallback["kind"], fallback["owner_role"]) == (
        "escalated",
        "operations_lead",
    )
    assert "inventory has no channel" in fallback["body"]

    serve_all(home, httpserver)
    assert offpath(*ROUTE).exit_code == 0
    assert told(httpserver)[1:] == [("opened", "inventory")]
    build_warehouse(home, [an_exception(1, **PAGE, is_open=False)])
    assert offpath(*ROUTE).exit_code == 0
    assert sorted(told(httpserver)[2:]) == [
        ("resolved", "inventory"),
        ("resolved", "operations_lead"),
    ]


def test_what_was_refused_for_good_falls_back_too(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    steps = [an_escalation(1, 1, "fulfilment", "2026-04-01 15:00:00")]
    build_warehouse(home, [an_exception(1, **PAGE)], steps)
    serve_all(home, httpserver)
    assert offpath(*ROUTE).exit_code == 0
    change(home, "update messages set state = 'refused'")
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert told(httpserver)[1:] == [("escalated", "fulfilment")]
    assert "every channel of inventory refused it" in received(httpserver)[-1]["body"]


def test_a_lost_answer_does_not_hide_the_end(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1, **PAGE)])
    serve_all(home, httpserver)
    assert offpath(*ROUTE).exit_code == 0
    change(home, "update messages set state = 'failed', may_have_arrived = 1")
    build_warehouse(home, [an_exception(1, **PAGE, is_open=False)])
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert told(httpserver) == [("opened", "inventory"), ("resolved", "inventory")]


def test_who_may_have_read_it_in_a_bundle_hears_the_end_though_it_was_told_anew(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    rows = [an_exception(number, route_class="digest") for number in (1, 2)]
    build_warehouse(home, rows)
    serve(home, httpserver, "inventory")
    for status in (200, 503):
        httpserver.expect_oneshot_request("/hook").respond_with_data(status=status)
    httpserver.expect_request("/hook").respond_with_data(status=200)
    assert offpath(*ROUTE).exit_code == 0
    change(home, "update messages set state = 'failed', may_have_arrived = 1")
    # The first is over and told so; the second is told anew, by itself, and fails.
    rows[0] = an_exception(1, route_class="digest", is_open=False)
    build_warehouse(home, rows, as_of="2026-04-01 13:00:00")
    assert offpath(*AGAIN).exit_code == 1
    assert ledger(home, "select state, is_possible_duplicate from messages") == [
        ("held", 0),
        ("failed", 1),
    ]
    rows[1] = an_exception(2, route_class="digest", is_open=False)
    build_warehouse(home, rows, as_of="2026-04-01 14:00:00")
    assert offpath(*AGAIN).exit_code == 0
    ends = [
        each["subject_id"]
        for each in received(httpserver)[-1]["exceptions"]
        if each["kind"] == "resolved"
    ]
    assert ends == ["O-1", "O-2"]


def test_an_answer_to_what_may_have_arrived_is_an_answer(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1, **PAGE)])
    serve_all(home, httpserver)
    assert offpath(*ROUTE).exit_code == 0
    change(home, "update messages set state = 'failed', may_have_arrived = 1")
    assert offpath("ack", "00000001", "--as-of", "build").exit_code == 0
    for _ in range(2):
        assert offpath(*LATER).exit_code == 0
    assert told(httpserver) == [("opened", "inventory")]
    assert ledger(home, "select state from messages") == [("held",)]


def test_what_may_have_arrived_waits_in_the_outbox_as_often_as_its_channel_goes(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1, **PAGE)])
    serve(home, httpserver, "inventory")
    httpserver.expect_request("/hook").respond_with_data(status=503)
    assert offpath(*ROUTE).exit_code == 1
    change(home, "update messages set may_have_arrived = 1")
    file = home / "channels.yml"
    for _ in range(2):
        aside = file.rename(home / "aside.yml")
        assert offpath(*ROUTE).exit_code == 0
        waiting = "select may_have_arrived from messages where state = 'outbox'"
        assert ledger(home, waiting) == [(1,)]
        aside.rename(file)
        assert offpath(*ROUTE).exit_code == 1
        assert ledger(home, waiting) == []


def test_what_may_have_arrived_and_is_wanted_again_says_that_it_may_be_the_second(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    """Over before anybody was known to have it, and open again before that was told."""
    build_warehouse(home, [an_exception(1, **PAGE)])
    serve_all(home, httpserver)
    assert offpath(*ROUTE).exit_code == 0
    change(home, "update messages set state = 'held', may_have_arrived = 1")
    assert offpath(*ROUTE).exit_code == 0
    first, second = received(httpserver)
    assert (first["id"], second["is_possible_duplicate"]) == (second["id"], True)


def test_who_moved_hands_over_and_the_new_owner_is_not_silenced(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    assert offpath("ack", "00000001", "--as-of", "build").exit_code == 0
    build_warehouse(home, [an_exception(1, **PAGE, owner_role="billing")])
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert told(httpserver) == [
        ("opened", "inventory"),
        ("opened", "billing"),
        ("handed_over", "inventory"),
    ]
    assert "it is now billing's" in received(httpserver)[-1]["body"]
    assert "answer awaited: 1" in offpath("status", "--as-of", "build").stdout


def test_an_answer_counts_whatever_its_clock_says(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    page = an_exception(1, **PAGE)
    over = an_exception(1, **PAGE, is_open=False)
    for number, row in enumerate((page, over, page)):
        build_warehouse(home, [row], as_of=f"2026-04-01 12:0{number}:00")
        assert offpath(*ROUTE).exit_code == 0
    lagging = ("ack", "00000001", "--as-of", "2026-04-01T11:00:00Z")
    assert offpath(*lagging).exit_code == 0
    assert offpath(*LATER).exit_code == 0
    assert [kind for kind, _ in told(httpserver)] == ["opened", "resolved", "opened"]


def test_an_answer_goes_once_to_a_channel_that_carries_answers_and_has_the_opening(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(WebhookChannel, "takes", lambda *_: True)
    build_warehouse(home, [an_exception(1, **PAGE), an_exception(2, **PAGE)])
    serve_all(home, httpserver)
    assert offpath(*ROUTE).exit_code == 0
    assert offpath("ack", "00000001", "--as-of", "build").exit_code == 0
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert told(httpserver)[2:] == [("acknowledged", "inventory")]
    assert received(httpserver)[-1]["title"].startswith("Acknowledged [high]")


@pytest.mark.parametrize("trouble", ["stale", "unfinished", "missing", "busy"])
def test_without_a_build_to_read_what_is_out_is_followed_up(
    home: Path, offpath: Offpath, httpserver: HTTPServer, trouble: str
) -> None:
    serve_all(home, httpserver)
    steps = [an_escalation(1, 1, "fulfilment", "2026-04-01 15:00:00")]
    path = build_warehouse(home, [an_exception(1, **PAGE)], steps)
    assert offpath(*ROUTE).exit_code == 0
    spoil(path, trouble)
    before = (home / "ledger.sqlite").read_bytes()
    dry = offpath(*LATER, "--max-age-hours", "3", "--dry-run", "--json")
    planned = json.loads(dry.stdout)
    assert (dry.exit_code, planned["is_dry_run"]) == (5, True)
    assert dry.stderr.splitlines()[-1] == f"Error: {planned['trouble']}"
    assert [(each["kind"], each["owner_role"]) for each in planned["messages"]] == [
        ("reminded", "inventory"),
        ("escalated", "fulfilment"),
    ]
    assert (len(received(httpserver)), (home / "ledger.sqlite").read_bytes()) == (
        1,
        before,
    )
    for _ in range(2):
        result = offpath(*LATER, "--max-age-hours", "3")
        assert result.exit_code == 5
        assert result.stdout.startswith("Followed up at 2026-04-01 16:00Z")
        assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert told(httpserver)[1:] == [
        ("reminded", "inventory"),
        ("escalated", "fulfilment"),
    ]


def test_without_a_build_a_dry_run_of_what_knows_of_nothing_says_so(
    home: Path, offpath: Offpath
) -> None:
    path = build_warehouse(home, [an_exception(1, **PAGE)])
    dry = offpath(*ROUTE, "--dry-run")
    assert (dry.exit_code, dry.stdout.partition(" at ")[0]) == (0, "Dry run")
    spoil(path, "unfinished")
    for arguments in ((), ("--baseline",)):
        dry = offpath(*LATER, "--dry-run", *arguments)
        assert (dry.exit_code, dry.stdout) == (5, "")
        assert dry.stderr.startswith("Error: the last build did not finish")
    assert not (home / "ledger.sqlite").exists()


def test_without_a_build_an_answer_ends_the_follow_up(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    path = build_warehouse(home, [an_exception(1, **PAGE), an_exception(2, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    spoil(path, "unfinished")
    assert offpath("ack", "00000001").exit_code == 0
    assert offpath("resolve", "00000002").exit_code == 0
    assert offpath(*LATER).exit_code == 5
    assert told(httpserver)[2:] == [("resolved", "inventory")]


def spoil(warehouse: Path, how: str) -> None:
    """Leave no build to read."""
    if how == "missing":
        warehouse.unlink()
    elif how == "unfinished":
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("delete from marts.dim_build")
    elif how == "busy":
        warehouse.write_text("no database")


def operate(home: Path, server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name an operator, and an address to ping when all is well."""
    load = route_command.load_channels

    def with_operator(*arguments: Path) -> object:
        heartbeat = server.url_for("/alive")
        return replace(load(*arguments), operator="operator", heartbeat=heartbeat)

    monkeypatch.setattr(route_command, "load_channels", with_operator)
    serve(home, server, "inventory", "operator")
    server.expect_request("/hook").respond_with_data(status=200)
    server.expect_request("/alive").respond_with_data(status=200)


def posts(server: HTTPServer) -> list[dict[str, str]]:
    return [request.get_json() for request, _ in server.log if request.method == "POST"]


def beats(server: HTTPServer) -> int:
    return sum(request.path == "/alive" for request, _ in server.log)


def test_the_operator_hears_once_that_builds_have_stopped_and_that_they_work_again(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    operate(home, httpserver, monkeypatch)
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    (tmp_path / "target").mkdir()
    results = [
        {"unique_id": "test.offpath.not_null_cases.ab12", "status": "fail"},
        {"unique_id": "model.offpath.fct_cases", "status": "success"},
    ]
    (tmp_path / "target" / "run_results.json").write_text(
        json.dumps({"results": results})
    )
    for number in range(2):
        path = build_warehouse(home, [], as_of=f"2026-04-01 12:0{number}:00")
        assert offpath(*ROUTE).exit_code == 0
        spoil(path, "unfinished")
        dry = offpath(*at("13:00:00"), "--dry-run")
        assert dry.exit_code == 5
        assert dry.stdout.startswith("Dry run at 2026-04-01 13:00Z")
        assert "Builds have stopped since 2026-04-01 12:0" in dry.stdout
        for _ in range(2):
            assert offpath(*at("13:00:00")).exit_code == 5
        assert "stopped" not in offpath(*at("13:00:00"), "--dry-run").stdout, "told"
    stopped, resumed, again = posts(httpserver)
    assert stopped["kind"] == again["kind"] == "builds_stopped"
    assert "the last build did not finish" in stopped["body"]
    assert "not_null_cases" in stopped["body"]
    assert "fct_cases" not in stopped["body"]
    assert "as of 2026-04-01 12:00Z" in stopped["body"]
    assert resumed["kind"] == "builds_resumed"
    assert beats(httpserver) == 2, "all was well twice"


def test_the_operator_hears_that_routing_had_stopped(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    operate(home, httpserver, monkeypatch)
    for day in ("01", "02", "05"):
        build_warehouse(home, [], as_of=f"2026-04-{day} 12:00:00")
        for arguments in (("--dry-run",), ()):
            result = offpath(*ROUTE, *arguments)
            assert result.exit_code == 0
            sentence = "no run of offpath route has ended since 2026-04-02 12:00Z"
            assert (sentence in result.stderr) == (day == "05")
    (gap,) = posts(httpserver)
    assert gap["title"] == "Routing had stopped since 2026-04-02 12:00Z"


def test_the_heart_does_not_beat_while_something_is_undelivered_or_held(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    httpserver.expect_oneshot_request("/hook").respond_with_data(status=503)
    operate(home, httpserver, monkeypatch)
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 1
    assert beats(httpserver) == 0
    assert offpath(*at("18:00:00")).exit_code == 0
    build_warehouse(home, [], cases=[], as_of="2026-04-01 19:00:00")
    assert offpath(*ROUTE).exit_code == 1
    assert beats(httpserver) == 1


def test_a_heartbeat_that_is_not_taken_is_a_warning_without_the_address(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    httpserver.expect_request("/alive").respond_with_data(status=500)
    operate(home, httpserver, monkeypatch)
    build_warehouse(home, [])
    result = offpath(*ROUTE)
    assert result.exit_code == 0
    assert result.stderr.endswith(
        "warning: the heartbeat was not taken: it answered 500\n"
    )
    assert "127.0.0.1" not in result.stderr


def test_a_heartbeat_that_nobody_hears_does_not_tell_its_address() -> None:
    said = ping("http://127.0.0.1:1/secret")
    assert said == "it gave no answer (ConnectionError)"


def test_a_heartbeat_that_drips_ends_at_its_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 50:
                    time.sleep(0.2)
                    try:
                        connection.sendall(bytes([byte]))
                    except OSError:
                        return

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        said = ping(f"http://127.0.0.1:{server.getsockname()[1]}/", deadline=1)
        assert said == "it gave no answer within 1 seconds"
        assert time.monotonic() - began < 5


def test_a_step_waits_for_who_is_on_duty(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    steps = [
        an_escalation(1, 1, "fulfilment", "2026-04-01 15:00:00"),
        an_escalation(1, 2, "operations_lead", "2026-04-01 23:00:00"),
    ]
    duties = [
        a_duty("fulfilment", "2026-04-01 06:00:00", "2026-04-01 15:30:00"),
        a_duty("operations_lead", "2026-04-01 18:00:00", "2026-04-02 18:00:00"),
    ]
    build_warehouse(home, [an_exception(1, **PAGE)], steps, duties=duties)
    assert offpath(*ROUTE).exit_code == 0
    assert offpath(*LATER).exit_code == 0
    assert told(httpserver)[1:] == [("reminded", "inventory")], "nobody is on duty"
    for clock in ("18:00:00", "23:00:00"):
        assert offpath(*at(clock)).exit_code == 0
    assert told(httpserver)[2:] == [("escalated", "operations_lead")]
    assert "fulfilment is off duty" in received(httpserver)[-1]["body"]


def test_a_baseline_is_told_in_numbers_and_announced_to_nobody(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    rows = [an_exception(number, **PAGE) for number in range(1, 6)]
    rows.append(an_exception(6))
    rows.append(an_exception(8, route_class="record"))
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 0
    serve_all(home, httpserver)
    result = offpath(*AGAIN, "--baseline", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["known"] == 7
    (numbers,) = received(httpserver)
    assert (numbers["kind"], numbers["owner_role"]) == ("baseline", "fulfilment")
    assert numbers["title"] == "Known of order_to_ship: 6 open exceptions"
    assert numbers["body"].splitlines()[2:] == [
        "By route: page 5, task 1",
        "6 Waits for stock longer than 2 business hours",
    ]

    assert offpath(*LATER).exit_code == 0
    assert len(received(httpserver)) == 1, "neither announced nor escalated"
    rows[5] = an_exception(6, **PAGE)
    rows[0] = an_exception(1, **PAGE, is_open=False)
    rows.append(an_exception(7, **PAGE))
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 0
    risen_and_new = [
        each["exceptions"][0]["subject_id"] for each in received(httpserver)[1:]
    ]
    assert sorted(risen_and_new) == ["O-6", "O-7"]
    rows[0] = an_exception(1, **PAGE)
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 0
    assert received(httpserver)[-1]["exceptions"][0]["subject_id"] == "O-1", (
        "it is back"
    )


@pytest.mark.parametrize("first", ["--begin-anew", "--baseline"])
def test_a_rule_that_leaves_trial_announces_only_what_is_new(
    home: Path, offpath: Offpath, httpserver: HTTPServer, first: str
) -> None:
    serve_all(home, httpserver)
    on_trial = {"route_class": "record", "route_reason": "the rule is on trial"}
    build_warehouse(home, [an_exception(1, **on_trial)], rules=[a_rule(stage="trial")])
    assert offpath(*AGAIN, first).exit_code == 0
    build_warehouse(home, [an_exception(1, **PAGE), an_exception(2, **PAGE)])
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert [each["exceptions"][0]["subject_id"] for each in received(httpserver)] == [
        "O-2"
    ]


def test_who_was_told_hears_that_it_counts_no_more_and_that_it_counts_again(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    steps = [an_escalation(1, 1, "fulfilment", "2026-04-01 15:00:00")]
    build_warehouse(home, [an_exception(1, **PAGE)], steps)
    assert offpath(*ROUTE).exit_code == 0
    assert offpath(*LATER).exit_code == 0
    why = "it does not count (exclusion: stock_take)"
    excluded = an_exception(1, route_class="record", route_reason=why)
    build_warehouse(home, [excluded], as_of="2026-04-01 17:00:00")
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert told(httpserver)[3:] == [
        ("resolved", "inventory"),
        ("resolved", "fulfilment"),
    ]
    assert f"Nothing more to do: {why}." in received(httpserver)[-1]["body"]
    assert ledger(
        home, "select decision, reason from decisions order by decision_number"
    )[-2:] == [
        ("resolved", f"recorded_only: {why}"),
        ("nothing", f"recorded_only: {why}"),
    ]

    build_warehouse(home, [an_exception(1, **PAGE)], as_of="2026-04-01 18:00:00")
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert told(httpserver)[5:] == [("opened", "inventory")]


def test_a_rule_that_goes_back_on_trial_and_returns_tells_who_was_told(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    on_trial = {"route_class": "record", "route_reason": "the rule is on trial"}
    for number, (row, stage) in enumerate(
        (
            (an_exception(1, **PAGE), "live"),
            (an_exception(1, **on_trial), "trial"),
            (an_exception(1, **PAGE), "live"),
        )
    ):
        as_of = f"2026-04-01 12:0{number}:00"
        build_warehouse(home, [row], rules=[a_rule(stage=stage)], as_of=as_of)
        for _ in range(2):
            assert offpath(*ROUTE).exit_code == 0
    assert [kind for kind, _ in told(httpserver)] == ["opened", "resolved", "opened"]


def test_what_swings_between_digest_and_record_tells_no_more_than_digests_do(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    record = {"route_class": "record", "route_reason": "it does not count (x)"}
    for day in ("01", "02", "03"):
        for hour in range(10, 18):
            row = an_exception(1, **({"route_class": "digest"} if hour % 2 else record))
            as_of = f"2026-04-{day} {hour}:00:00"
            build_warehouse(home, [row], roles=[a_role("inventory")], as_of=as_of)
            assert offpath(*ROUTE).exit_code == 0
    day_by_day = ["opened", "resolved", "opened", "resolved", "opened"]
    assert [kind for kind, _ in told(httpserver)] == day_by_day


def test_a_digest_says_why_nothing_more_is_to_do(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    rows = [an_exception(number, route_class="digest") for number in (1, 2)]
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 0
    record = {"route_class": "record", "route_reason": "the rule is on trial"}
    rows = [an_exception(number, **record) for number in (1, 2)]
    build_warehouse(home, rows, as_of="2026-04-02 12:00:00")
    assert offpath(*ROUTE).exit_code == 0
    body = received(httpserver)[-1]["body"]
    assert "case O-1, nothing more to do: the rule is on trial (00000001" in body
    assert "respond by" not in body


def test_what_was_before_the_beginning_is_recorded_only(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    before = {"route_class": "record", "route_reason": "it was detected before"}
    build_warehouse(home, [an_exception(1, **before), an_exception(2)])
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert len(received(httpserver)) == 1


@pytest.mark.parametrize(
    "command", [AGAIN, ("ack", "00000001"), ("resolve", "00000001")]
)
def test_a_lost_ledger_is_noticed(
    home: Path, offpath: Offpath, httpserver: HTTPServer, command: tuple[str, ...]
) -> None:
    serve_all(home, httpserver)
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    for file in home.glob("ledger.sqlite*"):
        file.rename(home / f"aside-{file.name}")
    result = offpath(*command)
    assert result.exit_code == 2
    for way in ("Restore it from a backup", "--baseline", "--begin-anew"):
        assert way in result.stderr
    assert not (home / "ledger.sqlite").exists()
    assert offpath(*AGAIN, "--dry-run").exit_code == 2

    assert offpath(*AGAIN, "--baseline").exit_code == 0
    assert [kind for kind, _ in told(httpserver)] == ["opened", "baseline"]
    assert offpath(*AGAIN).exit_code == 0
    shutil.copy(home / "aside-ledger.sqlite", home / "ledger.sqlite")


@pytest.mark.parametrize(
    ("choice", "kinds"),
    [("--baseline", ["baseline"]), ("--begin-anew", ["opened"] * 2)],
)
def test_a_home_that_has_told_nobody_anything_asks_how_to_begin(
    home: Path, offpath: Offpath, httpserver: HTTPServer, choice: str, kinds: list[str]
) -> None:
    serve_all(home, httpserver)
    rows = [
        an_exception(1, **PAGE),
        an_exception(2, **PAGE),
        an_exception(3, route_class="record"),
        an_exception(4, **PAGE, is_open=False),
    ]
    build_warehouse(home, rows)
    dry = offpath(*AGAIN, "--dry-run", "--json")
    assert (dry.exit_code, len(json.loads(dry.stdout)["messages"])) == (0, 2)
    for before in (None, "empty", "answered"):
        if before == "empty":
            (home / "ledger.sqlite").touch()
        if before == "answered":
            assert offpath("ack", "00000002", "--as-of", "build").exit_code == 0
        result = offpath(*AGAIN)
        assert (result.exit_code, result.stdout) == (2, "")
        assert len(result.stderr.splitlines()) == 1
        for words in ("--baseline", "--begin-anew", "all of it (open exceptions: 2)"):
            assert words in result.stderr
        assert (home / "ledger.sqlite").exists() == (before is not None)
    assert received(httpserver) == []

    for file in home.glob("ledger.sqlite*"):
        file.unlink()
    assert offpath(*AGAIN, choice).exit_code == 0
    assert offpath(*AGAIN).exit_code == 0
    assert [kind for kind, _ in told(httpserver)] == kinds


def test_a_home_that_has_told_nobody_anything_asks_without_marts_too(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    result = offpath(*AGAIN)
    assert result.exit_code == 2
    assert "offpath route --begin-anew` announces all of it\n" in result.stderr
    assert offpath(*ROUTE).exit_code == 5


def test_a_home_in_which_nothing_was_open_has_begun(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    build_warehouse(home, [])
    assert offpath(*AGAIN).exit_code == 2
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [an_exception(1, **PAGE)], as_of="2026-04-01 13:00:00")
    assert offpath(*AGAIN).exit_code == 0
    assert told(httpserver) == [("opened", "inventory")]


def test_a_beginning_that_was_killed_before_it_knew_anything_asks_again(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the run after a baseline that was killed would announce everything."""
    serve_all(home, httpserver)
    build_warehouse(home, [an_exception(1, **PAGE)])
    with monkeypatch.context() as patched:
        patched.setattr("offpath.routing.reconciler.make_plan", lambda *_, **__: 1 / 0)
        assert offpath(*AGAIN, "--baseline").exit_code == 70
    assert ledger(home, "select count(*) from runs") == [(1,)]
    assert offpath(*AGAIN).exit_code == 2
    assert offpath(*AGAIN, "--baseline").exit_code == 0
    assert offpath(*AGAIN).exit_code == 0
    assert [kind for kind, _ in told(httpserver)] == ["baseline"]


def test_a_home_without_channels_is_not_asked_how_to_begin(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1)])
    (home / "channels.yml").write_text("operator: operator\n")
    (home / "channels.yml").chmod(0o600)
    assert offpath(*AGAIN).exit_code == 0
    assert len(outbox(home)) == 1


def test_a_ledger_is_begun_anew_where_that_is_asked_for(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    for file in home.glob("ledger.sqlite*"):
        file.unlink()
    assert offpath(*ROUTE, "--begin-anew").exit_code == 0
    assert [kind for kind, _ in told(httpserver)] == ["opened", "opened"]


def change(home: Path, statement: str) -> None:
    """Change the ledger as a channel's answer would have."""
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        connection.execute(statement)
