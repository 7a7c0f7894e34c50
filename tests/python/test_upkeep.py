"""Keeping a home: backups, restores, pruning, copies, and disks that are full."""

import errno
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from building import rendered
from click.testing import Result
from conftest import SCRIPTS, an_exception, build_warehouse
from offpath.delivery import channels
from offpath.ledger import database
from pytest_httpserver import HTTPServer
from routed import (
    AGAIN,
    LATER,
    ROUTE,
    ledger,
    outbox,
    received,
    refuse_once,
    serve,
)

Offpath = Callable[..., Result]

CONFIGURATION = 2
BUSY = 4


def served(home: Path, server: HTTPServer) -> None:
    server.expect_request("/hook").respond_with_data(status=200)
    serve(home, server, "inventory")


def exported(home: Path, kind: str) -> int:
    path = home / "routing_log" / kind / "*.parquet"
    ((rows,),) = duckdb.sql(f"select count(*) from '{path}'").fetchall()
    return int(rows)


def test_what_is_told_after_a_restore_is_marked_and_what_was_known_is_kept(
    home: Path, offpath: Offpath, httpserver: HTTPServer, tmp_path: Path
) -> None:
    served(home, httpserver)
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    backup = tmp_path / "backups/ledger.sqlite"
    assert offpath("backup", str(backup)).exit_code == 0
    build_warehouse(home, [an_exception(1), an_exception(2)])
    assert offpath(*ROUTE).exit_code == 0
    assert offpath("ack", "00000002").exit_code == 0

    result = offpath("restore", str(backup))
    assert result.exit_code == 0, result.stderr
    assert offpath(*ROUTE).exit_code == 0
    told = [
        (each["exceptions"][0]["subject_id"], each["is_possible_duplicate"])
        for each in received(httpserver)
    ]
    assert told == [("O-1", False), ("O-2", False), ("O-2", True)]
    assert exported(home, "decisions") == 3
    (aside,) = (home / "routing_log").glob("aside-*")
    rows = duckdb.sql(f"select actor from '{aside}/actions/*.parquet'").fetchall()
    assert len(rows) == 1, "the answer that the backup lacks is not written over"
    (former,) = home.glob("ledger-before-*")
    with sqlite3.connect(former) as connection:
        assert connection.execute("select count(*) from actions").fetchone() == (1,)


@pytest.mark.parametrize("year", [2016, 2096])
def test_what_is_marked_after_a_restore_goes_by_the_clock_of_the_runs(
    home: Path, offpath: Offpath, httpserver: HTTPServer, tmp_path: Path, year: int
) -> None:
    """Also where it stands years before the one on the wall, or after it."""
    served(home, httpserver)
    rows: list[dict[str, object]] = []

    def route(at: str, *detected: str) -> list[tuple[str, bool]]:
        """Build with more exceptions, and return what is told and how it is marked."""
        before = len(received(httpserver))
        for each in detected:
            row = an_exception(
                len(rows) + 1,
                route_class="page",
                respond_by_at=None,
                detected_at=f"{year}-04-{each}:00:00",
            )
            rows.append(row)
        build_warehouse(home, rows, as_of=f"{year}-04-{at}:00:00")
        assert offpath(*ROUTE).exit_code == 0
        return [
            (each["exceptions"][0]["subject_id"], each["is_possible_duplicate"])
            for each in received(httpserver)[before:]
        ]

    assert route("01 12", "01 10") == [("O-1", False)]
    assert offpath("backup", str(tmp_path / "b")).exit_code == 0
    for _ in range(2):
        assert route("01 18", "01 17") == [(f"O-{len(rows)}", False)]
    for number in range(2):
        assert offpath("restore", str(tmp_path / "b")).exit_code == 0
        # What is followed up without marts says nothing of when that was.
        path = build_warehouse(home, rows)
        path.unlink()
        assert offpath(*ROUTE).exit_code == 5
        again = route("01 20", "01 19")
        assert again == [(f"O-{each}", True) for each in range(2, len(rows) + 1)]
        assert route("02 10", "02 09") == [(f"O-{len(rows)}", False)], "is new"
        assert route("02 19", "01 16") == [(f"O-{len(rows)}", True)], "came late"
        assert route("02 20", "01 16") == [(f"O-{len(rows)}", False)], "a day is over"
        if not number:
            del rows[3:]
            build_warehouse(home, rows)


