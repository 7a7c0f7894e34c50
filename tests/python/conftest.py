"""A warehouse as dbt leaves it, and the command line over it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import searches  # noqa: F401 - before Hypothesis looks for a profile of its
from building import PROJECT, WITHOUT_TESTS, dbt_done, session
from click.testing import CliRunner, Result
from raw_logs import RAW_TABLES
from xdist.scheduler import LoadScopeScheduling

SCRIPTS = PROJECT / "scripts"
# Modules in which a process makes one thing that every test reads.
BUILDING_ONCE = (
    *("test_backtest.py", "test_bench.py", "test_business_time.py"),
    *("test_dirty_input.py", "test_replay.py", "test_simulation.py"),
    "test_statistics.py",
)
AS_OF = "2026-04-01 12:00:00"

EXCEPTION_TYPES = {
    "exception_id": "varchar",
    "rule_id": "varchar",
    "rule_version": "integer",
    "rule_title": "varchar",
    "family": "varchar",
    "journey": "varchar",
    "subject_type": "varchar",
    "subject_id": "varchar",
    "episode": "integer",
    "onset_at": "timestamp",
    "detected_at": "timestamp",
    "cleared_at": "timestamp",
    "is_open": "boolean",
    "observed_value": "double",
    "threshold_value": "double",
    "unit": "varchar",
    "severity": "varchar",
    "owner_role": "varchar",
    "respond_by_at": "timestamp",
    "escalation_policy": "varchar",
    "playbook": "varchar",
    "playbook_location": "varchar",
    "slo_id": "varchar",
    "route_class": "varchar",
    "route_reason": "varchar",
    "priority": "integer",
    "digest_at": "timestamp",
    "evidence": "varchar",
    "known_event_count": "bigint",
    "case_link": "varchar",
    "playbook_link": "varchar",
}
# What the router has exported of an exception, and reads nowhere.
STATE_TYPES = {
    "told_at": "timestamp",
    "acknowledged_at": "timestamp",
    "acknowledged_by": "varchar",
    "resolved_at": "timestamp",
    "resolved_by": "varchar",
}
ESCALATION_TYPES = {
    "exception_id": "varchar",
    "escalation_policy": "varchar",
    "step": "integer",
    "notify_role": "varchar",
    "notify_at": "timestamp",
    "after_minutes": "integer",
}
CASE_TYPES = {"journey": "varchar", "case_id": "varchar", "event_count": "bigint"}
JOURNEY_TYPES = {
    "journey": "varchar",
    "title": "varchar",
    "owner_role": "varchar",
    "event_count": "bigint",
    "last_landed_at": "timestamp",
}
RULE_TYPES = {"rule_id": "varchar", "stage": "varchar"}
DUTY_TYPES = {
    "owner_role": "varchar",
    "starts_at": "timestamp",
    "ends_at": "timestamp",
}
ROLE_TYPES = {
    "owner_role": "varchar",
    "timezone": "varchar",
    "attention_budget_per_day": "integer",
}
BUDGET_TYPES = {
    "slo_id": "varchar",
    "journey": "varchar",
    "indicator": "varchar",
    "window_days": "integer",
    "target": "double",
    "window_ended_at": "timestamp",
    "sli": "double",
    "effective_target": "double",
    "valid_count": "bigint",
    "bad_count": "bigint",
    "budget_cases": "double",
    "left_cases": "double",
    "budget_equivalent_hours": "double",
    "left_equivalent_hours": "double",
    "is_spent": "boolean",
    "verdict": "varchar",
    "cases_to_verdict": "bigint",
    "exhausted_at": "timestamp",
    "burn_rate_7d": "double",
}
WARNING_TYPES = {"warning": "varchar", "journey": "varchar", "message": "varchar"}
BURN_TYPES = {
    "slo_id": "varchar",
    "tier": "varchar",
    "long_hours": "integer",
    "is_firing": "boolean",
}
ATTRIBUTION_TYPES = {
    "slo_id": "varchar",
    "cut": "varchar",
    "cut_value": "varchar",
    "bad_share": "double",
    "good_share": "double",
    "excess_count": "double",
    "stands_out": "boolean",
}


def an_exception(number: int, **changes: object) -> dict[str, Any]:
    """Return a row of ``fct_exceptions``: an open task of inventory, due at 14:00."""
    return {
        "exception_id": f"{number:08x}{'0' * 24}",
        "rule_id": "awaiting_inventory_too_long",
        "rule_version": 1,
        "rule_title": "Waits for stock longer than 2 business hours",
        "family": "latency",
        "journey": "order_to_ship",
        "subject_type": "case",
        "subject_id": f"O-{number}",
        "episode": 1,
        "onset_at": "2026-04-01 08:00:00",
        "detected_at": "2026-04-01 10:00:00",
        "cleared_at": None,
        "is_open": True,
        "observed_value": 14400.0,
        "threshold_value": 7200.0,
        "unit": "seconds",
        "severity": "high",
        "owner_role": "inventory",
        "respond_by_at": "2026-04-01 14:00:00",
        "escalation_policy": "warehouse",
        "playbook": "free_the_stock",
        "playbook_location": "docs/playbooks/free_the_stock.md",
        "slo_id": "orders_shipped_within_24h",
        "route_class": "task",
        "route_reason": "the error budget is half spent",
        "priority": 6,
        "digest_at": "2026-04-01 10:00:00",
        "evidence": '{"state": "awaiting_inventory"}',
        "known_event_count": 3,
        "case_link": None,
        "playbook_link": None,
    } | changes


def an_escalation(
    number: int, step: int, role: str, at: str, after_minutes: int = 0
) -> dict[str, Any]:
    """Return a row of ``fct_exception_escalations``."""
    return {
        "exception_id": an_exception(number)["exception_id"],
        "escalation_policy": "warehouse",
        "step": step,
        "notify_role": role,
        "notify_at": at,
        "after_minutes": after_minutes,
    }


def a_case(number: int, event_count: int = 3) -> dict[str, Any]:
    """Return what routing reads of a row of ``fct_cases``."""
    return {
        "journey": "order_to_ship",
        "case_id": f"O-{number}",
        "event_count": event_count,
    }


def a_journey(**changes: object) -> dict[str, Any]:
    """Return a row of ``dim_journeys``, which fulfilment owns."""
    return {
        "journey": "order_to_ship",
        "title": "Order to ship",
        "owner_role": "fulfilment",
        "event_count": 1000,
        "last_landed_at": "2026-04-01 11:00:00",
    } | changes


def a_rule(
    rule_id: str = "awaiting_inventory_too_long", stage: str = "live"
) -> dict[str, Any]:
    """Return what routing reads of a row of ``dim_exception_rules``."""
    return {"rule_id": rule_id, "stage": stage}


def a_duty(owner_role: str, starts_at: str, ends_at: str) -> dict[str, Any]:
    """Return a row of ``dim_owner_duty``."""
    return {"owner_role": owner_role, "starts_at": starts_at, "ends_at": ends_at}


def a_role(owner_role: str, budget: int | None = None) -> dict[str, Any]:
    """Return a row of ``dim_owner_roles``."""
    return {
        "owner_role": owner_role,
        "timezone": "Europe/Berlin",
        "attention_budget_per_day": budget,
    }


def a_budget(**changes: object) -> dict[str, Any]:
    """Return a row of ``fct_error_budgets``."""
    return {
        "slo_id": "orders_shipped_within_24h",
        "journey": "order_to_ship",
        "indicator": "latency",
        "window_days": 28,
        "target": 0.95,
        "window_ended_at": AS_OF,
        "sli": 0.96,
        "effective_target": 0.95,
        "valid_count": 1200,
        "bad_count": 48,
        "budget_cases": 60.0,
        "left_cases": 12.0,
        "budget_equivalent_hours": 33.6,
        "left_equivalent_hours": 6.72,
        "is_spent": False,
        "verdict": "met",
        "cases_to_verdict": None,
        "exhausted_at": None,
        "burn_rate_7d": 0.84,
    } | changes


def a_burn_rate(**changes: object) -> dict[str, Any]:
    """Return a row of ``fct_burn_rates``: a tier that fires."""
    return {
        "slo_id": "orders_shipped_within_24h",
        "tier": "today",
        "long_hours": 24,
        "is_firing": True,
    } | changes


def an_attribution(**changes: object) -> dict[str, Any]:
    """Return a row of ``fct_budget_attribution``."""
    return {
        "slo_id": "orders_shipped_within_24h",
        "cut": "state",
        "cut_value": "picking",
        "bad_share": 0.625,
        "good_share": 0.25,
        "excess_count": 18.0,
        "stands_out": True,
    } | changes


def build_warehouse(  # noqa: PLR0913 - one parameter a table
    home: Path,
    exceptions: list[dict[str, Any]],
    escalations: list[dict[str, Any]] | None = None,
    budgets: list[dict[str, Any]] | None = None,
    *,
    burn_rates: list[dict[str, Any]] | None = None,
    attribution: list[dict[str, Any]] | None = None,
    roles: list[dict[str, Any]] | None = None,
    warnings: list[dict[str, Any]] | None = None,
    cases: list[dict[str, Any]] | None = None,
    journeys: list[dict[str, Any]] | None = None,
    rules: list[dict[str, Any]] | None = None,
    duties: list[dict[str, Any]] | None = None,
    as_of: str = AS_OF,
    contract_version: int = 9,
) -> Path:
    """Replace the warehouse file by one with the given rows.

    By default its one journey lacks none of the cases that exceptions are about.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = home / "warehouse.duckdb"
    path.unlink(missing_ok=True)
    tables = (
        (
            "fct_exceptions",
            EXCEPTION_TYPES | STATE_TYPES,
            [dict.fromkeys(STATE_TYPES) | row for row in exceptions],
        ),
        ("fct_exception_escalations", ESCALATION_TYPES, escalations or []),
        ("dim_owner_roles", ROLE_TYPES, roles or []),
        (
            "fct_cases",
            CASE_TYPES,
            [a_case(number) for number in range(100)] if cases is None else cases,
        ),
        (
            "dim_journeys",
            JOURNEY_TYPES,
            [a_journey()] if journeys is None else journeys,
        ),
        ("dim_exception_rules", RULE_TYPES, [a_rule()] if rules is None else rules),
        ("dim_owner_duty", DUTY_TYPES, duties or []),
        ("fct_error_budgets", BUDGET_TYPES, budgets or []),
        ("fct_burn_rates", BURN_TYPES, burn_rates or []),
        ("fct_budget_attribution", ATTRIBUTION_TYPES, attribution or []),
        ("fct_warnings", WARNING_TYPES, warnings or []),
        (
            "dim_build",
            {"as_of": "timestamp", "contract_version": "integer"},
            [{"as_of": as_of, "contract_version": contract_version}],
        ),
    )
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        for name, types, rows in tables:
            columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
            connection.execute(f"create table marts.{name} ({columns})")
            marks = ", ".join("?" for _ in types)
            for row in rows:
                connection.execute(
                    f"insert into marts.{name} values ({marks})",
                    [row[column] for column in types],
                )
        connection.execute(
            "comment on column marts.fct_exceptions.is_open is 'Open; it''s on'"
        )
    return path


