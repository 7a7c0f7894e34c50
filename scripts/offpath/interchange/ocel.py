"""OCEL 2.0: the events of the objects of one type."""

import json
import sqlite3
from collections import Counter
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
EVENTS = "select rowid, id, type, time, fields from event order by rowid"
RELATED = """
select object.type, object.id, min(relation.qualifier),
    case when object.type = ? then object.fields end
from relation
inner join object on object.id = relation.object_id
where relation.event_id = ?
group by object.rowid order by object.rowid
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
    notes: Notes = Counter()
    laid_out(path, kind, shelf, notes, advance)
    with closing(sqlite3.connect(shelf)) as database:
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
    cases = object_type
    return Source(
        "OCEL",
        lambda advance: _rows(shelf, cases, notes, advance),
        names=list(NAMES),
        is_ordered=False,
        notes=notes,
    )


def _rows(
    shelf: Path, object_type: str, notes: Notes, advance: Advance
) -> Iterator[Row]:
    """Yield the events of the objects of a type."""
    with closing(sqlite3.connect(shelf)) as database:
        ((total,),) = database.execute("select count(*) from event").fetchall()
        for place, event_id, activity, time, fields in database.execute(EVENTS):
            related = database.execute(RELATED, [object_type, event_id]).fetchall()
            cases = [each for each in related if each[0] == object_type]
            others = [each[:2] for each in related if each[0] != object_type]
            for _, case, qualifier, of_case in cases:
                is_shared = len(cases) > 1
                values = {
                    ID: Value(f"{event_id}@{case}" if is_shared else event_id),
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
                if is_shared:
                    text = f"events of several objects of {object_type}, one of each"
                    notes[text] += 1
                yield Row(place, values)
            if not cases:
                notes[f"events of no object of {object_type}, left out"] += 1
            if place % ROWS_AT_ONCE == 0:
                advance(place / total)


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
