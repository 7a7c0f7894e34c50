"""Delivery: what reaches which channel, and what becomes of the rest."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import a_role, an_escalation, an_exception, build_warehouse
from pytest_httpserver import HTTPServer
from routed import LATER, ROUTE, ledger, outbox, received, refuse_once, serve

Offpath = Callable[..., Result]


def test_a_failed_message_is_tried_again_and_arrives_once(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1)])
    serve(home, httpserver, "inventory")
    refuse_once(httpserver, "/hook", status=500)

    failed = offpath(*ROUTE)
    assert failed.exit_code == 1
    assert "1 undelivered; the next run tries again" in failed.stderr
    assert offpath(*ROUTE).exit_code == 0
    assert offpath(*ROUTE).exit_code == 0

    answers = [response.status_code for _, response in httpserver.log]
    assert answers == [500, 200]
    assert len({message["id"] for message in received(httpserver)}) == 1
    assert ledger(home, "select state, attempts from messages") == [("sent", 2)]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (301, "failed"),
        (400, "refused"),
        (404, "refused"),
        (429, "failed"),
        (503, "failed"),
    ],
)
def test_only_a_2xx_answer_counts_as_delivered(
    home: Path, offpath: Offpath, httpserver: HTTPServer, status: int, state: str
) -> None:
    build_warehouse(home, [an_exception(1)])
    serve(home, httpserver, "inventory")
    httpserver.expect_request("/hook").respond_with_data(
        status=status, headers={"Location": httpserver.url_for("/elsewhere")}
    )
    assert offpath(*ROUTE).exit_code == 1
    assert ledger(home, "select state, error from messages") == [
        (state, f"answered {status}")
    ]


def test_what_clears_before_it_could_be_delivered_is_held(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1)])
    serve(home, httpserver, "inventory")
    httpserver.expect_request("/hook").respond_with_data(status=503)
    assert offpath(*ROUTE).exit_code == 1
    build_warehouse(home, [an_exception(1, is_open=False)])
    assert offpath(*ROUTE).exit_code == 0
    assert ledger(home, "select state from messages") == [("held",)]

    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 1, "open again, so it is announced after all"


def test_what_clears_before_its_digest_arrives_is_left_out_of_it(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    rows = [an_exception(number, route_class="digest") for number in (1, 2, 3)]
    build_warehouse(home, rows)
    serve(home, httpserver, "inventory")
    refuse_once(httpserver, "/hook")
    assert offpath(*ROUTE).exit_code == 1
    over = an_exception(2, route_class="digest", is_open=False)
    build_warehouse(home, [rows[0], over, rows[2]])
    planned = json.loads(offpath(*ROUTE, "--dry-run", "--json").stdout)["messages"]
    assert [each["state"] for each in planned] == ["would send"]
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert [
        [each["subject_id"] for each in message["exceptions"]]
        for message in received(httpserver)
    ] == [["O-1", "O-2", "O-3"], ["O-1", "O-3"]]
    assert ledger(home, "select state from messages order by rowid") == [
        ("held",),
        ("sent",),
    ]


def test_a_bundle_that_is_taken_apart_gives_its_attention_back(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    later = {"digest_at": "2026-04-01 18:00:00"}
    rows = [an_exception(number, priority=number, **later) for number in range(4)]
    roles = [a_role("inventory", len(rows))]
    build_warehouse(home, rows, roles=roles)
    serve(home, httpserver, "inventory")
    refuse_once(httpserver, "/hook")
    assert offpath(*ROUTE).exit_code == 1
    rows[0] = an_exception(0, priority=9, is_open=False, **later)
    build_warehouse(home, rows, roles=roles)
    assert offpath("route", "--as-of", "2026-04-01T12:10:00Z").exit_code == 0
    build_warehouse(home, [*rows, an_exception(4, **later)], roles=roles)
    assert offpath("route", "--as-of", "2026-04-01T12:20:00Z").exit_code == 0
    told = [
        [each["subject_id"] for each in message["exceptions"]]
        for message in received(httpserver)[1:]
    ]
    assert told == [["O-1"], ["O-2"], ["O-3"], ["O-4"]]


def test_what_one_channel_has_told_reaches_the_other_whole(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    rows = [an_exception(number, route_class="digest") for number in (1, 2)]
    build_warehouse(home, rows)
    two_channels(home, httpserver, "/a", "/b")
    httpserver.expect_request("/a").respond_with_data(status=200)
    refuse_once(httpserver, "/b")
    assert offpath(*ROUTE).exit_code == 1
    build_warehouse(home, [rows[0], an_exception(2, is_open=False)])
    assert offpath(*ROUTE).exit_code == 0
    told = [
        (request.path, [each["kind"] for each in request.get_json()["exceptions"]])
        for request, response in httpserver.log
        if response.status_code == 200  # noqa: PLR2004
    ]
    opened = ["opened", "opened"]
    assert sorted(told) == sorted(
        [(path, kinds) for path in ("/a", "/b") for kinds in (opened, ["resolved"])]
    )


def test_what_one_channel_has_told_is_over_for_both(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1)])
    two_channels(home, httpserver, "/a", "/b")
    httpserver.expect_request("/a").respond_with_data(status=200)
    refuse_once(httpserver, "/b")
    assert offpath(*ROUTE).exit_code == 1
    build_warehouse(home, [an_exception(1, is_open=False)])
    assert offpath(*ROUTE).exit_code == 0
    told = [(request.path, request.get_json()["kind"]) for request, _ in httpserver.log]
    assert sorted(told) == [
        *[("/a", "opened"), ("/a", "resolved")],
        *[("/b", "opened"), ("/b", "resolved")],
    ]


def test_who_is_on_it_is_left_out_of_a_digest_that_nobody_has_yet(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    rows = [an_exception(number, route_class="digest") for number in (1, 2)]
    build_warehouse(home, rows)
    serve(home, httpserver, "inventory")
    refuse_once(httpserver, "/hook")
    assert offpath(*ROUTE).exit_code == 1
    assert (
        offpath("ack", rows[0]["exception_id"][:12], "--as-of", "build").exit_code == 0
    )
    assert offpath(*ROUTE).exit_code == 0
    told = [each["subject_id"] for each in received(httpserver)[-1]["exceptions"]]
    assert told == ["O-2"]


def test_escalations_go_though_the_owner_cannot_be_told(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    rows = [an_exception(number, priority=number) for number in range(6)]
    steps = [
        an_escalation(number, 1, "fulfilment", "2026-04-01 15:00:00")
        for number in range(6)
    ]
    serve(home, httpserver, "inventory")
    httpserver.expect_request("/hook").respond_with_data(status=503)
    build_warehouse(home, rows, steps)
    assert offpath(*ROUTE).exit_code == 1
    rows[0] = an_exception(0, priority=20, is_open=False)
    build_warehouse(home, rows, steps)
    assert offpath(*LATER).exit_code == 1
    (escalated,) = outbox(home)
    assert [each["subject_id"] for each in escalated["exceptions"]] == [
        *("O-1", "O-2", "O-3", "O-4", "O-5")
    ]


def test_a_message_whose_channel_is_gone_takes_the_one_that_is_there(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1)])
    serve(home, httpserver, "inventory")
    httpserver.expect_request("/hook").respond_with_data(status=503)
    assert offpath(*ROUTE).exit_code == 1
    (home / "channels.yml").unlink()
    assert offpath(*ROUTE).exit_code == 0
    assert len(outbox(home)) == 1
    assert ledger(home, "select channel, state from messages") == [("outbox", "outbox")]


def test_without_a_channel_nothing_is_lost_and_one_warning_names_the_roles(
    home: Path, offpath: Offpath
) -> None:
    billing = an_exception(3, owner_role="billing")
    build_warehouse(home, [an_exception(1), an_exception(2), billing])
    result = offpath(*ROUTE)
    assert result.exit_code == 0
    assert len(outbox(home)) == len(("O-1", "O-2", "O-3"))
    assert result.stderr == (
        "warning: no channel serves billing, inventory;"
        " their messages go to the outbox\n"
    )


def two_channels(home: Path, server: HTTPServer, *paths: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    entries = [
        f"  - {{url: '{server.url_for(path)}', tag: inventory}}" for path in paths
    ]
    (home / "channels.yml").write_text("\n".join(["webhooks:", *entries, ""]))


def paths_asked(server: HTTPServer) -> list[str]:
    return [request.path for request, _ in server.log]


def test_of_two_channels_the_one_that_failed_gets_it_and_in_any_order_of_the_file(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1)])
    two_channels(home, httpserver, "/a", "/b")
    httpserver.expect_request("/a").respond_with_data(status=200)
    refuse_once(httpserver, "/b", status=500)
    assert offpath(*ROUTE).exit_code == 1
    two_channels(home, httpserver, "/b", "/a")
    assert offpath(*ROUTE).exit_code == 0
    assert offpath(*ROUTE).exit_code == 0
    assert sorted(paths_asked(httpserver)) == ["/a", "/b", "/b"]


def test_a_channel_that_is_taken_away_with_messages_on_it_is_named(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1)])
    two_channels(home, httpserver, "/b")
    httpserver.expect_request("/b").respond_with_data(status=500)
    httpserver.expect_request("/a").respond_with_data(status=200)
    assert offpath(*ROUTE).exit_code == 1
    two_channels(home, httpserver, "/a")
    result = offpath(*ROUTE)
    assert result.exit_code == 0
    assert "warning: inventory has no channel webhook-" in result.stderr
    assert paths_asked(httpserver) == ["/b", "/a"]


def test_a_channel_that_gives_no_answer_is_asked_once_a_run(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1), an_exception(2)])
    (home / "channels.yml").write_text(
        "webhooks:\n  - {url: 'http://127.0.0.1:1/', tag: inventory}\n"
    )
    result = offpath(*ROUTE)
    assert result.exit_code == 1
    assert "no answer (ConnectionError)" in result.stdout
    assert "not tried: it gave no answer in this run" in result.stdout
    assert ledger(home, "select state, attempts from messages order by 2") == [
        ("pending", 0),
        ("failed", 1),
    ]


def test_one_message_that_cannot_be_sent_does_not_stop_the_others(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1), an_exception(2, owner_role="billing")])
    serve(home, httpserver, "billing")
    httpserver.expect_request("/hook").respond_with_data(status=200)
    (home / "outbox.jsonl").mkdir()
    result = offpath(*ROUTE)
    assert result.exit_code == 1
    assert "outbox.jsonl cannot be written: Is a directory" in result.stdout
    assert [each["owner_role"] for each in received(httpserver)] == ["billing"]


def test_the_outbox_keeps_lines_that_are_none_of_its_own(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1)])
    strange = b"not json\n\n[1]\n\xff\n{}\n"
    (home / "outbox.jsonl").write_bytes(strange)
    assert offpath(*ROUTE).exit_code == 0
    written = (home / "outbox.jsonl").read_bytes()
    assert written.startswith(strange)
    assert json.loads(written[len(strange) :])["kind"] == "opened"