def test_what_the_backup_had_not_delivered_goes_out_as_a_possible_duplicate(
    home: Path, offpath: Offpath, httpserver: HTTPServer, tmp_path: Path
) -> None:
    refuse_once(httpserver, "/hook")
    serve(home, httpserver, "inventory")
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 1
    for command in (("backup", str(tmp_path / "b")), ROUTE):
        assert offpath(*command).exit_code == 0
    assert offpath("restore", str(tmp_path / "b")).exit_code == 0
    assert offpath(*ROUTE).exit_code == 0
    marks = [each["is_possible_duplicate"] for each in received(httpserver)]
    assert marks == [False, False, True]


def test_a_copy_of_an_older_ledger_writes_over_no_newer_log(
    home: Path, offpath: Offpath, tmp_path: Path
) -> None:
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    assert offpath("backup", str(tmp_path / "copy")).exit_code == 0
    assert offpath("ack", "00000001", "--by", "ada").exit_code == 0
    for end in ("-wal", "-shm"):
        (home / f"ledger.sqlite{end}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "copy", home / "ledger.sqlite")
    result = offpath("ack", "00000001", "--by", "bob")
    assert "the routing log knew more than the ledger" in result.stderr
    (aside,) = (home / "routing_log").glob("aside-*")
    rows = f"select actor from '{aside}/actions/*.parquet'"
    assert duckdb.sql(rows).fetchall() == [("ada",)]
    assert exported(home, "actions") == 1
    assert offpath("ack", "00000001").stderr == "", "said once"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no ledger at "),
        (b"not a ledger " * 99, "is no whole ledger: file is not a database"),
        (b"", "is a ledger of version 0"),
    ],
)
def test_what_is_no_backup_takes_no_place(
    home: Path,
    offpath: Offpath,
    tmp_path: Path,
    content: bytes | None,
    sentence: str,
) -> None:
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    if content is not None:
        (tmp_path / "b").write_bytes(content)
    result = offpath("restore", str(tmp_path / "b"))
    assert result.exit_code == CONFIGURATION
    assert sentence in result.stderr
    assert ledger(home, "select count(*) from messages") == [(1,)]


def test_a_backup_takes_the_place_of_what_cannot_be_read(
    home: Path, offpath: Offpath, tmp_path: Path
) -> None:
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    assert offpath("backup", str(tmp_path / "b")).exit_code == 0
    (home / "ledger.sqlite").write_bytes(b"garbage " * 999)
    result = offpath("restore", str(tmp_path / "b"))
    assert result.exit_code == 0, result.stderr
    assert ledger(home, "select count(*) from messages") == [(1,)]
    (former,) = home.glob("ledger-before-*")
    assert former.read_bytes().startswith(b"garbage")


def test_a_backup_is_of_a_ledger(home: Path, offpath: Offpath, tmp_path: Path) -> None:
    assert "there is no ledger at" in offpath("backup", str(tmp_path / "b")).stderr
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    result = offpath("backup", str(home / "ledger.sqlite"))
    assert result.exit_code == CONFIGURATION
    assert "is no file to write a backup to" in result.stderr


def test_pruning_lets_go_of_what_is_over_and_tells_nobody_anything_again(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    over = {"is_open": False, "cleared_at": "2026-04-01 11:00:00"}
    classes = {1: "page", 2: "page", 3: "page", 4: "page", 5: "record"}
    rows = [an_exception(each, route_class=kind) for each, kind in classes.items()]
    served(home, httpserver)
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 0
    rows[0] |= over
    rows[4] |= over
    # What a person closed and the marts still hold open would be announced anew.
    assert offpath("resolve", "00000002", "--as-of", "build").exit_code == 0
    build_warehouse(home, rows)
    assert offpath(*LATER).exit_code == 0
    rows[2] |= {"is_open": False, "cleared_at": "2026-04-03 11:00:00"}
    build_warehouse(home, rows, as_of="2026-04-03 12:00:00")
    assert offpath(*ROUTE).exit_code == 0
    told = len(httpserver.log)

    result = offpath("prune", "--before", "2026-04-02")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("let go of 2 exceptions and 0 lines")
    left = "select distinct substr(exception_id, 8, 1) from decisions order by 1"
    assert ledger(home, left) == [("2",), ("3",), ("4",)]
    decided = ledger(home, "select count(*) from decisions")
    assert exported(home, "decisions") == decided[0][0]
    for _ in range(2):
        result = offpath(*ROUTE)
        assert (result.exit_code, result.stderr) == (0, "")
    assert len(httpserver.log) == told
    assert ledger(home, left) == [("2",), ("3",), ("4",)]

    rows[0] |= {"is_open": True, "cleared_at": None}
    build_warehouse(home, rows, as_of="2026-04-03 12:00:00")
    assert offpath(*ROUTE).exit_code == 0
    assert received(httpserver)[-1]["exceptions"][0]["subject_id"] == "O-1"


def test_what_nobody_has_heard_of_yet_is_not_pruned(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve(home, httpserver, "inventory")
    httpserver.expect_oneshot_request("/hook").respond_with_data(status=200)
    httpserver.expect_request("/hook").respond_with_data(status=503)
    page = an_exception(1, route_class="page")
    build_warehouse(home, [page])
    assert offpath(*ROUTE).exit_code == 0
    over = {"is_open": False, "cleared_at": "2026-04-01 11:00:00"}
    build_warehouse(home, [page | over])
    for _ in range(2):
        assert offpath(*ROUTE).exit_code == 1
    assert "let go of 0 exceptions" in offpath("prune", "--before", "2026-05-01").stdout


def test_pruning_leaves_what_is_about_no_exception(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1)])
    assert offpath(*AGAIN, "--baseline").exit_code == 0
    waiting = ledger(home, "select state, message_id from messages")
    assert [state for state, _ in waiting] == ["outbox"]
    assert offpath("prune", "--before", "2026-05-01").exit_code == 0
    assert ledger(home, "select state, message_id from messages") == waiting
    assert [each["id"] for each in outbox(home)] == [waiting[0][1]]


