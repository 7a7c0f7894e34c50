"""Build the demo day by day in a lake and in one file: `python -m bench.lake`.

Rows are added, corrected and taken away before the last build. What each build took is
printed, and whether every table and view of the lake has the rows that it has in the
file; the command fails where one has not. It runs in the environment of `make lake`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click
import duckdb
from offpath.extensions import load_extensions

from bench.builds import WITHOUT_TESTS
from bench.engines.compare import (
    Compared,
    compared,
    differing,
    markdown,
    relations_of,
)
from bench.process import PROJECT, Usage, environment_of, measured
from bench.table import megabytes, table_line

DBT = Path(sys.executable).with_name("dbt")
DAYS = ("2026-03-29 01:30:00", "2026-04-12 06:00:00", "2026-04-13 06:00:00")
WITHOUT_RAW = ("--exclude", "path:seeds/demo")
# Columns that are not compared, and why.
LEFT_OUT = {"judge": "a digest of the model as compiled, with the name of the database"}
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
                    change(address_of(home, target))
                show(day, target, build(home, target, day, *options), home)
        found = comparison(address_of(homes["lake"]), homes["local"])
    click.echo()
    click.echo(table_line(["log", "schema", "tables and views", "equal", "rows"]))
    click.echo(table_line(["---", "---", *["---:"] * 3]))
    click.echo(markdown("demo", found))
    for name, why in LEFT_OUT.items():
        click.echo(f"\nLeft out: {name}, {why}")
    if apart := differing(found):
        sys.exit("\n".join(apart))


def command_of(target: str, as_of: str, *options: str) -> list[str]:
    """Return the command that builds the demo as of an instant, without its tests."""
    variables = ("--vars", json.dumps({"as_of": as_of}))
    chosen = ("--target", target, *WITHOUT_TESTS, *variables, *options)
    return [str(DBT), "--quiet", "--no-use-colors", "build", *chosen]


def build(home: Path, target: str, as_of: str, *options: str) -> Usage:
    """Build the demo in the home's own file or lake."""
    home.mkdir(parents=True, exist_ok=True)
    command = command_of(target, as_of, *options)
    return measured(command, environment_of(home), PROJECT, home / "output.txt")


def address_of(home: Path, target: str = "lake") -> str:
    """Return what DuckDB attaches to have what was built in a home."""
    if target == "lake":
        return f"ducklake:sqlite:{home}/lake/catalog.sqlite"
    return f"{home}/warehouse.duckdb"


def attached(address: str) -> tuple[duckdb.DuckDBPyConnection, str]:
    """Return a connection to a lake or a file, and the name that its views know."""
    connection = duckdb.connect()
    load_extensions(connection, address)
    name = "lake" if address.startswith("ducklake:") else "warehouse"
    connection.execute(f"attach '{address}' as {name}")
    return connection, name


def change(address: str) -> None:
    """Let rows land late, again and otherwise, and one go."""
    connection, name = attached(address)
    with connection:
        connection.execute(CHANGES.replace(" raw.", f" {name}.raw."))


def comparison(
    lake: str, file: Path, without: Mapping[str, str] = LEFT_OUT
) -> list[Compared]:
    """Compare each table and view of a lake, by its address, and of a home with a file.

    Their types too must be the same. ``without`` names the columns that are left out,
    each with the reason.
    """
    connection, _ = attached(lake)
    with connection:
        connection.execute(f"attach '{file}/warehouse.duckdb' as warehouse (read_only)")
        mine, its = (relations_of(connection, each) for each in ("lake", "warehouse"))
        found = []
        for table in compared(connection, its, mine, without):
            name = table.schema, table.table
            types = [
                [row[:2] for row in connection.execute(f"describe {each}").fetchall()]
                for each in (mine.get(name), its.get(name))
                if each
            ]
            other = (
                "" if types[0] == types[-1] else f"columns are {types[0]} in the lake"
            )
            found.append(table._replace(note=table.note or other))
    return found


def show(day: str, target: str, usage: Usage, home: Path) -> None:
    """Print what a build took and left."""
    figures = (f"{usage.seconds:.1f}", f"{usage.cpu_seconds:.1f}")
    kept = [home / "warehouse.duckdb", *(home / "lake").rglob("*")]
    size = sum(path.stat().st_size for path in kept if path.is_file())
    sizes = map(megabytes, (usage.peak_bytes, size))
    click.echo(table_line([day, target, *figures, *sizes]))


if __name__ == "__main__":
    main()
