"""A ledger of an older version is upgraded in place, and read without a change."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import an_exception, build_warehouse
from offpath.ledger.database import VERSION
from pytest_httpserver import HTTPServer
from routed import ROUTE, ledger, received, serve

Offpath = Callable[..., Result]
FIRST_VERSION = Path(__file__).with_name("ledger_1.txt").read_text(encoding="utf-8")


@pytest.fixture
def upgraded_home(home: Path, offpath: Offpath, httpserver: HTTPServer) -> Path:
    """Two exceptions told, one of them acknowledged; then all as version 1 had it."""
    build_warehouse(home, [an_exception(1), an_exception(2)])
    serve(home, httpserver, "inventory")
    httpserver.expect_request("/hook").respond_with_data(status=200)
    assert offpath(*ROUTE).exit_code == 0
    assert offpath("ack", "00000001", "--as-of", "build").exit_code == 0
    path = home / "ledger.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("pragma journal_mode = delete")
        script = [FIRST_VERSION, "pragma user_version = 1;"]
        tables = ("intents", "messages", "decisions", "actions")
        with sqlite3.connect(":memory:") as former:
            former.executescript(FIRST_VERSION)
            columns = {
                table: ", ".join(
                    row[1] for row in former.execute(f"pragma table_info({table})")
                )
                for table in tables
            }
        rows = {
            table: connection.execute(
                f"select {names} from {table} order by rowid"
            ).fetchall()
            for table, names in columns.items()
        }
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.executescript("".join(script))
        for table, names in columns.items():
            marks = ", ".join("?" for _ in names.split(", "))
            connection.executemany(
                f"insert into {table} ({names}) values ({marks})", rows[table]
            )
    return home


def test_a_ledger_of_the_first_version_goes_on_where_it_was(
    upgraded_home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    before = ledger(upgraded_home, "select message_id, state from messages")
    assert offpath(*ROUTE).exit_code == 0
    assert len(received(httpserver)) == len(before) == 2
    assert ledger(upgraded_home, "pragma user_version") == [(VERSION,)]
    assert ledger(upgraded_home, "select message_id, state from messages") == before
    assert ledger(upgraded_home, "select action, spell from actions") == [
        ("acknowledged", 0)
    ]
    assert not ledger(
        upgraded_home, "select name from sqlite_master where name like 'former%'"
    )


def test_a_ledger_of_the_second_version_goes_on_where_it_was(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1), an_exception(2)])
    serve(home, httpserver, "inventory")
    httpserver.expect_request("/hook").respond_with_data(status=200)
    assert offpath(*ROUTE).exit_code == 0
    defined = "select type, name from sqlite_master order by type, name"
    whole = ledger(home, defined)
    before = ledger(home, "select message_id, state from messages")
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        connection.execute("alter table intents drop column may_be_told")
        connection.execute("pragma user_version = 2")
    assert offpath("ack", "00000001", "--as-of", "build").exit_code == 0
    assert offpath(*ROUTE).exit_code == 0
    assert ledger(home, "pragma user_version") == [(VERSION,)]
    assert ledger(home, defined) == whole, "with its triggers and indexes"
    assert ledger(home, "select message_id, state from messages") == before
    assert len(received(httpserver)) == len(before)
    assert ledger(home, "select distinct may_be_told from intents") == [(0,)]


def test_reading_a_ledger_of_the_first_version_leaves_it_as_it_is(
    upgraded_home: Path, offpath: Offpath
) -> None:
    before = (upgraded_home / "ledger.sqlite").read_bytes()
    status = offpath("status", "--as-of", "build")
    assert status.exit_code == 0
    assert "[acknowledged]" in status.stdout
    assert (upgraded_home / "ledger.sqlite").read_bytes() == before