def test_pruning_shortens_the_outbox_but_for_what_waits(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1), an_exception(2)])
    assert offpath(*ROUTE).exit_code == 0
    strange = '{"note": "not ours"}\n'
    with (home / "outbox.jsonl").open("a") as file:
        file.write(strange)
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        connection.execute(
            "update messages set state = 'held' where message_number = 1"
        )
    first, second = outbox(home)[:2]
    assert " 1 lines" in offpath("prune", "--before", "2026-05-01").stdout
    assert [each.get("id") for each in outbox(home)] == [second["id"], None]
    assert first["id"] != second["id"]


def test_a_copy_of_a_home_sends_nothing_until_it_is_adopted(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    served(home, httpserver)
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    build_warehouse(copy, [an_exception(1), an_exception(2)])
    monkeypatch.setenv("OFFPATH_HOME", str(copy))
    result = offpath(*ROUTE)
    assert result.exit_code == CONFIGURATION
    assert f"this ledger sends from {home} and is at {copy} now" in result.stderr
    assert offpath(*ROUTE, "--dry-run").exit_code == 0
    assert len(httpserver.log) == 1
    assert offpath("adopt").exit_code == 0
    assert offpath(*ROUTE).exit_code == 0
    assert len(httpserver.log) == 2


def test_a_disk_that_is_full_for_a_moment_joins_no_lines(
    home: Path, offpath: Offpath, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [an_exception(number) for number in (1, 2, 3)]
    build_warehouse(home, rows)
    write = channels.write_whole
    writes: list[bytes] = []

    def half(file, line) -> None:
        writes.append(line)
        if len(writes) == 2:
            write(file, line[:70])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(file, line)

    monkeypatch.setattr(channels, "write_whole", half)
    result = offpath(*ROUTE)
    assert result.exit_code == 1
    assert "No space left on device" in result.stdout
    assert len(outbox(home)) == 2
    assert offpath(*ROUTE).exit_code == 0
    assert len({each["id"] for each in outbox(home)}) == len(rows)


def test_a_line_of_somebody_else_that_does_not_end_is_ended(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1)])
    (home / "outbox.jsonl").write_text('{"note": "no end"}')
    assert offpath(*ROUTE).exit_code == 0
    assert [next(iter(each)) for each in outbox(home)] == ["note", "id"]


