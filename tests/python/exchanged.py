"""Marts of one journey as commands read them, and logs that other tools write."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
from conftest import SCRIPTS, a_journey, build_warehouse

JOURNEY = "order_to_ship"
EVENT_TYPES = {
    "journey": "varchar",
    "case_id": "varchar",
    "event_id": "varchar",
    "event_name": "varchar",
    "occurred_at": "timestamp",
    "actor": "varchar",
    "channel": "varchar",
    "location": "varchar",
    "reason_code": "varchar",
    "amount": "decimal(18, 2)",
    "source_sequence": "bigint",
    "loaded_at": "timestamp",
}
CASE_TYPES = {
    "severity": "varchar",
    "due_at": "timestamp",
    "value_amount": "decimal(18, 2)",
    "is_excluded": "boolean",
}
COLUMNS = (*EVENT_TYPES, "attributes", *CASE_TYPES)


def an_event(number: int, **changes: object) -> dict[str, Any]:
    """Return a row of the timeline with what the marts know of its case."""
    return {
        "journey": JOURNEY,
        "case_id": "O-1",
        "event_id": f"E-{number}",
        "event_name": "packed",
        "occurred_at": f"2026-04-01 10:{number:02}:00",
        "actor": "packer",
        "channel": "web",
        "location": "north",
        "reason_code": None,
        "amount": "62.76",
        "source_sequence": number,
        "loaded_at": "2026-04-01 12:00:00.000001",
        "attributes": '{"carrier": "UPS", "weight_kg": 1.50}',
        "severity": "express",
        "due_at": "2026-04-02 10:00:00",
        "value_amount": "1299.90",
        "is_excluded": False,
    } | changes


def build_log(
    home: Path, events: list[dict[str, Any]], *, journey: str = JOURNEY
) -> None:
    """Build marts with the events, in their order case by case."""
    named = [a_journey(journey=journey, event_count=len(events))]
    path = build_warehouse(home, [], journeys=named)
    numbers: dict[str, int] = {}
    with duckdb.connect(str(path)) as warehouse:
        warehouse.execute("use marts")
        types = ", ".join(f"{name} {kind}" for name, kind in EVENT_TYPES.items())
        warehouse.execute(
            f"create table fct_case_events ({types}, event_number integer)"
        )
        warehouse.execute(
            "create table fct_event_attributes"
            " (journey varchar, event_id varchar, attributes varchar)"
        )
        kinds = ", ".join(f"{name} {kind}" for name, kind in CASE_TYPES.items())
        warehouse.execute("drop table fct_cases")
        warehouse.execute(
            f"create table fct_cases (journey varchar, case_id varchar, {kinds})"
        )
        for each in events:
            case = each["case_id"]
            numbers[case] = numbers.get(case, 0) + 1
            row = [*(each[name] for name in EVENT_TYPES), numbers[case]]
            marks = ", ".join("?" for _ in row)
            warehouse.execute(f"insert into fct_case_events values ({marks})", row)
            if each["attributes"] is not None:
                row = [each["journey"], each["event_id"], each["attributes"]]
                warehouse.execute(
                    "insert into fct_event_attributes values (?, ?, ?)", row
                )
            if numbers[case] == 1:
                row = [each["journey"], case, *(each[name] for name in CASE_TYPES)]
                warehouse.execute(
                    "insert into fct_cases values (?, ?, ?, ?, ?, ?)", row
                )


def rows_of(table: str, order: str = "case_id, event_id") -> list[tuple[Any, ...]]:
    """Return the columns of the contract of a table or a file, as texts."""
    columns = ", ".join(f"cast({name} as varchar)" for name in COLUMNS)
    return duckdb.sql(f"select {columns} from {table} order by {order}").fetchall()


def rows_in_marts(warehouse: Path, journey: str = JOURNEY) -> list[tuple[Any, ...]]:
    """Return the columns of the contract as the marts have them."""
    columns = ", ".join(
        [f"cast(events.{name} as varchar)" for name in EVENT_TYPES]
        + ["attributes.attributes"]
        + [f"cast(cases.{name} as varchar)" for name in CASE_TYPES]
    )
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(
            f"select {columns} from marts.fct_case_events as events"
            " left join marts.fct_event_attributes as attributes"
            " on attributes.journey = events.journey"
            " and attributes.event_id = events.event_id"
            " left join marts.fct_cases as cases on cases.journey = events.journey"
            " and cases.case_id = events.case_id"
            f" where events.journey = '{journey}'"
            " order by events.case_id, events.event_id"
        ).fetchall()


# Peak of a process that moves a log, whatever its size: 200 MB take little more than
# the logs of the tests do.
MOST_MEMORY = 160 << 20
# Prints it. What `getrusage` says is also that of the process that started this one.
CODE = """
import re, sys
from offpath.cli import main
try:
    main(sys.argv[1:])
