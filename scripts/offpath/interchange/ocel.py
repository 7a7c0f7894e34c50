"""OCEL 2.0: the events of the objects of one type."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from offpath.errors import ConfigurationError
from offpath.interchange.fields import OF_CASE, Advance, Notes, Row, Source, Value
from offpath.interchange.ocel_files import laid_out

ID, ACTIVITY, TIME, OBJECT = "ocel:eid", "ocel:activity", "ocel:timestamp", "ocel:oid"
QUALIFIER, OBJECTS = "ocel:qualifier", "ocel:objects"
NAMES = [ID, ACTIVITY, TIME, OBJECT]
ROWS_AT_ONCE = 1_000
CASES = """
select event.rowid, event.id, event.type, event.time, event.fields,
    object.id, object.fields, relation.qualifier,
    (select count(distinct others.object_id) from relation as others
        inner join object as kin on others.object_id = kin.id
        where others.event_id = event.id and kin.type = object.type)
from event
inner join relation on relation.event_id = event.id
inner join object on object.id = relation.object_id
where object.type = ?
group by event.rowid, object.id
order by event.rowid, object.rowid
"""
OTHERS = """
select object.type, object.id from relation
inner join object on object.id = relation.object_id
where relation.event_id = ? and object.type <> ?
group by object.type, object.id order by object.type, object.rowid
"""


def read_ocel(
    path: Path, advance: Advance, kind: str, object_type: str | None, shelf: Path
) -> Source:
    """Open a log as that of the objects of one type, which are its cases.

    ``kind`` is ``sqlite``, ``json`` or ``xml``; the log is laid out in ``shelf`` first.
    An event of two such objects is an event of each, with their ids in its own; one of
    none is left out. Raise ConfigurationError where it is no OCEL 2.0, and where there
    are several types and none is named.
    """
    source = Source("OCEL", iter(()), names=list(NAMES), is_ordered=False)
    database = laid_out(path, kind, shelf, source.notes, lambda part: advance(part / 2))
    counts = dict(
        database.execute(
            "select type, count(*) from object group by type order by type"
        ).fetchall()
    )
    if object_type is None and len(counts) == 1:
        (object_type,) = counts
    if object_type is None or object_type not in counts:
        known = ", ".join(f"{each} ({count:,})" for each, count in counts.items())
        message = f"say which objects are the cases (--object-type): {known or 'none'}"
        raise ConfigurationError(message)
    source.rows = _rows(database, object_type, source.notes, advance)
    return source


def _rows(
    database: sqlite3.Connection, object_type: str, notes: Notes, advance: Advance
) -> Iterator[Row]:
    """Yield the events of the objects of a type."""
    with closing(database):
        ((total,),) = database.execute("select count(*) from event").fetchall()
        last = 0
        met = 0
        for row in database.execute(CASES, [object_type]):
            place, event_id, activity, time, fields, case, of_case, qualifier, kin = row
            if place != last:
                last, met = place, met + 1
                others = database.execute(OTHERS, [event_id, object_type]).fetchall()
            values = {
                ID: Value(event_id if kin == 1 else f"{event_id}@{case}"),
                ACTIVITY: Value(activity),
                OBJECT: Value(case),
            }
            if time is not None:
                values[TIME] = Value(time)
            values |= _values(fields, "") | _values(of_case, OF_CASE)
            if qualifier:
                values[QUALIFIER] = Value(qualifier)
            if others:
                values[OBJECTS] = _by_type(others)
            if kin > 1:
                notes[f"events of several objects of {object_type}, one of each"] += 1
            yield Row(place, values)
            if place % ROWS_AT_ONCE == 0:
                advance(0.5 + place / total / 2)
        if met < total:
            notes[f"events of no object of {object_type}, left out"] += total - met


def _by_type(objects: Iterable[tuple[str, str]]) -> Value:
    """Return the ids of other objects by their type, as JSON."""
    ids: dict[str, list[str]] = {}
    for kind, each in objects:
        ids.setdefault(kind, []).append(each)
    text = json.dumps(ids, ensure_ascii=False)
    return Value(text, text, is_nested=True)


def _values(fields: str | None, prefix: str) -> dict[str, Value]:
    """Return the fields that are laid out as JSON."""
    if not fields:
        return {}
    return {
        f"{prefix}{name}": Value(text, as_json)
        for name, (text, as_json) in json.loads(fields).items()
    }
