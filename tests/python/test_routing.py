"""Routing end to end: a real warehouse, a real ledger, real receivers on loopback."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import Result
from conftest import an_escalation, an_exception, build_warehouse
from offpath.ledger.ledger import Ledger
from offpath.ledger.routing_log import KINDS
from pytest_httpserver import HTTPServer
from routed import (
    LATER,
    ROUTE,
    ledger,
    outbox,
    received,
    refuse_once,
    serve,
    serve_all,
)

Offpath = Callable[..., Result]


def listing(home: Path) -> dict[str, int]:
    return {
        str(path.relative_to(home)): path.stat().st_mtime_ns for path in home.rglob("*")
    }


def test_each_exception_is_sent_once_and_a_rerun_sends_nothing(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1), an_exception(2, route_class="page")])
    serve(home, httpserver, "inventory")
    httpserver.expect_request("/hook").respond_with_data(status=204)

    assert offpath(*ROUTE).exit_code == 0
    assert offpath(*ROUTE).exit_code == 0

    assert sorted(
        message["exceptions"][0]["subject_id"] for message in received(httpserver)
    ) == ["O-1", "O-2"]
    for request, _ in httpserver.log:
        assert request.headers["Idempotency-Key"] == request.get_json()["id"]
        assert request.headers["webhook-id"] == request.get_json()["id"]


def test_a_case_runs_from_opening_to_resolution(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    steps = [an_escalation(1, 1, "fulfilment", "2026-04-01 15:00:00")]
    build_warehouse(home, [an_exception(1)], steps)
    assert offpath(*ROUTE).exit_code == 0
    assert offpath(*LATER).exit_code == 0
    cleared = an_exception(1, is_open=False, cleared_at="2026-04-01 17:00:00")
    build_warehouse(home, [cleared], steps, as_of="2026-04-01 18:00:00")
    assert offpath(*ROUTE).exit_code == 0
    assert offpath(*ROUTE).exit_code == 0

    assert [(line["kind"], line["owner_role"]) for line in received(httpserver)] == [
        ("opened", "inventory"),
        ("reminded", "inventory"),
        ("escalated", "fulfilment"),
        ("resolved", "inventory"),
        ("resolved", "fulfilment"),
    ]
    assert ledger(home, "select decision from decisions order by 1, rowid") == [
        ("nothing",),
        ("opened",),
        ("reminded+escalated",),
        ("resolved",),
    ]


def test_a_digest_bundles_what_opened_for_a_role_in_this_run(
    home: Path, offpath: Offpath
) -> None:
    rows = [an_exception(number, route_class="digest") for number in (1, 2, 3)]
    rows[2]["owner_role"] = "billing"
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [*rows, an_exception(4, route_class="digest")])
    assert offpath(*ROUTE).exit_code == 0

    assert [
        (line["owner_role"], [each["subject_id"] for each in line["exceptions"]])
        for line in outbox(home)
    ] == [
        ("inventory", ["O-1", "O-2"]),
        ("billing", ["O-3"]),
        ("inventory", ["O-4"]),
    ]
    assert ledger(home, "select count(distinct intent_id) from intents") == [(4,)]


def test_a_record_is_decided_about_but_sent_to_nobody(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(
        home,
        [an_exception(1, route_class="record", route_reason="the rule is on trial")],
    )
    assert offpath(*ROUTE).exit_code == 0
    assert not (home / "outbox.jsonl").exists()
    assert ledger(home, "select decision, reason from decisions") == [
        ("nothing", "recorded_only: the rule is on trial")
    ]


def test_a_dry_run_says_what_it_would_send_and_touches_nothing(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    build_warehouse(home, [an_exception(1)])
    before = listing(home)
    result = offpath(*ROUTE, "--dry-run", "--json")
    assert listing(home) == before
    told = json.loads(result.stdout)
    assert [message["state"] for message in told["messages"]] == ["would send"]

    assert offpath(*ROUTE).exit_code == 0
    before = listing(home)
    told = json.loads(offpath(*LATER, "--dry-run", "--json").stdout)
    assert listing(home) == before
    assert [message["kind"] for message in told["messages"]] == ["reminded"]


def test_a_decision_is_recorded_when_it_changes_and_only_then(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    build_warehouse(home, [an_exception(1)])
    for _ in range(4):
        assert offpath(*ROUTE).exit_code == 0
    assert ledger(
        home, "select decision, reason from decisions order by decision_number"
    ) == [
        ("opened", "task: the error budget is half spent"),
        ("nothing", "already_announced"),
    ]


def test_an_answer_stops_reminders_and_is_exported(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    build_warehouse(home, [an_exception(1), an_exception(2)])
    assert offpath(*ROUTE).exit_code == 0
    assert offpath("ack", "00000001", "--by", "ada", "--as-of", "build").exit_code == 0
    resolved = offpath(
        "resolve", "00000002", "--by", "bo", "--code", "noise", "--as-of", "build"
    )
    assert resolved.exit_code == 0
    assert offpath(*LATER).exit_code == 0
    assert offpath(*LATER).exit_code == 0
    assert [(line["kind"], line["title"][-3:]) for line in received(httpserver)] == [
        ("opened", "O-1"),
        ("opened", "O-2"),
        ("resolved", "O-2"),
    ]
    actions = home / "routing_log/actions/*.parquet"
    assert duckdb.sql(
        f"select action, actor, close_code, acted_at from '{actions}'"
    ).fetchall() == [
        ("acknowledged", "ada", None, _as_of()),
        ("resolved", "bo", "noise", _as_of()),
    ]


def test_the_history_is_exported_with_the_columns_that_dbt_reads(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1), an_exception(2, route_class="record")])
    assert offpath(*ROUTE).exit_code == 0
    messages = home / "routing_log/messages/*.parquet"
    relation = duckdb.sql(
        f"""
        select
            intent_id, exception_id, rule_id, journey, kind, step, owner_role, channel,
            state, reason, decided_at, delivered_at, attempts, is_possible_duplicate
        from '{messages}'
        """
    )
    assert [str(each) for each in relation.types] == [
        *["VARCHAR"] * 5,
        "INTEGER",
        *["VARCHAR"] * 4,
        "TIMESTAMP",
        "TIMESTAMP",
        "INTEGER",
        "BOOLEAN",
    ]
    ((_, exception_id, *_, delivered_at, attempts, is_duplicate),) = relation.fetchall()
    assert exception_id == an_exception(1)["exception_id"]
    assert (delivered_at, attempts, is_duplicate) == (_as_of(), 1, False)
    decisions = home / "routing_log/decisions/*.parquet"
    assert duckdb.sql(
        f"select decision, reason from '{decisions}' order by exception_id"
    ).fetchall() == [
        ("opened", "task: the error budget is half spent"),
        ("nothing", "recorded_only: the error budget is half spent"),
    ]


def test_what_a_killed_export_left_behind_is_swept(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1)])
    left_behind = home / "routing_log" / ".draft" / "messages"
    left_behind.mkdir(parents=True)
    assert offpath(*ROUTE).exit_code == 0
    assert sorted(path.name for path in (home / "routing_log").iterdir()) == [
        "actions",
        "decisions",
        "export.lock",
        "messages",
        "states",
    ]


def test_what_is_gone_from_newer_marts_is_over_and_from_older_ones_is_not(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [], as_of="2026-04-01 09:00:00")
    assert offpath(*ROUTE).exit_code == 0
    assert [line["kind"] for line in received(httpserver)] == ["opened"]
    build_warehouse(home, [], as_of="2026-04-01 13:00:00")
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    opened, resolved = received(httpserver)
    assert resolved["kind"] == "resolved"
    assert resolved["exceptions"][0]["reason"] == "no_longer_in_the_marts"
    assert (
        resolved["exceptions"][0]["evidence"] == (opened["exceptions"][0]["evidence"])
    )


def test_of_a_digest_each_member_that_is_gone_is_over(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    rows = [an_exception(number, route_class="digest") for number in (1, 2, 3)]
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, rows[:1], as_of="2026-04-01 13:00:00")
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    _, over = received(httpserver)
    assert sorted(
        (each["subject_id"], each["kind"], each["reason"])
        for each in over["exceptions"]
    ) == [
        ("O-2", "resolved", "no_longer_in_the_marts"),
        ("O-3", "resolved", "no_longer_in_the_marts"),
    ]


def test_what_becomes_a_page_is_told_as_one(home: Path, offpath: Offpath) -> None:
    build_warehouse(home, [an_exception(1, route_class="digest")])
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [an_exception(1, route_class="page")])
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 0
    assert [(line["kind"], line["title"][:11]) for line in outbox(home)] == [
        ("opened", "New [high] "),
        ("raised", "More urgent"),
    ]


def test_a_dry_run_gives_the_reason_of_each_message_and_the_warnings_of_a_real_one(
    home: Path, offpath: Offpath
) -> None:
    digest = {"route_class": "digest", "route_reason": "the budget is healthy"}
    build_warehouse(
        home, [an_exception(1), an_exception(2, **digest), an_exception(3, **digest)]
    )
    result = offpath(*ROUTE, "--dry-run")
    assert "    task: the error budget is half spent\n" in result.stdout
    assert (
        "    awaiting_inventory_too_long of O-3: digest: the budget is healthy\n"
        in result.stdout
    )
    assert result.stderr == (
        "warning: no channel serves inventory; their messages go to the outbox\n"
    )


def test_an_answer_stands_though_its_export_fails(home: Path, offpath: Offpath) -> None:
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    export = home / "routing_log"
    shutil.rmtree(export)
    export.write_text("in the way")
    result = offpath("ack", "00000001", "--by", "ada")
    assert result.exit_code == 0
    assert "routing_log is not up to date" in result.stderr
    assert ledger(home, "select actor from actions") == [("ada",)]


# A row of each table that the routing log is made of, with a number.
ROWS_OF_THE_LEDGER = {
    "messages": "insert into messages"
    " ({number}, message_id, channel, owner_role, payload, priority, state)"
    " values (:number, :number, 'c', 'o', '{{}}', 1, 'pending')",
    "decisions": "insert into decisions"
    " ({number}, exception_id, decided_at, decision, reason)"
    " values (:number, 'e', '', '', '')",
    "actions": "insert into actions ({number}, action, exception_id, actor, acted_at)"
    " values (:number, 'resolved', 'e', 'a', '')",
}


def _as_of() -> object:
    return duckdb.sql("select timestamp '2026-04-01 12:00:00'").fetchall()[0][0]


def parts(home: Path) -> dict[str, int]:
    """Return the exported files and when each was written."""
    return {
        str(path.relative_to(home / "routing_log")): path.stat().st_mtime_ns
        for path in (home / "routing_log").rglob("*.parquet")
    }


def test_only_what_changed_is_exported_anew(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    """Decisions come in parts of 10,000, of which the last alone grows."""
    serve_all(home, httpserver)
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        connection.execute(
            "insert into decisions (exception_id, decided_at, decision, reason)"
            " with recursive numbers (n) as"
            " (select 1 union all select n + 1 from numbers where n < 20000)"
            " select 'x' || n, '2026-04-01T10:00:00Z', 'nothing', 'r' from numbers"
        )
    assert offpath("ack", "00000001").exit_code == 0
    before = parts(home)
    assert {each for each in before if each.startswith("decisions")} == {
        f"decisions/00000{number}.parquet" for number in range(3)
    }
    assert offpath(*ROUTE).exit_code == 0
    after = parts(home)
    changed = {name for name in after if before.get(name) != after[name]}
    assert changed == {"decisions/000002.parquet"}
    assert offpath(*ROUTE).exit_code == 0
    assert parts(home) == after
    files = home / "routing_log/decisions/*.parquet"
    query = f"select count(distinct decision_number) from '{files}'"
    assert duckdb.sql(query).fetchall() == ledger(
        home, "select count(*) from decisions"
    )


def test_a_part_that_is_gone_or_was_never_finished_is_written(
    home: Path, offpath: Offpath, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    (home / "routing_log/messages/000000.parquet").unlink()
    with monkeypatch.context() as patched:
        patched.setattr("offpath.ledger.routing_log._write", lambda *_: 1 / 0)
        assert offpath("ack", "00000001").exit_code == 70
    assert offpath(*ROUTE).exit_code == 0
    for kind in ("messages", "actions"):
        file = home / "routing_log" / kind / "000000.parquet"
        assert duckdb.sql(f"select count(*) from '{file}'").fetchall() == [(1,)]


def test_a_message_that_fares_anew_is_exported_anew(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1)])
    serve(home, httpserver, "inventory")
    refuse_once(httpserver, "/hook")
    states = []
    for code in (1, 0):
        assert offpath(*ROUTE).exit_code == code
        files = home / "routing_log/messages/*.parquet"
        states += duckdb.sql(f"select state, attempts from '{files}'").fetchall()
    assert states == [("failed", 1), ("sent", 2)]


def test_a_file_of_the_log_is_written_anew_where_a_row_of_it_changed(
    tmp_path: Path,
) -> None:
    """Also that of the message which an intent was taken from."""
    with Ledger.writing(tmp_path / "ledger.sqlite") as ledger:
        sizes = {
            kind: (*each.number, each.part_size)
            for kind, each in KINDS.items()
            if each.number is not None
        }
        for kind, (table, number, size) in sizes.items():
            add = ROWS_OF_THE_LEDGER[table].format(number=number)
            for first in (size, 5 * size - 1, 7 * size):
                ledger.rows(add, {"number": first})
                assert changed(ledger) == {(kind, first // size)}, kind
            ledger.rows(f"delete from {table} where {number} = 5 * {size} - 1")  # noqa: S608
            assert changed(ledger) == {(kind, 4)}, kind
        ledger.rows("update messages set state = 'sent' where message_number = 7000")
        assert changed(ledger) == {("messages", 7)}
        for message in (1000, 7000):
            ledger.rows(
                "insert or replace into intents values"
                " ('i', ?, 'e', 'r', 'j', 'opened', 0, 0, 'o', 'task', '', '', 0)",
                [str(message)],
            )
        assert changed(ledger) == {("messages", 1)}


def changed(ledger: Ledger) -> set[tuple[str, int]]:
    """Return the parts that an export would write, as if it had."""
    with ledger.changed_parts() as found:
        return found
