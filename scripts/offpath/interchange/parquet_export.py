"""A journey as Parquet with the names of pm4py."""

from contextlib import closing
from pathlib import Path

import duckdb

from offpath.interchange.lines import Lines
from offpath.interchange.native import native_fields, native_names, native_text
from offpath.interchange.selection import Selection
from offpath.warehouse.marts import quoted

# The names of XES where it has one; a field of a case begins with `case:`.
COLUMNS = {
    "case_id": "case:concept:name",
    "event_name": "concept:name",
    "occurred_at": "time:timestamp",
    "actor": "org:resource",
    "event_id": "identity:id",
    "amount": "cost:total",
    "channel": "channel",
    "location": "location",
    "reason_code": "reason_code",
    "source_sequence": "source_sequence",
    "loaded_at": "loaded_at",
    "attributes": "attributes",
    "severity": "case:severity",
    "due_at": "case:due_at",
    "value_amount": "case:value_amount",
    "is_excluded": "case:is_excluded",
}
TYPES = {
    **dict.fromkeys(("occurred_at", "loaded_at", "due_at"), "timestamp"),
    **dict.fromkeys(("amount", "value_amount"), "decimal(18, 2)"),
    "source_sequence": "bigint",
    "is_excluded": "boolean",
}
MOST_COLUMNS = 1_000


def write_parquet(selection: Selection, file: Path) -> dict[str, int]:
    """Write a table; instants are of UTC, with their zone, as pm4py has them.

    Further fields are columns too, as text, and stand in `attributes` as they are.
    """
    met = selection.attribute_names(MOST_COLUMNS).values()
    keys = dict.fromkeys(name for names in met for name in names)
    more = native_names(keys, COLUMNS.values(), MOST_COLUMNS)
    lines = Lines(file.with_name("lines"))
    for event in selection.events():
        fields = native_fields(event.attributes)
        texts = {f"more_{place}": fields.get(name) for place, name in enumerate(more)}
        there = {
            name: native_text(each) for name, each in texts.items() if each is not None
        }
        lines.add(event._asdict() | there)
    types = {column: TYPES.get(column, "text") for column in COLUMNS}
    selected = [
        f"{f'cast({each} as timestamptz)' if types[each] == 'timestamp' else each}"
        f" as {quoted(name)}"
        for each, name in COLUMNS.items()
    ]
    selected += [f"more_{place} as {quoted(name)}" for place, name in enumerate(more)]
    types |= {f"more_{place}": "text" for place in range(len(more))}
    with closing(duckdb.connect()) as connection:
        connection.execute("set TimeZone = 'UTC'")
        lines.write_parquet(connection, types, ", ".join(selected), file)
    return {}
