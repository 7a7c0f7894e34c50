"""Build the demo day after day: `python -m bench.builds [BUILDS]`, 62 unless said.

Each build adds a day to the one before, as a scheduler's do, and what it took is
printed. At the end all marts must be those of one full build of the last day; the
command fails where they are not.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import duckdb

from bench.backtest.replay import LOGS
from bench.process import PROJECT, Usage, environment_of, measured
from bench.table import megabytes, table_line

BUILDS = 62
WITHOUT_TESTS = (
    "--exclude-resource-type",
    "test",
    "--exclude-resource-type",
    "unit_test",
)
DBT = Path(sys.executable).with_name("dbt")


def main() -> None:
    """Build, print a line a build, and compare the end with a full build."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else BUILDS
    with tempfile.TemporaryDirectory(prefix="offpath-bench-") as folder:
        daily, full = Path(folder) / "daily", Path(folder) / "full"
        click.echo(table_line(["build as of", "s", "CPU s", "peak MB", "warehouse MB"]))
        click.echo(table_line(["---", "---:", "---:", "---:", "---:"]))
        for number in range(count):
            at = LOGS["demo"].last - timedelta(days=count - 1 - number)
            show(f"{at:%Y-%m-%d %H:%M}", build(daily, f"{at:%Y-%m-%d %H:%M:%S}"), daily)
        show("the last, in full", build(full, f"{at:%Y-%m-%d %H:%M:%S}"), full)
        found = differences(warehouse(daily), warehouse(full))
    click.echo("\n".join(found) or f"\nAll marts are those of a full build: {count}.")
    sys.exit(bool(found))


def build(home: Path, as_of: str) -> Usage:
    """Build the demo as of an instant (UTC)."""
    home.mkdir(exist_ok=True)
    variables = ("--vars", json.dumps({"as_of": as_of}))
    command = [str(DBT), "--quiet", "build", *WITHOUT_TESTS, *variables]
    return measured(command, environment_of(home), PROJECT, home / "output.txt")


def show(name: str, usage: Usage, home: Path) -> None:
    """Print what a build took and left."""
    figures = (f"{usage.seconds:.1f}", f"{usage.cpu_seconds:.1f}")
    sizes = map(megabytes, (usage.peak_bytes, warehouse(home).stat().st_size))
    click.echo(table_line([name, *figures, *sizes]))


def warehouse(home: Path) -> Path:
    """Return the file that a build leaves."""
    return home / "warehouse.duckdb"


def differences(one: Path, other: Path) -> list[str]:
    """Return a line for each mart that is not the same in two warehouses."""
    mine, its = marts_of(one), marts_of(other)
    if not mine:
        return ["there are no marts"]
    return [
        f"{mart}: {different.total()} rows are not in both"
        for mart in sorted(mine.keys() | its.keys())
        if (different := (mine[mart] - its[mart]) + (its[mart] - mine[mart]))
    ]


def marts_of(path: Path) -> defaultdict[str, Counter[tuple[Any, ...]]]:
    """Read every mart, each file by itself: views name the file that they are in."""
    marts: defaultdict[str, Counter[tuple[Any, ...]]] = defaultdict(Counter)
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'marts'"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f"from marts.{table}").fetchall()
            marts[table] = Counter(rows)
    return marts


if __name__ == "__main__":
    main()