finally:
    status = open("/proc/self/status").read()
    print(re.search("VmHWM:[^0-9]*([0-9]+)", status)[1], file=sys.stderr)
"""


def peak_of(*arguments: str | Path) -> tuple[str, int]:
    """Return what a command prints, and how much memory it took, in bytes."""
    path = os.pathsep.join([str(SCRIPTS), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, int(done.stderr.split()[-1]) * 1024


XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
{inside}
</log>
"""


def xes(path: Path, inside: str, encoding: str = "utf-8") -> Path:
    """Write a log of XES."""
    path.write_text(XES.format(inside=inside), encoding=encoding)
    return path


def event(name: str, at: str, more: str = "") -> str:
    """Return an event of XES."""
    return (
        f'<event><string key="concept:name" value="{name}"/>'
        f'<date key="time:timestamp" value="{at}"/>{more}</event>'
    )


def trace(case: str, *events: str, more: str = "") -> str:
    """Return a trace of XES."""
    name = f'<string key="concept:name" value="{case}"/>'
    return f"<trace>{name}{more}{''.join(events)}</trace>"


# Two orders that are packed together, and an item of the second. The first value of an
# attribute of an object is the one that counts.
OBJECTS = [
    {
        "id": "o1",
        "type": "order",
        "attributes": [
            {"name": "value", "time": "2026-01-02T00:00:00Z", "value": 9},
            {"name": "value", "time": "1970-01-01T00:00:00Z", "value": 7},
        ],
    },
    {"id": "o2", "type": "order"},
    {"id": "i1", "type": "item"},
]
EVENTS = [
    {
        "id": "e1",
        "type": "placed",
        "time": "2026-01-01T10:00:00Z",
        "attributes": [{"name": "price", "value": 12.5}],
        "relationships": [{"objectId": "o1", "qualifier": "of"}],
    },
    {
        "id": "e2",
        "type": "packed",
        "time": "2026-01-01T11:00:00Z",
        "relationships": [
            {"objectId": "o1", "qualifier": "of"},
            {"objectId": "o2", "qualifier": "of"},
            {"objectId": "i1", "qualifier": "part"},
        ],
    },
    {
        "id": "e3",
        "type": "counted",
        "time": "2026-01-01T12:00:00Z",
        "relationships": [{"objectId": "i1", "qualifier": "of"}],
    },
]


def ocel_json(path: Path) -> Path:
    """Write the log of two orders as JSON."""
    types = [{"name": each, "attributes": []} for each in ("order", "item")]
    log = {"objectTypes": types, "eventTypes": [], "objects": OBJECTS, "events": EVENTS}
    path.write_text(json.dumps(log, indent=1), encoding="utf-8")
    return path


def ocel_sqlite(path: Path) -> Path:
    """Write the log of two orders as tables."""

    def fill(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        log.execute(f"create table {table} ({columns})")
        for row in rows:
            marks = ", ".join("?" for _ in row)
            log.execute(f"insert into {table} values ({marks})", row)

    log = sqlite3.connect(path)
    for side, each in (("event", EVENTS), ("object", OBJECTS)):
        kinds = sorted({of["type"] for of in each})
        fill(side, "ocel_id, ocel_type", [(of["id"], of["type"]) for of in each])
        fill(
            f"{side}_map_type",
            "ocel_type, ocel_type_map",
            [(kind, kind.title()) for kind in kinds],
        )
    fill(
        "event_object",
        "ocel_event_id, ocel_object_id, ocel_qualifier",
        [
            (of["id"], each["objectId"], each["qualifier"])
            for of in EVENTS
            for each in of["relationships"]
        ],
    )
    times = {of["id"]: of["time"] for of in EVENTS}
    fill("event_Placed", "ocel_id, ocel_time, price real", [("e1", times["e1"], 12.5)])
    fill("event_Packed", "ocel_id, ocel_time", [("e2", times["e2"])])
    fill("event_Counted", "ocel_id, ocel_time", [("e3", times["e3"])])
    fill(
        "object_Order",
        "ocel_id, ocel_time, ocel_changed_field, value integer",
        [
            ("o1", "1970-01-01T00:00:00Z", None, 7),
            ("o2", "1970-01-01T00:00:00Z", None, None),
            ("o1", "2026-01-02T00:00:00Z", "value", 9),
        ],
    )
    fill("object_Item", "ocel_id, ocel_time, ocel_changed_field", [("i1", None, None)])
    log.commit()
    log.close()
    return path
