"""Measure the router on many exceptions: `python -m bench.routing [EXCEPTIONS]`.

Makes a home of its own with a warehouse of that many exceptions (50,000 unless said),
runs each command as a process over it, and prints a Markdown table of seconds, of those
of a processor, and of the peak of memory.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import fields
from pathlib import Path

import click
import duckdb
from offpath.routing.intents import ExceptionRecord
from offpath.warehouse.marts import CONTRACT_VERSION

from bench.process import measured
from bench.table import megabytes, table_line

EXCEPTIONS = 50_000
SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
AS_OF = "timestamp '2026-04-01 12:00:00'"
FIRST_ID = "0" * 32
# What the columns of an exception hold, given its number; null where not said.
COLUMNS = {
    "exception_id": "lpad(number::varchar, 32, '0')",
    "rule_id": "'rule_' || number % 25",
    "rule_version": "1",
    "rule_title": "'Waits for stock longer than 2 business hours'",
    "family": "'latency'",
    "journey": "'journey_' || number % 2",
    "subject_type": "'case'",
    "subject_id": "'O-' || number",
    "episode": "1",
    "onset_at": f"{AS_OF} - to_hours(2 + number % 500)",
    "detected_at": f"{AS_OF} - to_hours(1 + number % 500)",
    "is_open": "number % 3 > 0",
    "cleared_at": f"case when number % 3 = 0 then {AS_OF} end",
    "observed_value": "14400.0e0",
    "threshold_value": "7200.0e0",
    "unit": "'seconds'",
    "severity": "'high'",
    "owner_role": "'role_' || number % 10",
    "respond_by_at": f"{AS_OF} + to_hours(number % 48)",
    "escalation_policy": "'warehouse'",
    "playbook": "'free_the_stock'",
    "playbook_location": "'docs/playbooks/free_the_stock.md'",
    "slo_id": "'orders_shipped_within_24h'",
    "route_class": "case when number % 100 < 2 then 'page' when number % 100 < 12"
    " then 'task' when number % 100 < 70 then 'digest' else 'record' end",
    "route_reason": "'the error budget is half spent'",
    "priority": "number % 12",
    "digest_at": AS_OF,
    "evidence": """'{"state": "awaiting_inventory", "hours": 4}'""",
}


def main() -> None:
    """Measure, and print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EXCEPTIONS
    with tempfile.TemporaryDirectory(prefix="offpath-bench-") as folder:
        home = Path(folder)
        make_warehouse(home, count)
        route = ("route", "--as-of", "build")
        click.echo(table_line([f"{count:,} exceptions", "s", "CPU s", "peak MB"]))
        click.echo(table_line(["---", "---:", "---:", "---:"]))
        for name, arguments in (
            ("help (what starting costs)", ("--help",)),
            ("route, all new", route),
            ("route, nothing new", route),
            ("ack", ("ack", FIRST_ID)),
            ("status", ("status",)),
            ("why", ("why", FIRST_ID)),
            ("publish", ("publish",)),
        ):
            click.echo(table_line([name, *run(home, *arguments)]))
        make_old(home, count)
        click.echo(table_line(["route, a tenth over", *run(home, *route)]))


def make_warehouse(home: Path, count: int) -> None:
    """Write the marts that the commands read."""
    columns = ", ".join(
        f"{COLUMNS.get(field.name, 'null')} as {field.name}"
        for field in fields(ExceptionRecord)
    )
    with duckdb.connect(str(home / "warehouse.duckdb")) as warehouse:
        warehouse.execute("create schema marts")
        for table, query in {
            "fct_exceptions": f"select {columns} from range({count}) as t(number)",
            "fct_exception_escalations": "select exception_id, escalation_policy,"
            " step::integer as step, 'role_' || step as notify_role,"
            f" {AS_OF} + to_hours(step) as notify_at,"
            " step::integer * 60 as after_minutes"
            " from marts.fct_exceptions, range(1, 4) as steps(step)"
            " where route_class in ('page', 'task')",
            "dim_owner_roles": "select 'role_' || number as owner_role,"
            " 'Europe/Berlin' as timezone, 20 as attention_budget_per_day"
            " from range(10) as t(number)",
            "fct_cases": "select journey, subject_id as case_id,"
            " known_event_count as event_count from marts.fct_exceptions",
            "dim_journeys": "select journey, min(owner_role) as owner_role,"
            " count(*) as event_count from marts.fct_exceptions group by journey",
            "dim_exception_rules": "select distinct rule_id, 'active' as stage"
            " from marts.fct_exceptions",
            "dim_owner_duty": "select owner_role,"
            f" {AS_OF} - to_days(1) as starts_at, {AS_OF} + to_days(14) as ends_at"
            " from marts.dim_owner_roles",
            "dim_build": f"select {AS_OF} as as_of,"
            f" {CONTRACT_VERSION} as contract_version",
        }.items():
            warehouse.execute(f"create table marts.{table} as {query}")


def make_old(home: Path, count: int) -> None:
    """Let a tenth of the exceptions be over."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as warehouse:
        warehouse.execute(
            "update marts.fct_exceptions"
            f" set is_open = false, cleared_at = {AS_OF}"
            f" where exception_id < lpad('{count // 10}', 32, '0')"
        )


def run(home: Path, *arguments: str) -> list[str]:
    """Run a command over the home; return its seconds, CPU seconds and peak in MB."""
    usage = measured(
        [sys.executable, "-m", "offpath", *arguments],
        os.environ | {"OFFPATH_HOME": str(home), "PYTHONPATH": str(SCRIPTS)},
        SCRIPTS,
        home / "output.txt",
    )
    seconds = (usage.seconds, usage.cpu_seconds)
    return [*(f"{each:.2f}" for each in seconds), megabytes(usage.peak_bytes)]


if __name__ == "__main__":
    main()
