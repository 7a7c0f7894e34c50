"""Make the demo's raw logs: a shop and a service desk up to 13 April 2026.

The same code gives the same files, byte for byte; every exception that a build has to
raise from them is listed in `planted_exceptions.csv`.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from random import Random

from simulation import flaws, order_plants, orders, raw, ticket_plants, tickets
from simulation.cases import Case, Entry, Planted, entries, planted
from simulation.hours import SUPPORT, WAREHOUSE, Hours

RANDOM_SEED = 20260413


def simulate(seeds_folder: Path) -> None:
    """Write the five CSV files of the demo into a folder, made if need be.

    Four are raw: the shop's log and its orders, the desk's audit and its tickets.
    `planted_exceptions.csv` lists what a build as of 2026-04-13 06:00 UTC has to raise.
    """
    order_logs = _logs(
        orders.ordinary_orders(_random("ordinary orders"))
        + order_plants.troubled_orders(_random("troubled orders")),
        WAREHOUSE,
        "SO-{}",
        first_number=100001,
    )
    ticket_logs = _logs(
        tickets.ordinary_tickets(_random("ordinary tickets"))
        + ticket_plants.troubled_tickets(_random("troubled tickets")),
        SUPPORT,
        "HD{}",
        first_number=7001,
    )
    rng = _random("flaws")
    tables = {
        "raw_shop_order_log": flaws.flawed(
            rng, _shop_rows(order_logs), flaws.SHOP_FLAWS
        ),
        "raw_shop_orders": flaws.flawed(
            rng,
            [raw.shop_order_row(log[0].case) for log in order_logs],
            flaws.SHOP_ORDER_FLAWS,
        ),
        "raw_desk_ticket_audit": flaws.flawed(
            rng, _desk_rows(ticket_logs), flaws.DESK_FLAWS
        ),
        "raw_desk_tickets": flaws.flawed(
            rng,
            [raw.desk_ticket_row(log[0].case) for log in ticket_logs],
            flaws.DESK_TICKET_FLAWS,
        ),
        "planted_exceptions": _planted_rows(order_logs, ticket_logs),
    }
    seeds_folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        _write(seeds_folder / f"{name}.csv", rows)


def _random(part: str) -> Random:
    """Give each part its own numbers, so that a change of one leaves the others."""
    return Random(f"{RANDOM_SEED} {part}")


def _logs(
    cases: list[Case], hours: Hours, id_format: str, first_number: int
) -> list[list[Entry]]:
    """Number the cases in the order they started; leave out what has not landed."""
    cases.sort(key=lambda case: case.started_at)
    for number, case in enumerate(cases, start=first_number):
        case.case_id = id_format.format(number)
    return [log for case in cases if (log := entries(case, hours))]


def _shop_rows(order_logs: list[list[Entry]]) -> list[raw.Row]:
    """Number the entries of all orders in the order they happened."""
    numbered = [
        (entry, number)
        for log in order_logs
        for number, entry in enumerate(log, start=1)
    ]
    numbered.sort(key=lambda pair: pair[0].at)
    return [
        raw.shop_row(entry, number, entry_number)
        for entry_number, (entry, number) in enumerate(numbered, start=1)
    ]


def _desk_rows(ticket_logs: list[list[Entry]]) -> list[raw.Row]:
    """Number the updates of each ticket."""
    return [
        raw.desk_row(entry, number)
        for log in ticket_logs
        for number, entry in enumerate(log, start=1)
    ]


def _planted_rows(
    order_logs: list[list[Entry]], ticket_logs: list[list[Entry]]
) -> list[raw.Row]:
    of_orders = [row for log in order_logs for row in planted(log, orders.ENDS)]
    of_tickets = [row for log in ticket_logs for row in planted(log, tickets.ENDS)]
    all_planted = [
        *of_orders,
        *order_plants.episodes_of_orders(),
        *of_tickets,
        *ticket_plants.episodes_of_tickets(),
    ]
    return [
        {field.name: _text(getattr(row, field.name)) for field in fields(Planted)}
        for row in sorted(
            all_planted, key=lambda row: (row.rule_id, row.onset_at, row.subject_id)
        )
    ]


def _text(value: str | bool | datetime) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value).lower() if isinstance(value, bool) else value


def _write(path: Path, rows: list[raw.Row]) -> None:
    draft = path.with_suffix(".csv.draft")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    draft.replace(path)


def main() -> None:
    """Write the files into the folder that the command line names."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m simulation.simulate FOLDER")
    simulate(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
