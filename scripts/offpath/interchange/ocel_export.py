"""A journey as OCEL 2.0 in SQLite: its cases are objects, of one type."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from offpath.interchange.native import native_names
from offpath.interchange.selection import Event, Selection
from offpath.warehouse.marts import quoted

ROWS_AT_ONCE = 1_000
SCHEMA = """
pragma journal_mode = off;
pragma synchronous = off;
create table event (ocel_id TEXT primary key, ocel_type TEXT);
create table object (ocel_id TEXT primary key, ocel_type TEXT);
create table event_object (
    ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT,
    primary key (ocel_event_id, ocel_object_id, ocel_qualifier)
);
create table object_object (
    ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT,
    primary key (ocel_source_id, ocel_target_id, ocel_qualifier)
);
create table event_map_type (ocel_type TEXT primary key, ocel_type_map TEXT);
create table object_map_type (ocel_type TEXT primary key, ocel_type_map TEXT);
begin;
"""
EVENT_TYPES = {
    "ocel_id": "TEXT",
    "ocel_time": "TIMESTAMP",
    "actor": "TEXT",
    "channel": "TEXT",
    "location": "TEXT",
    "reason_code": "TEXT",
    "amount": "REAL",
    "source_sequence": "INTEGER",
    "loaded_at": "TIMESTAMP",
    "attributes": "TEXT",
}
OBJECT_TYPES = {
    "ocel_id": "TEXT",
    "ocel_time": "TIMESTAMP",
    "ocel_changed_field": "TEXT",
    "severity": "TEXT",
    "due_at": "TIMESTAMP",
    "value_amount": "REAL",
    "is_excluded": "BOOLEAN",
}
# What holds from the beginning has this time, as OCEL 2.0 has it.
BEGINNING = "1970-01-01T00:00:00Z"
# There is one relation between an event and its case, which needs no name.
QUALIFIER = ""
NOT_OF_A_NAME = re.compile(r"[^A-Za-z0-9]+")
# Up to so much a double tells cents apart.
MOST_EXACT = 10**13
# A table of SQLite has two thousand columns at the most.
MOST_COLUMNS = 1_500


@dataclass(slots=True)
class Tables:
    """Tables that are being filled, some rows at a time."""

    database: sqlite3.Connection
    waiting: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def create(self, table: str, types: Mapping[str, str]) -> None:
        """Make a table."""
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
        self.database.execute(f"create table {quoted(table)} ({columns})")

    def add(self, table: str, *row: object) -> None:
        """Add a row, together with others."""
        rows = self.waiting.setdefault(table, [])
        rows.append(row)
        if len(rows) >= ROWS_AT_ONCE:
            self.flush(table)

    def flush(self, table: str) -> None:
        """Write the rows that wait."""
        if rows := self.waiting.pop(table, []):
            marks = ", ".join("?" for _ in rows[0])
            self.database.executemany(
                f"insert into {quoted(table)} values ({marks})",  # noqa: S608
                rows,
            )

    def finish(self) -> None:
        """Write what waits."""
        for table in list(self.waiting):
            self.flush(table)
        self.database.execute("commit")


def write_ocel(selection: Selection, file: Path) -> dict[str, int]:
    """Write a log in the relational form of OCEL 2.0.

    The journey is the one type of objects, an object a case; each event is related to
    its case. Further fields are columns of the table of their type of events, as text,
    and stand in `attributes` as they are.
    """
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.executescript(SCHEMA)
        tables = Tables(database)
        amounts = _amount_type(selection)
        of_type = _event_tables(selection, tables, amounts)
        case_table = f"object_{_map_of([selection.journey])[selection.journey]}"
        types = {**OBJECT_TYPES, "value_amount": amounts}
        tables.create(case_table, types)
        tables.add(
            "object_map_type", selection.journey, case_table.removeprefix("object_")
        )
        amount = float if amounts == "REAL" else str
        cases = groupby(selection.events(), key=lambda event: event.case_id)
        for case_id, events in cases:
            first = next(events)
            tables.add("object", case_id, selection.journey)
            tables.add(
                case_table,
                case_id,
                BEGINNING,
                None,
                first.severity,
                _instant(first.due_at),
                _or_none(amount, first.value_amount),
                _or_none(int, first.is_excluded),
            )
            for event in chain([first], events):
                table, names = of_type[event.event_name]
                tables.add("event", event.event_id, event.event_name)
                tables.add("event_object", event.event_id, case_id, QUALIFIER)
                row = _event_row(event, amount)
                tables.add(table, *row, *_native(event.attributes, names))
        tables.finish()
    return {}


def _amount_type(selection: Selection) -> str:
    """Return the type of amounts: REAL, or TEXT where that would lose cents."""
    ((most,),) = selection.connection.execute(
        "select max(greatest(abs(coalesce(amount, 0)), abs(coalesce(value_amount, 0))))"  # noqa: S608
        f" from ({selection.query})"
    ).fetchall()
    return "REAL" if (most or 0) < MOST_EXACT else "TEXT"


def _event_tables(
    selection: Selection, tables: Tables, amounts: str
) -> dict[str, tuple[str, list[str]]]:
    """Make a table for each type of events; return it, and its further columns."""
    rows = selection.connection.execute(
        f"select distinct event_name from ({selection.query}) order by event_name"  # noqa: S608
    ).fetchall()
    names = _map_of(str(name) for (name,) in rows)
    keys: dict[str, list[str]] = {}
    for event_name, key in selection.attribute_names():
        keys.setdefault(event_name, []).append(key)
    found = {}
    for event_name, name in names.items():
        table = f"event_{name}"
        more = native_names(keys.get(event_name, []), EVENT_TYPES, MOST_COLUMNS)
        types = {**EVENT_TYPES, "amount": amounts, **dict.fromkeys(more, "TEXT")}
        tables.create(table, types)
        tables.add("event_map_type", event_name, name)
        found[event_name] = table, more
    return found


def _map_of(names: Iterable[str]) -> dict[str, str]:
    """Return for each type the end of the name of its table, each its own."""
    # The tables of the log itself.
    taken = {"object", "map_type"}
    found = {}
    for name in names:
        words = NOT_OF_A_NAME.sub(" ", name).split()
        short = "".join(f"{word[0].upper()}{word[1:]}" for word in words)[:60] or "Type"
        free, number = short, 1
        while free.lower() in taken:
            number += 1
            free = f"{short}{number}"
        taken.add(free.lower())
        found[name] = free
    return found


def _event_row(event: Event, amount: Callable[[Any], object]) -> tuple[object, ...]:
    """Return the columns that every type of events has."""
    return (
        event.event_id,
        _instant(event.occurred_at),
        event.actor,
        event.channel,
        event.location,
        event.reason_code,
        _or_none(amount, event.amount),
        event.source_sequence,
        _instant(event.loaded_at),
        event.attributes,
    )


def _native(attributes: str | None, names: list[str]) -> list[str | None]:
    """Return further fields as texts."""
    if not names or attributes is None:
        return [None] * len(names)
    try:
        fields = json.loads(attributes, parse_float=str, parse_int=str)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        return [None] * len(names)
    return [_text(fields.get(name)) for name in names]


def _text(value: object) -> str | None:
    """Return a value of JSON as text."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _instant(moment: datetime | None) -> str | None:
    """Write an instant of UTC."""
    return None if moment is None else f"{moment.isoformat()}Z"


def _or_none(convert: Callable[[Any], object], value: object) -> object:
    """Convert a value; null stays null."""
    return None if value is None else convert(value)
