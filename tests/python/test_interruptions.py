"""Killed runs and runs at once: nothing is lost, nothing takes effect twice."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from conftest import SCRIPTS, an_exception, build_warehouse
from offpath.ledger import lease
from pytest_httpserver import HTTPServer
from routed import LATER, ROUTE, ledger, outbox, received, serve, serve_all
from werkzeug import Request, Response

Offpath = Callable[..., Result]
Start = Callable[..., subprocess.Popen[str]]


def test_a_run_killed_between_sending_and_recording_is_healed_by_the_next(
    home: Path, offpath: Offpath, start: Start, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(number) for number in (1, 2, 3)])
    serve(home, httpserver, "inventory")
    begun = threading.Event()
    child: list[subprocess.Popen[str]] = []

    def take_and_kill(_: Request) -> Response:
        """Accept the second message, then kill its sender before it can know."""
        if len(httpserver.log) == 1:
            begun.wait(60)
            os.kill(child[0].pid, signal.SIGKILL)
            child[0].wait(60)
        return Response(status=200)

    httpserver.expect_request("/hook").respond_with_handler(take_and_kill)
    child.append(start(*ROUTE))
    begun.set()
    child[0].communicate(timeout=120)
    assert child[0].returncode == -signal.SIGKILL
    assert ledger(home, "select state, count(*) from messages group by 1") == [
        ("pending", 1),
        ("sending", 1),
        ("sent", 1),
    ]

    assert offpath(*ROUTE).exit_code == 0
    ids = [message["id"] for message in received(httpserver)]
    assert len(ids) == len((1, 2, 2, 3)), "one was sent again"
    assert len(set(ids)) == len((1, 2, 3)), "under its id, so it takes effect once"
    assert ledger(home, "select distinct state from messages") == [("sent",)]
    assert offpath(*ROUTE).exit_code == 0
    assert len(httpserver.log) == len(ids)


# Runs the command line and kills itself at the given statement on the ledger.
MORTAL = """
import functools, os, signal, sqlite3, sys
from offpath import cli

left = int(sys.argv[1])

def mortal(name):
    whole = getattr(sqlite3.Connection, name)

    def part(self, *arguments):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(self, *arguments)

    return part

methods = ("execute", "executemany", "executescript")
Mortal = type("Mortal", (sqlite3.Connection,), {name: mortal(name) for name in methods})
connect = sqlite3.connect
sqlite3.connect = functools.partial(connect, factory=Mortal)
try:
    cli.main(sys.argv[2:])
finally:
    print(int(sys.argv[1]) - left, file=sys.stderr)