def limited(home: Path, size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a disk that takes no file of more than so many bytes."""
    return subprocess.run(
        [sys.executable, "-m", "offpath", *arguments],
        env=os.environ | {"OFFPATH_HOME": str(home), "PYTHONPATH": str(SCRIPTS)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),  # noqa: PLW1509
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_full_disk_says_so(home: Path, offpath: Offpath) -> None:
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    for arguments in (("ack", "00000001"), LATER):
        done = limited(home, 100, *arguments)
        assert done.returncode == CONFIGURATION, done.stderr
        assert "another run" not in done.stderr
        assert "disk" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert offpath("ack", "00000001").exit_code == 0


def of_different_rules(count: int) -> list[dict[str, object]]:
    """Return exceptions of which each is a message."""
    return [
        an_exception(number, rule_id=f"rule_{number}") for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("room", [700, 2300, 4100])
def test_a_disk_that_fills_up_joins_and_loses_nothing_of_the_outbox(
    home: Path, offpath: Offpath, room: int
) -> None:
    # So that the outbox is what the disk has no more room for.
    strange = b'{"note": "not ours"}\n' * 50_000
    build_warehouse(home, of_different_rules(5))
    (home / "outbox.jsonl").write_bytes(strange)
    done = limited(home, len(strange) + room, *ROUTE)
    assert done.returncode == 1, done.stderr
    assert f"{home}/outbox.jsonl cannot be written: File too large" in done.stdout
    written = [json.loads(line)["id"] for line in outbox_lines(home, strange)]
    states = dict(ledger(home, "select state, count(*) from messages group by 1"))
    assert states.get("outbox", 0) == len(written) < states["failed"] + len(written)
    assert offpath(*ROUTE).exit_code == 0
    ids = [json.loads(line)["id"] for line in outbox_lines(home, strange)]
    assert ids[: len(written)] == written
    assert len(ids) == len(set(ids)) == 5


def outbox_lines(home: Path, strange: bytes) -> list[bytes]:
    content = (home / "outbox.jsonl").read_bytes()
    assert content.startswith(strange)
    return content[len(strange) :].splitlines()


@pytest.mark.parametrize("kilobytes", [5, 30, 60, 100, 150, 200])
def test_a_disk_that_fills_up_under_the_ledger_loses_and_doubles_nothing(
    home: Path, offpath: Offpath, kilobytes: int
) -> None:
    rows = of_different_rules(20)
    build_warehouse(home, rows[:2])
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, rows)
    done = limited(home, kilobytes * 1000, *ROUTE)
    assert done.returncode == CONFIGURATION, done.stdout
    (sentence,) = (each for each in done.stderr.splitlines() if "warning" not in each)
    assert sentence.startswith(f"Error: {home}/"), sentence
    assert sentence.endswith("; is the disk full or read-only?"), sentence
    for line in (home / "outbox.jsonl").read_bytes().splitlines():
        json.loads(line)
    assert offpath(*ROUTE).exit_code == 0
    ids = [each["id"] for each in outbox(home)]
    assert len(ids) == len(set(ids)) == len(rows)
    assert ledger(home, "select distinct state from messages") == [("outbox",)]


def test_a_set_that_the_disk_does_not_take_is_one_sentence(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1)])
    assert offpath("publish").exit_code == 0
    former = (home / "published/current").resolve()
    done = limited(home, 100, "publish")
    assert done.returncode == CONFIGURATION, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (home / "published/current").resolve() == former


@pytest.mark.parametrize("command", [["status"], ["why", "00000001"], ["--dry-run"]])
def test_a_home_that_cannot_be_written_can_be_asked(
    home: Path, offpath: Offpath, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    connect = database.connect

    def refuse(target: str) -> sqlite3.Connection:
        if target.startswith("file:"):
            error = sqlite3.OperationalError("unable to open database file")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise error
        return connect(target)

    monkeypatch.setattr(database, "connect", refuse)
    command = [*ROUTE, *command] if command[0].startswith("--") else command
    result = offpath(*command)
    assert result.exit_code == 0, result.stderr
    assert "1 outbox" in result.stdout or command[0] != "status"
    assert "decision opened" in result.stdout or command[0] != "why"


@pytest.mark.long
def test_a_home_of_any_name_closes_the_loop(
    tmp_path: Path, offpath: Offpath, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "it's [a] 50% {b} * über"
    monkeypatch.setenv("OFFPATH_HOME", str(home))
    build_warehouse(home, [an_exception(1)])
    for command in (ROUTE, ("ack", "00000001"), ("status",), ("publish",)):
        result = offpath(*command)
        assert result.exit_code == 0, result.stderr
    assert json.loads((home / "outbox.jsonl").read_text())["kind"] == "opened"
    sql = rendered(
        "{{ offpath.routing_log_files('messages', {'state': 'varchar'}) }}", home
    )
    assert duckdb.sql(sql).fetchall() == [("outbox",)]


@pytest.mark.parametrize("name", ["what?", "#1"])
def test_a_home_whose_name_is_read_as_something_else_is_refused(
    tmp_path: Path, offpath: Offpath, name: str
) -> None:
    result = offpath("status", "--home", str(tmp_path / name))
    assert result.exit_code == CONFIGURATION
    assert "has # or ? in its path" in result.stderr
