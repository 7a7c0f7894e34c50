"""Write a log of orders of any size for the benchmark: the same files on every run.

A case has about 8 events. About 2 % of the cases are slow in a state, 1 % lack a field
at a gate, 1 % leave the reference path; 0.5 % of the rows are delivered again, 0.1 %
are corrected, 1 in 10,000 comes without its case.
"""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

STARTS_AT = datetime(2025, 10, 15)  # noqa: DTZ001 - UTC, as all times of the log
LOG_DAYS = 180
ENDS_AT = STARTS_AT + timedelta(days=LOG_DAYS)
INCREMENT_ENDS_AT = ENDS_AT + timedelta(days=1)
# From its start to its last row an order takes no longer than this.
SETTLED_AFTER_DAYS = 10
CASES_PER_FILE = 250_000
MACROS = Path(__file__).with_name("generate.sql")


def write_log(folder: Path, cases: int) -> None:
    """Write what has landed when the log ends: `events/` and `orders/` in the folder.

    The cases start evenly over the 180 days before, so that the last ones are open.
    """
    with _generator(cases) as generator:
        for first_case in range(0, cases, CASES_PER_FILE):
            span = (first_case, min(first_case + CASES_PER_FILE, cases))
            landed = f"{_span(span)}, {_instant(STARTS_AT)}, {_instant(ENDS_AT)}"
            name = f"log_{first_case:012d}"
            _copy(generator, f"landed_events({landed}, false)", folder / "events", name)
            _copy(generator, f"landed_orders({landed})", folder / "orders", name)


def write_increment(folder: Path, cases: int) -> None:
    """Write what lands in the day after the log of so many cases.

    It touches 1 % of them: those that begin or go on, and a few that ended long ago.
    """
    with _generator(cases) as generator:
        settled_before = _settled_before(cases)
        recent = _span((settled_before, cases + cases // LOG_DAYS + 1))
        settled = _span((0, settled_before))
        landed = f"{_instant(ENDS_AT)}, {_instant(INCREMENT_ENDS_AT)}"
        for name, events in {
            "increment_recent": f"landed_events({recent}, {landed}, false)",
            "increment_settled": f"landed_events({settled}, {landed}, true)",
        }.items():
            _copy(generator, events, folder / "events", name)
        orders = f"landed_orders({recent}, {landed})"
        _copy(generator, orders, folder / "orders", "increment_recent")


def _generator(cases: int) -> duckdb.DuckDBPyConnection:
    generator = duckdb.connect()
    variables = {
        "starts_at": _instant(STARTS_AT),
        "ends_at": _instant(ENDS_AT),
        "microseconds_apart": str(LOG_DAYS * 86_400_000_000 // cases),
        "settled_before": str(_settled_before(cases)),
    }
    for name, value in variables.items():
        generator.execute(f"set variable {name} = {value}")
    generator.execute(MACROS.read_text())
    return generator


def _settled_before(cases: int) -> int:
    return cases - cases * SETTLED_AFTER_DAYS // LOG_DAYS


def _span(cases: tuple[int, int]) -> str:
    return f"{cases[0]}, {cases[1]}"


def _instant(at: datetime) -> str:
    return f"timestamp '{at}'"


def _copy(
    generator: duckdb.DuckDBPyConnection, table: str, folder: Path, name: str
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    generator.execute(f"copy (from {table}) to '{folder / name}.parquet'")


def main() -> None:
    """Write the log or its increment, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["log", "increment"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("cases", type=int)
    arguments = parser.parse_args()
    write = {"log": write_log, "increment": write_increment}[arguments.part]
    write(arguments.folder, arguments.cases)


if __name__ == "__main__":
    main()
