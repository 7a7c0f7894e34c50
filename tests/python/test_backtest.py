"""The backtest counts what the marts and the router say, and nothing else."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from building import PROJECT, WITHOUT_TESTS, Runs, dbt_done
from click.testing import CliRunner
from offpath.cli import main
from offpath.ledger.ledger import Ledger
from pytest_httpserver import HTTPServer
from routed import ROUTE, received, serve

from bench.backtest import backtest
from bench.backtest.replay import ROUTED_AFTER_HOURS
from bench.backtest.replay_figures import (
    Alert,
    BadCase,
    BudgetState,
    Message,
    Replayed,
    RoleDays,
    Telling,
    alerts_during,
    figures_of,
    first_told,
    is_within,
    lead_hours,
    pressing_cases,
    role_days,
)
from bench.backtest.simulated_burns import (
    BROKEN_HOURS,
    MONTH,
    Simulated,
    episode_count,
    first_wait,
)

INSTANTS = ["2026-02-16 06:00:00", "2026-03-16 06:00:00", "2026-04-13 06:00:00"]
DAYS = 56
OWNERS = [
    line.partition(",")[0]
    for line in (PROJECT / "seeds/definitions/owner_roles.csv").read_text().splitlines()
][1:]
# What the queries below and the router read.
READ_HERE = (
    *("--select", "+fct_exceptions", "+fct_exception_escalations"),
    *("+dim_owner_roles", "+dim_owner_duty", "+dim_exception_rules", "dim_build"),
)


def day(number: int, hour: int = 6) -> datetime:
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def test_the_first_message_about_a_case_tells_of_it():
    tellings = [
        Telling(day(3), "slo", "a"),
        Telling(day(2), "slo", "a"),
        Telling(day(4), "other", "a"),
    ]
    assert first_told(tellings) == {("slo", "a"): day(2), ("other", "a"): day(4)}


def test_who_is_told_at_the_breach_or_under_another_objective_is_not_told_in_time():
    bad = [
        BadCase("slo", "in time", day(3, 18)),
        BadCase("slo", "at the breach", day(2)),
        BadCase("slo", "under another", day(3)),
        BadCase("slo", "never", day(3)),
    ]
    told = {
        ("slo", "in time"): day(2),
        ("slo", "at the breach"): day(2),
        ("other", "under another"): day(1),
    }
    assert lead_hours(bad, told) == [36.0]


def test_the_last_build_before_a_breach_says_whether_it_presses():
    states = [
        BudgetState(day(3), "slo", is_alarmed=False),
        BudgetState(day(2), "slo", is_alarmed=True),
        BudgetState(day(1), "slo", is_alarmed=False),
        BudgetState(day(1), "other", is_alarmed=True),
    ]
    breaches = {
        "before any build": day(1, 5),
        "calm": day(1, 6),
        "as of the build": day(2, 6),
        "pressing": day(3, 5),
        "calm again": day(3, 7),
    }
    bad = [BadCase("slo", name, at) for name, at in breaches.items()]
    assert [case.case_id for case in pressing_cases(bad, states)] == [
        "as of the build",
        "pressing",
    ]


def test_days_without_a_message_count_for_the_mean():
    messages = [
        *[Message(day(2), "desk", "opened")] * 3,
        Message(day(4), "desk", "digest"),
        Message(day(4), "lead", "opened"),
    ]
    assert role_days(messages, 4) == {
        "desk": RoleDays(1.0, 3),
        "lead": RoleDays(0.25, 1),
    }


def test_an_alert_begins_once_and_lasts():
    lasting, over = (
        Alert("slo", "week", day(5), None),
        Alert("slo", "today", day(2), day(4)),
    )
    assert is_within([lasting], day(4), day(5))
    assert not is_within([lasting], day(6), day(9))
    assert alerts_during([lasting, over], day(4), day(9)) == [lasting]
    assert alerts_during([lasting, over], day(3), day(3)) == [over]


def test_what_the_first_build_shows_is_told_and_is_no_message():
    replayed = Replayed(
        name="log",
        instants=[day(1), day(3), day(5)],
        first_shown_until=day(1, 15),
        messages=[
            Message(at, "desk", "digest") for at in (day(1), day(1, 15), day(3, 9))
        ],
        naive_messages=[Message(day(number), "desk", "opened") for number in (1, 3, 5)],
        tellings=[Telling(day(1), "slo", "before"), Telling(day(3, 9), "slo", "late")],
        naive_tellings=[
            Telling(day(1), "slo", "before"),
            Telling(day(3), "slo", "late"),
        ],
        states=[BudgetState(day(3), "slo", is_alarmed=True)],
        bad_cases=[
            BadCase("slo", "bad before the replay", day(1)),
            BadCase("slo", "before", day(1, 18)),
            BadCase("slo", "late", day(3, 8)),
            BadCase("slo", "bad after the replay", day(6)),
        ],
        alerts=[],
        step_seconds=[],
    )
    naive, routed = figures_of(replayed)
    assert (naive.message_count, routed.message_count) == (2, 1)
    assert (naive.bad_count, naive.told_count, routed.told_count) == (2, 2, 1)
    assert (naive.pressing_told_count, routed.pressing_told_count) == (1, 0)
    assert (naive.pressing_told_share, routed.pressing_told_share) == (1.0, 0.0)
    assert (naive.lead_hours, routed.lead_hours) == (7.0, 12.0)
    # Four days, of which two have a build.
    assert naive.by_role == {"desk": RoleDays(0.5, 1)}


def test_without_bad_cases_there_is_no_share():
    nothing = Replayed("log", [day(1), day(2)], day(1), *([] for _ in range(8)))
    naive, _ = figures_of(nothing)
    assert (naive.told_share, naive.pressing_told_share, naive.lead_hours) == (
        None,
    ) * 3


def test_an_episode_begins_in_the_month_and_ends_with_an_hour_that_does_not_fire():
    before, within = [MONTH - 2, MONTH - 1, MONTH], [MONTH + 5, MONTH + 6, MONTH + 9]
    assert episode_count([]) == 0
    assert episode_count(before) == 0
    assert episode_count([*before, *within]) == 2


@pytest.mark.parametrize(
    ("hours", "wait"),
    [
        ([], []),
        ([100], []),
        ([103, 104], [3]),
        ([99, 101], [1]),
        ([100 + BROKEN_HOURS], [BROKEN_HOURS]),
        ([101 + BROKEN_HOURS], []),
    ],
)
def test_an_incident_is_found_while_it_lasts(hours: list[int], wait: list[int]):
    assert first_wait(hours, 100) == wait


def test_one_build_is_no_replay(monkeypatch, capsys):
    arguments = ["backtest", "--log", "demo", "--every", "57"]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit, match="2"):
        backtest.main()
    assert "--every 57 leaves demo one build" in capsys.readouterr().err


def test_broken_off_it_prints_what_is_finished_and_fails(monkeypatch, capsys):
    def work_off(*given: Any) -> None:
        *_, finished = given
        finished.months.append(Simulated(20, 300, 6, 300, 18.0))
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(sys, "argv", ["backtest"])
    monkeypatch.setattr(backtest, "work_off", work_off)
    former = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit, match="broken off"):
            backtest.main()
    finally:
        signal.signal(signal.SIGTERM, former)
    assert cells(capsys.readouterr().out, "20") == ["300", "0.02", "100.0%", "18"]


@pytest.fixture(scope="module")
def command() -> Iterator[subprocess.Popen[str]]:
    """Start the command: three builds of the demo, five months of each kind."""
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "bench.backtest", "--every", "28"),
            *("--log", "demo", "--log", "generated", "--months", "5"),
        ],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield process


@pytest.fixture(scope="module")
def page(command: subprocess.Popen[str]) -> str:
    """Return what the command prints."""
    printed, _ = command.communicate()
    assert command.returncode == 0
    return printed


@pytest.fixture(scope="module")
def counted(
    command: subprocess.Popen[str],
    tmp_path_factory: pytest.TempPathFactory,
    make_httpserver: HTTPServer,
) -> dict[str, Counter[str]]:
    """Count by the marts and a receiver: messages of the later builds, by owner.

    Meanwhile the command runs.
    """
    home = tmp_path_factory.mktemp("counted")
    sources = ("--select", "resource_type:seed", "path:models/staging")
    dbt_done(PROJECT, home, "build", *WITHOUT_TESTS, *sources)
    runs = Runs()
    shown: set[str] = set()
    serve(home, make_httpserver, *OWNERS)
    make_httpserver.expect_request("/hook").respond_with_data(status=200)
    counts: dict[str, Counter[str]] = {"naive": Counter(), "offpath": Counter()}
    for number, instant in enumerate(INSTANTS):
        runs(home, instant, *READ_HERE, "--exclude", "path:models/staging")
        with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as marts:
            rows = marts.execute(
                """
                select exception_id, owner_role from marts.fct_exceptions
                where rule_id not in (
                    select rule_id from marts.dim_exception_rules where stage = 'trial'
                )
                """
            ).fetchall()
        if number:
            counts["naive"] += Counter(role for key, role in rows if key not in shown)
        for hours in ROUTED_AFTER_HOURS:
            at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
            at += timedelta(hours=hours)
            options = [*ROUTE, "--home", str(home), "--as-of", at.isoformat()]
            CliRunner().invoke(main, options, catch_exceptions=False)
            payloads = received(make_httpserver)
            make_httpserver.clear_log()
            acknowledge(home, at, payloads)
            if number:
                counts["offpath"] += Counter(each["owner_role"] for each in payloads)
        shown |= {key for key, _ in rows}
    return counts


def acknowledge(home: Path, at: datetime, payloads: list[dict[str, Any]]) -> None:
    """Answer everything but the news that something is over."""
    with Ledger.writing(home / "ledger.sqlite") as ledger:
        for payload in payloads:
            for each in payload["exceptions"]:
                if each["kind"] != "resolved":
                    ledger.act(
                        "acknowledged",
                        each["exception_id"],
                        actor="a test",
                        note=None,
                        close_code=None,
                        at=at,
                    )


def cells(page: str, *begin: str) -> list[str]:
    """Return the cells of the only line of the page that begins so."""
    pattern = re.compile(
        rf"^\| {re.escape(' | '.join(begin))} \| (.+) \|$", re.MULTILINE
    )
    (line,) = pattern.findall(page)
    return line.split(" | ")


@pytest.mark.long
def test_both_policies_count_as_many_messages_as_marts_and_receiver_hold(counted, page):
    naive, offpath = counted["naive"], counted["offpath"]
    assert naive.total() > offpath.total() > 10
    assert cells(page, "messages") == [f"{naive.total():,}", f"{offpath.total():,}"]
    for role in naive | offpath:
        naive_mean, _, offpath_mean, _ = cells(page, "demo", role)
        assert naive_mean == f"{naive[role] / DAYS:.1f}"
        assert offpath_mean == f"{offpath[role] / DAYS:.1f}"


def test_the_models_find_every_incident_among_a_hundred_cases_a_day(page):
    months, _, found, hours = cells(page, "100")
    assert (months, found) == ("5", "100.0%")
    assert timedelta(hours=int(hours)) < timedelta(days=1)


def test_each_goal_is_reached_or_not(page):
    goals = page.partition("### Goals")[2].strip().splitlines()[2:]
    assert len(goals) == 2 + 4
    assert {line.rsplit("|", 2)[1].strip() for line in goals} <= {"yes", "no", "-"}
