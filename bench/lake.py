"""Build the demo day by day in a lake and in one file: `python -m bench.lake`.

Rows are added, corrected and taken away before the last build. What each build took is
printed, and whether every table and view of the lake has the rows that it has in the
file; the command fails where one has not. It runs in the environment of `make lake`.
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click
import duckdb
from offpath.extensions import load_extensions

from bench.backtest.replay import PROJECT
from bench.builds import WITHOUT_TESTS
from bench.process import Usage, measured
from bench.table import megabytes, table_line

DBT = Path(sys.executable).with_name("dbt")
DAYS = ("2026-03-29 01:30:00", "2026-04-12 06:00:00", "2026-04-13 06:00:00")
WITHOUT_RAW = ("--exclude", "path:seeds/demo")
# How far a double of one may be from that of the other, of their size.
TOLERANCE = 1e-9
# Columns that are not compared, and why.
LEFT_OUT = {
    "intermediate.int_gate_verdicts": {
        "judge": "a digest of the model as compiled, with the name of the database"
    }
}
# Late cases, corrections, deliveries that say the same again, and a row that is gone.
CHANGES = """
insert into raw.raw_shop_order_log
select * replace (
    order_no || '-2' as order_no,
    entry_key || '-2' as entry_key,
    '2026-04-12T21:00:00Z' as exported_at
) from raw.raw_shop_order_log where order_no between 'SO-103800' and 'SO-103850';
insert into raw.raw_desk_ticket_audit
select * replace ('walk_in' as via, '2026-04-12T20:00:00Z' as synced_at)
from raw.raw_desk_ticket_audit where ticket between 'HD8000' and 'HD8040';
insert into raw.raw_desk_tickets
select * replace ('2026-04-12T20:00:00Z' as synced_at)
from raw.raw_desk_tickets where ticket between 'HD8000' and 'HD8040';
delete from raw.raw_shop_orders where order_no = 'SO-103700';
"""


class Compared(NamedTuple):
    """A table: how many rows the file has, and which are not in both."""

    table: str
    rows: int
    apart: list[tuple[Any, ...]]
    left_out: Mapping[str, str]


def main() -> None:
    """Build, print a line a build, compare, and print a line a schema."""
    with tempfile.TemporaryDirectory(prefix="offpath-bench-") as folder:
        homes = {target: Path(folder) / target for target in ("local", "lake")}
        click.echo(
            table_line(["build as of", "in", "s", "CPU s", "peak MB", "MB left"])
        )
        click.echo(table_line(["---", "---", *["---:"] * 4]))
        for day in DAYS:
            for target, home in homes.items():
                options = WITHOUT_RAW if day == DAYS[-1] else ()
                if options:
                    change(home, target)
                show(day, target, build(home, target, day, *options), home)
        found = list(comparison(homes["lake"], homes["local"]))
    click.echo()
    click.echo(table_line(["schema", "tables and views", "rows", "equal", "left out"]))
    click.echo(table_line(["---", *["---:"] * 4]))
    for schema in sorted({each.table.partition(".")[0] for each in found}):
        tables = [each for each in found if each.table.startswith(f"{schema}.")]
        equal = [each for each in tables if not each.apart]
        rows = sum(each.rows for each in tables)
        left_out = sum(len(each.left_out) for each in tables)
        figures = (len(tables), f"{rows:,}", len(equal), left_out)
        click.echo(table_line([schema, *map(str, figures)]))
    for each in found:
        if each.apart:
            click.echo(f"{each.table}: {len(each.apart)} rows, as {each.apart[:2]}")
    sys.exit(any(each.apart for each in found))


def environment_of(home: Path) -> dict[str, str]:
    """Return the environment in which dbt builds in a home."""
    home.mkdir(parents=True, exist_ok=True)
    return os.environ | {
        "OFFPATH_HOME": str(home),
        "DBT_PROFILES_DIR": str(PROJECT / "profiles"),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "logs"),
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
    }


def command_of(target: str, as_of: str, *options: str) -> list[str]:
    """Return the command that builds the demo as of an instant, without its tests."""
    variables = ("--vars", json.dumps({"as_of": as_of}))
    chosen = ("--target", target, *WITHOUT_TESTS, *variables, *options)
    return [str(DBT), "--quiet", "--no-use-colors", "build", *chosen]


def build(home: Path, target: str, as_of: str, *options: str) -> Usage:
    """Build the demo in the home's own file or lake."""
    command, environment = command_of(target, as_of, *options), environment_of(home)
    return measured(command, environment, PROJECT, home / "output.txt")