class Shares(LoadScopeScheduling):
    """A test goes to the next process that is free, but for those that share a build."""

    def _split_scope(self, nodeid: str) -> str:
        module, _, test = nodeid.partition("::")
        if module.endswith("test_examples.py"):
            return test.partition("[")[2].rstrip("]").partition("-")[0]
        return module if module.endswith(BUILDING_ONCE) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    return Shares(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no process is left alone with it."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session", autouse=True)
def shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the processes of the session share what is made once."""
    folder = tmp_path_factory.getbasetemp()
    session.folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def demo() -> Path:
    """Build the demo once; return its home, to be copied and not to be changed."""

    def build(home: Path) -> None:
        dbt_done(PROJECT, home, "build", *WITHOUT_TESTS)
        (home / "target").mkdir(exist_ok=True)
        session.parse(PROJECT).write(str(home / "target" / "manifest.json"))

    return session.once("demo", build)


@pytest.fixture(scope="session")
def seeded() -> Path:
    """Load the seeds of the demo once, and build nothing of them; to be copied."""
    return session.once("seeded", lambda home: dbt_done(PROJECT, home, "seed"))


@pytest.fixture(scope="session")
def empty(seeded: Path) -> Path:
    """Load the definitions of the demo, and its raw tables without a row; to be copied."""

    def unload(home: Path) -> None:
        shutil.copytree(seeded, home, dirs_exist_ok=True)
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            for table in RAW_TABLES:
                connection.execute(f"delete from raw.{table}")

    return session.once("empty", unload)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a folder for a run's files, not yet made."""
    return tmp_path / "home"


@pytest.fixture
def offpath(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return the command line in this process, over ``home``."""
    from offpath.cli import main  # noqa: PLC0415 - other tests do without it

    monkeypatch.setenv("OFFPATH_HOME", str(home))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, catch_exceptions=False)

    return run


@pytest.fixture
def start(home: Path) -> Callable[..., subprocess.Popen[str]]:
    """Return the command line as a process of its own, over ``home``."""
    path = os.pathsep.join([str(SCRIPTS), *sys.path])

    def begin(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "offpath", *arguments],
            env=os.environ | {"OFFPATH_HOME": str(home), "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin
