"""Dead letters: what was refused for good is seen, tried again or given up."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import an_exception, build_warehouse
from offpath.errors import ConfigurationError, LeaseHeldError
from offpath.lock import only_one
from pytest_httpserver import HTTPServer
from routed import ROUTE, ledger, outbox, received, serve

Offpath = Callable[..., Result]


@pytest.fixture
def refused(home: Path, offpath: Offpath, httpserver: HTTPServer) -> str:
    """Leave a letter that was refused, and return the beginning of its id."""
    build_warehouse(home, [an_exception(1)])
    serve(home, httpserver, "inventory")
    httpserver.expect_oneshot_request("/hook").respond_with_data(status=403)
    httpserver.expect_request("/hook").respond_with_data(status=200)
    result = offpath(*ROUTE)
    assert result.exit_code == 1
    assert "1 undelivered; 1 refused, see `offpath letters list`" in result.stderr
    ((message_id,),) = ledger(home, "select message_id from messages")
    return str(message_id)[:8]


def test_a_refused_letter_is_not_tried_again_and_warned_of(
    offpath: Offpath, httpserver: HTTPServer, refused: str
) -> None:
    result = offpath(*ROUTE)
    assert result.exit_code == 0
    assert "1 refused before and not tried again" in result.stderr
    assert len(httpserver.log) == 1
    assert json.loads(offpath("status", "--json").stdout)["messages"] == {"refused": 1}
    assert "offpath letters list" in offpath("status").stdout


def test_letters_are_listed_with_the_reason(offpath: Offpath, refused: str) -> None:
    shown = offpath("letters", "list").stdout
    assert shown.startswith(refused)
    assert "(answered 403)" in shown
    (letter,) = json.loads(offpath("letters", "list", "--json").stdout)["letters"]
    assert (letter["state"], letter["attempts"]) == ("refused", 1)


@pytest.mark.parametrize("how", ["id", "--all"])
def test_a_letter_that_is_retried_goes_with_the_next_run(
    home: Path, offpath: Offpath, httpserver: HTTPServer, refused: str, how: str
) -> None:
    result = offpath("letters", "retry", refused if how == "id" else how)
    assert result.stdout == "1 to be tried again by the next run\n"
    assert offpath(*ROUTE).exit_code == 0
    assert len({message["id"] for message in received(httpserver)}) == 1
    assert ledger(home, "select state from messages") == [("sent",)]
    assert offpath("letters", "list").stdout == "no letters wait\n"


def test_a_letter_that_is_dropped_is_told_to_nobody(
    home: Path, offpath: Offpath, httpserver: HTTPServer, refused: str
) -> None:
    assert offpath("letters", "drop", refused).stdout == "1 dropped\n"
    result = offpath(*ROUTE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert ledger(home, "select state from messages") == [("dropped",)]
    build_warehouse(home, [an_exception(1, is_open=False)])
    assert offpath(*ROUTE).exit_code == 0
    assert len(httpserver.log) == 1


def test_what_is_over_is_no_letter_any_more(
    home: Path, offpath: Offpath, httpserver: HTTPServer, refused: str
) -> None:
    build_warehouse(home, [an_exception(1, is_open=False)])
    assert offpath(*ROUTE).exit_code == 0
    assert ledger(home, "select state from messages") == [("held",)]
    assert len(httpserver.log) == 1


def test_a_refused_letter_takes_another_channel_of_its_role(
    home: Path, offpath: Offpath, refused: str
) -> None:
    (home / "channels.yml").unlink()
    assert offpath(*ROUTE).exit_code == 0
    assert len(outbox(home)) == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "name a letter, or say --all"),
        (("123456", "--all"), "name a letter, or say --all"),
        (("12345",), "give at least 6 characters of the letter's id"),
        (("zzzzzz",), "no letter has an id that begins with zzzzzz"),
    ],
)
@pytest.mark.parametrize("command", ["retry", "drop"])
def test_what_is_meant_has_to_be_said(
    home: Path, offpath: Offpath, command: str, arguments: list[str], expected: str
) -> None:
    result = offpath("letters", command, *arguments)
    assert result.exit_code == ConfigurationError.exit_code
    assert expected in result.stderr


def test_letters_stay_as_they_are_while_a_run_routes(
    home: Path, offpath: Offpath, refused: str
) -> None:
    with only_one(home / "offpath.lock", "routing"):
        result = offpath("letters", "drop", "--all")
    assert result.exit_code == LeaseHeldError.exit_code
    assert ledger(home, "select state from messages") == [("refused",)]