def attached(home: Path, target: str) -> tuple[duckdb.DuckDBPyConnection, str]:
    """Return a connection to what a home has, and the name it is attached by."""
    connection = duckdb.connect()
    if target == "lake":
        load_extensions(connection, "ducklake:sqlite:")
        address = f"ducklake:sqlite:{home}/lake/catalog.sqlite"
        connection.execute(f"attach '{address}' as lake")
        return connection, "lake"
    connection.execute(f"attach '{home}/warehouse.duckdb' as warehouse")
    return connection, "warehouse"


def change(home: Path, target: str) -> None:
    """Let rows land late, again and otherwise, and one go."""
    connection, catalog = attached(home, target)
    with connection:
        connection.execute(CHANGES.replace(" raw.", f" {catalog}.raw."))


def comparison(
    lake: Path, file: Path, without: Mapping[str, Mapping[str, str]] = LEFT_OUT
) -> Iterator[Compared]:
    """Yield each table and view of two homes, with the rows that are not in both.

    ``without`` is what is not compared: of a table its columns, each with the reason.
    """
    connection, _ = attached(lake, "lake")
    with connection:
        connection.execute(f"attach '{file}/warehouse.duckdb' as warehouse (read_only)")
        mine, its = (tables_of(connection, each) for each in ("lake", "warehouse"))
        if mine != its or not mine:
            sys.exit(f"only in one of them: {sorted(mine ^ its)}")
        for table in sorted(its):
            types = [
                [row[:2] for row in connection.execute(f"describe {each}").fetchall()]
                for each in (f"lake.{table}", f"warehouse.{table}")
            ]
            if types[0] != types[1]:
                sys.exit(f"{table} has other columns: {types[0]}, {types[1]}")
            left_out = without.get(table, {})
            columns = f"* exclude ({', '.join(left_out)})" if left_out else "*"
            selects = [
                f"select {columns} from {each}.{table}"
                for each in ("lake", "warehouse")
            ]
            sides = [
                connection.execute(f"{one} except all {other}").fetchall()
                for one, other in (selects, reversed(selects))
            ]
            ((rows,),) = connection.execute(
                f"select count(*) from warehouse.{table}"
            ).fetchall()
            yield Compared(table, rows, apart(*sides), left_out)


def tables_of(connection: duckdb.DuckDBPyConnection, catalog: str) -> set[str]:
    """Return the names of tables and views, each with its schema."""
    rows = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables"
        f" where table_catalog = '{catalog}'"
    ).fetchall()
    return {name for (name,) in rows}


def apart(
    mine: list[tuple[Any, ...]], its: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Return the rows that are not in both, doubles to the tolerance."""
    if len(mine) != len(its):
        return mine + its
    in_order = (sorted(rows, key=without_doubles) for rows in (mine, its))
    pairs = zip(*in_order, strict=True)
    return [
        row for one, other in pairs if not is_same(one, other) for row in (one, other)
    ]


def without_doubles(row: tuple[Any, ...]) -> str:
    """Return what tells a row from others, whatever its doubles are."""
    exact = [None if isinstance(value, float) else value for value in row]
    return repr((exact, [value for value in row if isinstance(value, float)]))


def is_same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Tell whether two rows are the same to the tolerance."""
    return all(
        math.isclose(mine, its, rel_tol=TOLERANCE)
        if isinstance(mine, float) and isinstance(its, float)
        else mine == its
        for mine, its in zip(one, other, strict=True)
    )


def show(day: str, target: str, usage: Usage, home: Path) -> None:
    """Print what a build took and left."""
    figures = (f"{usage.seconds:.1f}", f"{usage.cpu_seconds:.1f}")
    kept = [home / "warehouse.duckdb", *(home / "lake").rglob("*")]
    size = sum(path.stat().st_size for path in kept if path.is_file())
    sizes = map(megabytes, (usage.peak_bytes, size))
    click.echo(table_line([day, target, *figures, *sizes]))


if __name__ == "__main__":
    main()