"""
EVERY = 6


def test_a_run_killed_at_any_statement_is_healed_by_the_next(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook").respond_with_data(status=200)
    digest = {"route_class": "digest", "owner_role": "billing"}
    rows = [an_exception(1), an_exception(2, **digest), an_exception(3)]

    def mortal_run(statement: int) -> subprocess.CompletedProcess[str]:
        shutil.rmtree(home, ignore_errors=True)
        httpserver.clear_log()
        build_warehouse(home, rows)
        serve(home, httpserver, "inventory")
        return subprocess.run(
            [sys.executable, "-c", MORTAL, str(statement), *ROUTE],
            env=os.environ | {"OFFPATH_HOME": str(home), "PYTHONPATH": str(SCRIPTS)},
            capture_output=True,
            text=True,
            check=False,
        )

    whole = mortal_run(10**6)
    statements = int(whole.stderr.splitlines()[-1])
    assert statements > 5 * EVERY
    sent = {message["id"] for message in received(httpserver)}
    boxed = [line["id"] for line in outbox(home)]
    for statement in range(1, statements, EVERY):
        assert mortal_run(statement).returncode == -signal.SIGKILL
        assert offpath("status").exit_code == 0
        assert offpath(*ROUTE).exit_code == 0
        ids = [message["id"] for message in received(httpserver)]
        assert set(ids) == sent, statement
        assert len(ids) <= len(sent) + 1, statement
        assert [line["id"] for line in outbox(home)] == boxed, statement


def test_apprise_marks_what_a_killed_run_may_have_sent_before(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1)])
    httpserver.expect_request("/chat").respond_with_data("ok")
    url = httpserver.url_for("/chat").replace("http://", "json://")
    (home / "channels.yml").write_text(f"urls:\n  - {url}:\n      - tag: inventory\n")
    assert offpath(*ROUTE).exit_code == 0
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        connection.execute("update messages set state = 'sending'")
    assert offpath(*ROUTE).exit_code == 0

    first, second = (message["title"] for message in received(httpserver))
    assert second == f"[possible duplicate] {first}"
    assert ledger(home, "select state, is_possible_duplicate from messages") == [
        ("sent", 1)
    ]


def test_the_outbox_takes_an_id_once_and_mends_a_torn_line(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1), an_exception(2)])
    assert offpath(*ROUTE).exit_code == 0
    first, second = (home / "outbox.jsonl").read_bytes().splitlines(keepends=True)
    (home / "outbox.jsonl").write_bytes(first + second[:40])
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        connection.execute("update messages set state = 'sending'")
    assert offpath(*ROUTE).exit_code == 0
    assert (home / "outbox.jsonl").read_bytes() == first + second


def test_of_two_runs_at_once_one_sends_and_the_other_says_so(
    home: Path, start: Start, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1), an_exception(2)])
    serve(home, httpserver, "inventory")
    is_sending, may_go_on = threading.Event(), threading.Event()

    def hold(_: Request) -> Response:
        is_sending.set()
        may_go_on.wait(60)
        return Response(status=200)

    httpserver.expect_request("/hook").respond_with_handler(hold)
    first = start(*ROUTE)
    assert is_sending.wait(60)
    second = start(*ROUTE)
    _, complaint = second.communicate(timeout=60)
    may_go_on.set()
    first.communicate(timeout=60)

    assert second.returncode == 4
    assert f"another run is at work on {home} (process {first.pid} on " in complaint
    assert f"{socket.gethostname()}, routing since 2" in complaint
    assert "waits until it ends; try again then" in complaint
    assert len(complaint.splitlines()) == 1
    assert not (home / "offpath.lock-holder").exists()
    assert first.returncode == 0
    ids = [message["id"] for message in received(httpserver)]
    assert len(ids) == len(set(ids)) == len(("O-1", "O-2"))


def test_a_lease_of_another_machine_holds_until_it_runs_out(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE, "--as-of", "2026-04-01T10:00:00Z").exit_code == 0
    hour = 3600
    for expires_at, exit_code in ((time.time() + hour, 4), (time.time() - hour, 0)):
        with sqlite3.connect(home / "ledger.sqlite") as connection:
            connection.execute(
                "insert or replace into lease values (1, 'elsewhere', 'other', ?)",
                [expires_at],
            )
        result = offpath(*LATER)
        assert result.exit_code == exit_code
        if exit_code:
            end = datetime.fromtimestamp(expires_at, UTC)
            said = f"a run on elsewhere holds the lease until {end:%Y-%m-%d %H:%M:%SZ}"
            assert said in result.stderr
    told = [message["kind"] for message in received(httpserver)]
    assert told == ["opened", "reminded"]


def test_a_run_whose_lease_another_machine_took_sends_no_more(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # So that it is to be put off at once, as after half of its time.
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.0)
    build_warehouse(home, [an_exception(1), an_exception(2)])
    serve(home, httpserver, "inventory")

    def take(_: Request) -> Response:
        with sqlite3.connect(home / "ledger.sqlite") as connection:
            connection.execute("update lease set host = 'elsewhere', owner = 'other'")
        return Response(status=200)

    httpserver.expect_request("/hook").respond_with_handler(take)
    result = offpath(*ROUTE)
    assert result.exit_code == 4
    assert "another run took it; sending stopped" in result.stderr
    assert len(received(httpserver)) == 1
    assert ledger(home, "select host from lease") == [("elsewhere",)]
