"""A journey as Parquet with the names of pm4py."""

from pathlib import Path

from offpath.interchange.native import native_names
from offpath.interchange.selection import Selection
from offpath.warehouse.marts import literal, quoted

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
INSTANTS = frozenset({"occurred_at", "loaded_at", "due_at"})
MOST_COLUMNS = 1_000


def write_parquet(selection: Selection, file: Path) -> dict[str, int]:
    """Write a table; instants are of UTC, with their zone, as pm4py has them.

    Further fields are columns too, as text, and stand in `attributes` as they are.
    """
    columns = [
        f"{f'cast({column} as timestamptz)' if column in INSTANTS else column}"
        f" as {quoted(name)}"
        for column, name in COLUMNS.items()
    ]
    keys = dict.fromkeys(name for _, name in selection.attribute_names())
    names = native_names(keys, COLUMNS.values(), MOST_COLUMNS)
    for name in names:
        pointer = "/" + name.replace("~", "~0").replace("/", "~1")
        columns.append(
            "case when json_valid(attributes)"
            f" then json_extract_string(attributes, {literal(pointer)}) end"
            f" as {quoted(name)}"
        )
    selection.connection.execute(
        f"copy (select {', '.join(columns)} from ({selection.query})"  # noqa: S608
        f" order by case_id, event_number) to {literal(file)}"
        " (format parquet, compression zstd, row_group_size 50000)"
    )
    selection.advance(1)
    return {}
