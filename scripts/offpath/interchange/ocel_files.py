"""The forms of OCEL 2.0, laid out as one: SQLite and JSON."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from offpath.errors import ConfigurationError
from offpath.interchange.fields import Advance, Notes, Value, number, truth
from offpath.interchange.json_stream import elements_of
from offpath.warehouse.marts import quoted

CHANGES = "changes of attributes of objects, left out; the first value counts"
# What of a table of a type is not an attribute.
OF_TABLE = frozenset({"ocel_id", "ocel_time", "ocel_changed_field"})

# `fields` are JSON of names, and of each the text and, if it is no text, the JSON.
LAYOUT = """
pragma journal_mode = off;
pragma synchronous = off;
create table event (id text primary key, type text, time text, fields text);
create table object (id text primary key, type text, fields text);
create table relation (event_id text, object_id text, qualifier text);
begin;
"""
INDEXES = """
create index of_event on relation (event_id);
create index of_object on relation (object_id);
"""
LOST = """
select count(*) from relation
where not exists (select 1 from object where id = relation.object_id)
    or not exists (select 1 from event where id = relation.event_id)
"""

# Name, value and, of an object, since when.
Attribute = tuple[str, object, str]


@dataclass(slots=True)
class Layout:
    """A log being laid out in SQLite."""

    database: sqlite3.Connection
    notes: Notes

    def add(self, table: str, *row: object) -> None:
        """Add a row."""
        marks = ", ".join("?" for _ in row)
        self.database.execute(f"insert into {table} values ({marks})", row)  # noqa: S608

    def add_event(
        self, event_id: str, kind: str, time: str | None, values: Iterable[Attribute]
    ) -> None:
        """Add an event."""
        self.add("event", event_id, kind, time, _laid(values))

    def add_object(self, object_id: str, kind: str, values: list[Attribute]) -> None:
        """Add an object with the first value of each attribute."""
        first: dict[str, Attribute] = {}
        for each in sorted(values, key=lambda each: each[2]):
            first.setdefault(each[0], each)
        self.note(CHANGES, len(values) - len(first))
        self.add("object", object_id, kind, _laid(first.values()))

    def note(self, text: str, count: int) -> None:
        """Note what a person should know of, if it is there at all."""
        if count:
            self.notes[text] += count

    def finish(self) -> None:
        """Let relations be found."""
        self.database.executescript(INDEXES)
        ((lost,),) = self.database.execute(LOST).fetchall()
        self.note("relations of events or objects that are not there, left out", lost)


def laid_out(
    path: Path, kind: str, layout: Path, notes: Notes, advance: Advance
) -> None:
    """Make a database of the events, objects and relations of a log.

    ``kind`` is ``sqlite`` or ``json``. Raise ConfigurationError where it is no OCEL
    2.0.
    """
    fill: Callable[[Path, Layout, Advance], None] = {
        "sqlite": _fill_from_sqlite,
        "json": _fill_from_json,
    }[kind]
    try:
        with closing(sqlite3.connect(layout, isolation_level=None)) as database:
            database.executescript(LAYOUT)
            laid = Layout(database, notes)
            fill(path, laid, advance)
            laid.finish()
    except sqlite3.IntegrityError as error:
        message = f"{path}: an event or an object has the id of another: {error}"
        raise ConfigurationError(message) from error


def _laid(attributes: Iterable[Attribute]) -> str | None:
    """Return attributes as they are laid out; null without any."""
    found = {
        name: value[:2]
        for name, each, _ in attributes
        if (value := _value(each)) is not None
    }
    return json.dumps(found) if found else None


def _value(each: object) -> Value | None:
    """Return the value of an attribute as a file has it."""
    match each:
        case None:
            return None
        case bool():
            return truth(str(each))
        case int() | float():
            return number(repr(each))
        case str():
            return Value(each)
        case bytes():
            return Value(each.decode(errors="backslashreplace"))
        case _:
            text = json.dumps(each, ensure_ascii=False)
            return Value(text, text)


def _fill_from_sqlite(path: Path, layout: Layout, advance: Advance) -> None:
    """Lay out the relational form."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as log:
            maps = [
                (side, kind, name)
                for side in ("event", "object")
                for kind, name in log.execute(
                    f"select ocel_type, ocel_type_map from {side}_map_type"  # noqa: S608
                )
            ]
            for done, (side, kind, name) in enumerate(maps):
                _fill_from_table(log, layout, side, kind, name)
                advance(done / len(maps))
            for table in ("event", "object"):
                layout.database.executemany(
                    f"insert or ignore into {table} (id, type) values (?, ?)",  # noqa: S608
                    log.execute(f"select ocel_id, ocel_type from {table}"),  # noqa: S608
                )
            for row in log.execute(
                "select ocel_event_id, ocel_object_id, ocel_qualifier from event_object"
            ):
                layout.add("relation", *row)
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        message = f"{path} is no OCEL 2.0 in SQLite: {error}"
        raise ConfigurationError(message) from error


