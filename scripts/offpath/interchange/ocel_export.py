"""A journey as OCEL 2.0 in SQLite: its cases are objects, of one type."""

import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path

from offpath.interchange.native import native_fields, native_names, native_text
from offpath.interchange.selection import Event, Selection
from offpath.warehouse.marts import quoted

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
    """Tables that are being filled."""

    database: sqlite3.Connection

    def create(self, table: str, types: Mapping[str, str]) -> None:
        """Make a table."""
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
        self.database.execute(f"create table {quoted(table)} ({columns})")

    def add(self, table: str, *row: object) -> None:
        """Add a row."""
        marks = ", ".join("?" for _ in row)
        self.database.execute(f"insert into {quoted(table)} values ({marks})", row)  # noqa: S608


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
                first.value_amount,
                first.is_excluded,
            )
            for event in chain([first], events):
                table, names = of_type[event.event_name]
                tables.add("event", event.event_id, event.event_name)
                tables.add("event_object", event.event_id, case_id, QUALIFIER)
                row = _event_row(event)
                tables.add(table, *row, *_native(event.attributes, names))
        database.execute("commit")
    return {}


def _amount_type(selection: Selection) -> str:
    """Return the type of amounts: REAL, or TEXT where that would lose cents."""
    ((most,),) = selection.database.execute(
        "select max(coalesce((select max(abs(amount)) from events), 0),"
        " coalesce((select max(abs(value_amount)) from cases), 0))"
    ).fetchall()
    return "REAL" if most < MOST_EXACT else "TEXT"


def _event_tables(
    selection: Selection, tables: Tables, amounts: str
) -> dict[str, tuple[str, list[str]]]:
    """Make a table for each type of events; return it, and its further columns."""
    keys = selection.attribute_names(MOST_COLUMNS)
    found = {}
    for event_name, name in _map_of(keys).items():
        table = f"event_{name}"
        more = native_names(keys[event_name], EVENT_TYPES, MOST_COLUMNS)
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


def _event_row(event: Event) -> tuple[object, ...]:
    """Return the columns that every type of events has."""
    return (
        event.event_id,
        _instant(event.occurred_at),
        event.actor,
        event.channel,
        event.location,
        event.reason_code,
        event.amount,
        event.source_sequence,
        _instant(event.loaded_at),
        event.attributes,
    )


def _native(attributes: str | None, names: list[str]) -> list[str | None]:
    """Return further fields as texts."""
    fields = native_fields(attributes) if names else {}
    return [native_text(fields.get(name)) for name in names]


def _instant(moment: str | None) -> str | None:
    """Write an instant of UTC."""
    return moment and f"{moment}Z"
