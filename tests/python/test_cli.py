"""The command line: help, exit codes, one sentence for each thing that is wrong."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import Result
from conftest import (
    a_budget,
    a_burn_rate,
    an_attribution,
    an_exception,
    build_warehouse,
)
from offpath.cli import COMMANDS, main
from offpath.errors import SOFTWARE_EXIT_CODE
from offpath.warehouse.report import load_report, render
from pytest_httpserver import HTTPServer
from rich.console import Console
from routed import LATER, ROUTE, received, serve, serve_all

Offpath = Callable[..., Result]
Start = Callable[..., subprocess.Popen[str]]

MART_ERROR = 5
USAGE_ERROR = 2
WIDTH = 100
UNKNOWN_ID = (
    "no exception has an id that begins with ffffffff;"
    " `offpath status` lists those that are open"
)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself_with_examples(
    name: str, offpath: Offpath
) -> None:
    result = offpath(name, "--help")
    assert result.exit_code == 0
    examples = result.stdout.partition("Examples:\n")[2].partition("\n\n")[0]
    assert examples
    assert all(
        line.lstrip().startswith((f"offpath {name}", "duckdb "))
        for line in examples.splitlines()
    )
    command = main.get_command(click.Context(main), name)
    assert command is not None
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.name} has no help"
            assert option.show_default, f"{name} {option.name} hides its default"


def test_a_run_begins_in_one_way(home: Path, offpath: Offpath) -> None:
    build_warehouse(home, [an_exception(1)])
    result = offpath("route", "--baseline", "--begin-anew")
    assert result.exit_code == USAGE_ERROR
    assert "say one of them" in result.stderr
    assert not (home / "ledger.sqlite").exists()


@pytest.mark.parametrize("arguments", [["route"], ["report"], ["publish"], ["status"]])
def test_a_missing_warehouse_is_one_sentence(
    arguments: list[str], offpath: Offpath
) -> None:
    result = offpath(*arguments)
    assert result.exit_code == MART_ERROR
    assert result.stdout == ""
    assert result.stderr.startswith("Error: there is no warehouse at ")
    assert len(result.stderr.splitlines()) == 1


def test_a_warehouse_without_marts_is_one_sentence(
    home: Path, offpath: Offpath
) -> None:
    home.mkdir()
    duckdb.connect(str(home / "warehouse.duckdb")).close()
    result = offpath("route")
    assert result.exit_code == MART_ERROR
    assert "has the table fct_exceptions nowhere; build it first" in result.stderr


def test_a_file_that_is_no_warehouse_is_one_sentence(
    home: Path, offpath: Offpath
) -> None:
    home.mkdir()
    (home / "warehouse.duckdb").write_text("not a database " * 1000)
    result = offpath("route")
    assert result.exit_code == MART_ERROR
    assert "warehouse.duckdb is not a readable warehouse: " in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_mart_that_lacks_a_column_is_one_sentence(
    home: Path, offpath: Offpath
) -> None:
    path = build_warehouse(home, [])
    with duckdb.connect(str(path)) as connection:
        connection.execute("alter table marts.fct_exceptions drop column evidence")
    result = offpath("route")
    assert result.exit_code == MART_ERROR
    assert 'Referenced column "evidence" not found' in result.stderr


def test_a_mart_of_another_version_is_refused(home: Path, offpath: Offpath) -> None:
    build_warehouse(home, [], contract_version=1)
    result = offpath("route", "--as-of", "build")
    assert result.exit_code == MART_ERROR
    assert "the marts have contract version 1" in result.stderr


def test_a_build_that_did_not_finish_is_refused(home: Path, offpath: Offpath) -> None:
    path = build_warehouse(home, [an_exception(1)])
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from marts.dim_build")
    for command in ("route", "publish", "report"):
        result = offpath(command)
        assert result.exit_code == MART_ERROR
        assert "the last build did not finish" in result.stderr


def test_a_clock_before_the_build_is_warned_of(home: Path, offpath: Offpath) -> None:
    build_warehouse(home, [an_exception(1)])
    result = offpath("route", "--dry-run", "--as-of", "2026-04-01T11:59:59Z")
    assert "warning: the clock stands before the instant" in result.stderr


def test_a_ledger_that_a_killed_run_left_empty_is_begun_anew(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1)])
    (home / "ledger.sqlite").touch()
    assert offpath("status").exit_code == 0
    assert offpath("route", "--as-of", "build").exit_code == 0


def test_what_nobody_foresaw_keeps_its_traceback_and_a_code_of_its_own(
    home: Path, offpath: Offpath, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_warehouse(home, [an_exception(1)])
    monkeypatch.setattr("offpath.commands.report.load_report", lambda _: 1 / 0)
    result = offpath("report")
    assert result.exit_code == SOFTWARE_EXIT_CODE
    assert "ZeroDivisionError" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["route", "--max-age-hours", "nan"],
        ["route", "--as-of", "0001-01-01T00:00+14:00"],
        ["route", "--as-of", "0001-01-01"],
        ["status", "--as-of", "9999-12-31"],
        ["ack", "00000001", "--by", " "],
        ["ack", "00000001", "--note", "\udcff"],
    ],
)
def test_an_impossible_option_is_refused(
    home: Path, offpath: Offpath, arguments: list[str]
) -> None:
    build_warehouse(home, [an_exception(1)])
    assert offpath(*arguments).exit_code == USAGE_ERROR


def test_a_reader_that_has_seen_enough_changes_no_exit_code(
    home: Path, start: Start
) -> None:
    build_warehouse(home, [an_exception(1)])
    process = start("route", "--as-of", "build")
    assert process.stdout is not None
    process.stdout.close()
    process.wait(60)
    assert process.returncode == 0


def test_a_stale_mart_is_refused(home: Path, offpath: Offpath) -> None:
    build_warehouse(home, [an_exception(1)])
    at_the_limit = ("route", "--as-of", "2026-04-02T14:00:00Z")
    beyond = ("route", "--as-of", "2026-04-02T14:00:01Z")
    result = offpath(*beyond)
    assert result.exit_code == MART_ERROR
    assert "26.0 hours old, and at most 26 are allowed" in result.stderr
    assert not (home / "ledger.sqlite").exists()
    assert offpath(*beyond, "--max-age-hours", "27").exit_code == 0
    assert offpath(*at_the_limit).exit_code == 0


def build_begun(path: Path) -> subprocess.Popen[str]:
    """Start a process that holds the warehouse until its input ends."""
    program = (
        "import duckdb, sys; connection = duckdb.connect(sys.argv[1]);"
        "print('holds', flush=True); sys.stdin.read()"
    )
    builder = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert builder.stdout is not None
    assert builder.stdout.readline() == "holds\n"
    return builder


def test_a_build_that_ends_soon_is_waited_for(
    home: Path, offpath: Offpath, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = build_begun(build_warehouse(home, [an_exception(1)]))
    monkeypatch.setattr(
        "offpath.warehouse.marts.time.sleep", lambda _: builder.communicate()
    )
    assert offpath("status").exit_code == 0


def test_an_answer_waits_for_no_build(
    home: Path, offpath: Offpath, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build_warehouse(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    builder = build_begun(path)
    with monkeypatch.context() as patch:
        patch.setattr(
            "offpath.warehouse.marts.time.sleep", lambda _: pytest.fail("it waits")
        )
        assert offpath("ack", "00000001").exit_code == 0
    builder.communicate(timeout=60)


def test_a_running_build_is_one_sentence_and_no_traceback(
    home: Path, start: Start
) -> None:
    builder = build_begun(build_warehouse(home, [an_exception(1)]))
    process = start("route", "--as-of", "build")
    _, complaint = process.communicate(timeout=60)
    builder.communicate(timeout=60)
    assert process.returncode == MART_ERROR
    assert complaint == (
        "Error: a build holds the warehouse; try again when it is done\n"
    )


@pytest.mark.parametrize(
    ("prefix", "sentence"),
    [
        ("00000", "give at least 6 characters of the exception's id"),
        ("ffffffff", UNKNOWN_ID),
        ("000000", "2 exceptions have ids that begin with 000000; give more"),
    ],
)
@pytest.mark.parametrize("is_routed", [True, False])
def test_an_id_that_names_no_single_exception_is_one_sentence(
    home: Path, offpath: Offpath, prefix: str, sentence: str, *, is_routed: bool
) -> None:
    build_warehouse(home, [an_exception(1), an_exception(2)])
    if is_routed:
        offpath("route", "--as-of", "build")
    for command in ("ack", "resolve", "why"):
        result = offpath(command, prefix)
        assert result.exit_code == USAGE_ERROR
        assert result.stderr == f"Error: {sentence}\n"


def test_an_unreadable_instant_is_a_usage_error(offpath: Offpath) -> None:
    result = offpath("route", "--as-of", "yesterday")
    assert result.exit_code == USAGE_ERROR
    assert "'yesterday' is neither a timestamp nor 'build'" in result.stderr


def test_status_counts_messages_and_what_waits_for_an_answer(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    build_warehouse(
        home,
        [
            an_exception(1),
            an_exception(2, respond_by_at="2026-04-01 11:00:00"),
            an_exception(3),
            an_exception(4, respond_by_at="2026-04-01 11:00:00"),
            an_exception(5, route_class="record"),
            an_exception(6, is_open=False),
        ],
    )
    offpath(*ROUTE)
    offpath("ack", "00000003")
    offpath("resolve", "00000004")
    status = json.loads(offpath("status", "--json", "--as-of", "build").stdout)
    assert status["messages"] == {"sent": 1}
    assert status["undelivered"] == []
    assert [(each["answer"], each["is_overdue"]) for each in status["exceptions"]] == [
        ("awaited", False),
        ("awaited", True),
        ("acknowledged", False),
        ("not asked for", False),
        ("resolved", False),
    ]
    text = offpath("status", "--as-of", "build").stdout
    assert "1 sent" in text
    assert (
        "  000000020000  task    due 2026-04-01 11:00Z (overdue)"
        "  inventory: awaiting_inventory_too_long of O-2\n"
    ) in text
    refused = offpath("ack", "00000004")
    assert refused.exit_code == USAGE_ERROR
    assert "is resolved; nobody needs to be on it" in refused.stderr


def test_status_before_any_run_says_that_nobody_was_told(
    home: Path, offpath: Offpath
) -> None:
    rows = [an_exception(1), an_exception(2, route_class="record")]
    build_warehouse(home, rows)
    text = offpath("status", "--as-of", "build").stdout
    assert "(no answer asked for: 1, owner not told yet: 1)" in text


def test_a_page_is_not_said_to_wait_as_the_digest_did_that_it_was(
    home: Path, offpath: Offpath
) -> None:
    later = {"digest_at": "2026-04-01 13:00:00"}
    build_warehouse(home, [an_exception(1, route_class="digest", **later)])
    offpath(*ROUTE)
    assert "[waits: " in offpath("status", "--as-of", "build").stdout
    build_warehouse(home, [an_exception(1, route_class="page", **later)])
    text = offpath("status", "--as-of", "build").stdout
    assert "waits" not in text
    assert "owner not told yet: 1" in text


def test_a_run_counts_what_nobody_answered_in_one_line(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    rows = [
        an_exception(number, respond_by_at=f"2026-04-01 13:0{number}:00")
        for number in (1, 2)
    ]
    build_warehouse(home, rows)
    offpath(*ROUTE)
    text = offpath("route", "--as-of", "2026-04-01T14:00:00Z").stdout
    assert "\n       2  reminded: unanswered\n" in text


def test_why_answers_from_the_ledger_where_the_build_failed(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1)])
    offpath(*ROUTE)
    with duckdb.connect(str(home / "warehouse.duckdb")) as warehouse:
        warehouse.execute("delete from marts.dim_build")
    text = offpath("why", "00000001").stdout
    assert "\n  the last build did not finish" in text
    assert "decision opened" in text


def test_why_tells_the_whole_story(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve_all(home, httpserver)
    measured = {"observed_value": 1_215_480.0, "threshold_value": 120.0}
    build_warehouse(home, [an_exception(1, unit="minutes", **measured)])
    offpath(*ROUTE)
    offpath("ack", "00000001", "--by", "ada", "--note", "on it", "--as-of", "build")
    offpath(*ROUTE)
    story = json.loads(offpath("why", "000000", "--json").stdout)
    assert story["exception"]["evidence"] == {"state": "awaiting_inventory"}
    assert [(each["decision"], each["reason"]) for each in story["decisions"]] == [
        ("opened", "task: the error budget is half spent"),
        ("nothing", "acknowledged"),
    ]
    assert [each["state"] for each in story["messages"]] == ["sent"]
    assert story["actions"] == [
        {
            "action": "acknowledged",
            "actor": "ada",
            "note": "on it",
            "close_code": None,
            "acted_at": "2026-04-01T12:00:00Z",
        }
    ]
    text = offpath("why", "000000").stdout
    assert (
        "\nWaits for stock longer than 2 business hours: case O-1,"
        " since 2026-04-01 08:00Z.\n"
        "Observed: 844.1 days of 24 hours. Allowed: 2 hours.\n"
        "A task of inventory, because the error budget is half spent."
        " Respond by 2026-04-01 14:00Z.\n"
    ) in text
    assert "evidence: {" in text


def test_why_reads_before_anything_was_routed(home: Path, offpath: Offpath) -> None:
    build_warehouse(home, [an_exception(1)])
    result = offpath("why", "000000")
    assert result.exit_code == 0
    assert "Decisions: none" in result.stdout
    assert not (home / "ledger.sqlite").exists()


def test_the_report_shows_budgets_and_open_exceptions_within_100_columns(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(
        home,
        [
            an_exception(1),
            an_exception(2, respond_by_at="2026-04-01 13:00:00"),
            an_exception(3, is_open=False),
            an_exception(4, journey="ticket_to_resolution", rule_id="ticket_silence"),
        ],
        budgets=[
            a_budget(exhausted_at="2026-04-20 10:00:00", effective_target=0.96),
            a_budget(
                slo_id="orders_shipped",
                sli=None,
                left_cases=-2.5,
                left_equivalent_hours=-1.4,
                is_spent=True,
                burn_rate_7d=None,
            ),
        ],
        burn_rates=[
            a_burn_rate(tier="week", long_hours=72),
            a_burn_rate(tier="today"),
            a_burn_rate(tier="urgent", is_firing=False),
        ],
        attribution=[
            an_attribution(),
            # What most cases do, what has no verdict, what is less, another cut.
            an_attribution(cut_value="waiting", excess_count=25.0, stands_out=False),
            an_attribution(cut_value="[none]", excess_count=40.0, stands_out=None),
            an_attribution(cut_value="packing", excess_count=2.0),
            an_attribution(cut="channel", cut_value="web", excess_count=30.0),
            an_attribution(slo_id="orders_shipped", stands_out=False),
        ],
        warnings=[{"warning": "similar ids", "journey": "shop", "message": "SO1"}],
    )
    text = offpath("report").stdout
    assert "\n1 warning about log and definitions: see fct_warnings\n" in text
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert "\x1b" not in text
    lines = [line.split() for line in text.splitlines()]
    assert [
        *["orders_shipped_within_24h", "28", "1,200", "48", "96.00%", "96.00%*"],
        *["60.0", "12.0", "met"],
    ] in lines
    note = "* orders_shipped_within_24h: now 95.00%, before it another one"
    assert f"\n{note}\n" in text
    assert text.count("*") == 2  # noqa: PLR2004
    assert [
        *["orders_shipped_within_24h", "0.8", "today,", "week", "2026-04-20"],
        *["6.7", "h", "-", "picking", "(62%,", "25%)"],
    ] in lines
    assert ["orders_shipped", "-", "spent", "none", "-", "-"] in lines
    assert [
        *["awaiting_inventory_too_long", "2", "high", "task", "inventory"],
        *["2026-04-01", "13:00Z"],
    ] in lines
    assert text.index("order_to_ship") < text.index("ticket_to_resolution")

    report = json.loads(offpath("report", "--json").stdout)
    assert report["warnings"] == ["SO1"]
    assert [each["sli"] for each in report["indicators"]] == [None, 0.96]
    assert [each["open_count"] for each in report["open_exceptions"]] == [2, 1]
    assert report["open_exceptions"][0]["respond_by_at"] == "2026-04-01T13:00:00Z"


def test_the_report_writes_a_target_and_what_it_is_compared_with_as_finely(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(
        home,
        [],
        budgets=[
            a_budget(
                target=0.999999,
                effective_target=0.999999,
                sli=0.9999875,
                valid_count=80_000,
                bad_count=1,
                budget_cases=0.08,
                left_cases=-0.92,
                budget_equivalent_hours=0.000672,
                left_equivalent_hours=-0.007728,
                verdict="too few",
            ),
            a_budget(slo_id="nothing_valid", sli=None, left_equivalent_hours=None),
        ],
    )
    text = offpath("report").stdout
    lines = [line.split() for line in text.splitlines()]
    assert [
        *["orders_shipped_within_24h", "28", "80,000", "1", "99.9988%", "99.9999%"],
        *["0.1", "-0.9", "too", "few"],
    ] in lines
    assert ["nothing_valid", "0.8", "-", "-", "-", "-"] in lines


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_report_keeps_the_names(home: Path, width: int) -> None:
    rule = "waits_for_stock_longer_than_two_hours"
    build_warehouse(
        home,
        [an_exception(1, rule_id=rule)],
        budgets=[a_budget(exhausted_at="2026-04-20 10:00:00")],
        attribution=[an_attribution()],
    )
    console = Console(width=width, file=StringIO())
    console.print(render(load_report(home / "warehouse.duckdb")))
    assert isinstance(console.file, StringIO)
    lines = console.file.getvalue().splitlines()
    text = " ".join(line.strip() for line in lines)
    assert max(map(len, lines)) <= width
    for name in ("orders_shipped_within_24h", rule[:width], "picking (62%, 25%)"):
        assert name in text
    assert "verdict" in text
    assert "2026-04-20" in text


EVIL = (
    "O\x1b[2J\n\u202e\x9b31m@everyone <!channel> [x](javascript:a) https://x.y"
    + "z" * 999
)


@pytest.mark.parametrize("command", [["status"], ["why", "00000001"], ROUTE, LATER])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_nothing_of_the_data_steers_a_terminal(
    home: Path, offpath: Offpath, command: list[str], form: list[str]
) -> None:
    build_warehouse(home, [an_exception(1, subject_id=EVIL, rule_title=EVIL)])
    result = offpath(*command, *form)
    assert result.exit_code == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", result.stdout)
    if form:
        assert "everyone" in json.dumps(json.loads(result.stdout), ensure_ascii=False)
    elif command[0] != "why":
        assert max(map(len, result.stdout.splitlines())) < 300


def test_what_chats_read_calls_nobody_and_links_to_nothing(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook").respond_with_data(status=200)
    serve(home, httpserver, "inventory")
    rows = [
        an_exception(number, subject_id=EVIL, rule_title=EVIL) for number in range(5)
    ]
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 0
    (message,) = received(httpserver)
    for text in (message["title"], message["body"]):
        assert "everyone" in text
        for call in ("@everyone", "<", ">", "](", "://", "\x1b", "\u202e"):
            assert call not in text
    assert message["exceptions"][0]["subject_id"] == EVIL
    assert len(message["title"].splitlines()) == 1
    assert len(message["body"].splitlines()) == len(rows) + 3
    assert len(message["body"]) < 2000