def _fill_from_table(
    log: sqlite3.Connection, layout: Layout, side: str, kind: str, name: str
) -> None:
    """Lay out the table of a type of events or objects."""
    table = quoted(f"{side}_{name}")
    order = "" if side == "event" else " order by ocel_id, ocel_time"
    cursor = log.execute(f"select * from {table}{order}")  # noqa: S608
    columns = [each[0] for each in cursor.description]
    rows = (dict(zip(columns, row, strict=True)) for row in cursor)
    if side == "event":
        for row in rows:
            attributes = _attributes(row)
            layout.add_event(row["ocel_id"], kind, row["ocel_time"], attributes)
        return
    for object_id, versions in groupby(rows, key=lambda row: str(row["ocel_id"])):
        found: list[Attribute] = []
        for row in versions:
            changed = row.get("ocel_changed_field")
            found += [
                each for each in _attributes(row) if not changed or each[0] == changed
            ]
        layout.add_object(object_id, kind, found)


def _attributes(row: Mapping[str, object]) -> list[Attribute]:
    """Return the attributes in a row of a table of a type."""
    since = str(row.get("ocel_time") or "")
    return [
        (name, value, since)
        for name, value in row.items()
        if name not in OF_TABLE and value is not None
    ]


def _fill_from_json(path: Path, layout: Layout, advance: Advance) -> None:
    """Lay out the JSON form."""
    add = {"events": _add_json_event, "objects": _add_json_object}
    lists = set()
    for name, element in elements_of(path, advance):
        lists.add(name)
        if name not in add:
            continue
        try:
            add[name](layout, element)
        except (KeyError, TypeError, AttributeError) as error:
            text = json.dumps(element, ensure_ascii=False)[:80]
            message = f"{path}, in {name}: this is no OCEL 2.0: {text}"
            raise ConfigurationError(message) from error
        except UnicodeEncodeError as error:
            text = ascii(element)[:80]
            message = f"{path}, in {name}: half a sign of UTF-16: {text}"
            raise ConfigurationError(message) from error
    if not lists & add.keys():
        message = f"{path} has neither events nor objects as OCEL 2.0 has them"
        raise ConfigurationError(message)


def _add_json_event(layout: Layout, element: Any) -> None:  # noqa: ANN401 - any JSON
    """Lay out an event with its relations."""
    event_id = element["id"]
    time = element.get("time")
    layout.add_event(event_id, element["type"], time, _json_attributes(element))
    for each in element.get("relationships") or ():
        layout.add("relation", event_id, each["objectId"], each.get("qualifier"))


def _add_json_object(layout: Layout, element: Any) -> None:  # noqa: ANN401 - any JSON
    """Lay out an object."""
    layout.add_object(element["id"], element["type"], _json_attributes(element))


def _json_attributes(element: Any) -> list[Attribute]:  # noqa: ANN401 - any JSON
    """Return the attributes of an event or an object."""
    return [
        (str(each["name"]), each["value"], str(each.get("time", "")))
        for each in element.get("attributes") or ()
    ]
