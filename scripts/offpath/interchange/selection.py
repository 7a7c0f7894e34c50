"""The events of one journey in the marts, in the order of their cases."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from offpath.errors import ConfigurationError
from offpath.interchange.engine import FETCHED_AT_ONCE
from offpath.interchange.native import native_fields
from offpath.warehouse.marts import literal

# DuckDB can neither sort nor join long rows within bounds: SQLite has them on disk.
LAYOUT = """
pragma journal_mode = off;
pragma synchronous = off;
create table events (case_id, event_id, event_name, occurred_at, actor, channel,
    location, reason_code, amount, source_sequence, loaded_at, event_number);
create table attributes (event_id, attributes);
create table cases (case_id, severity, due_at, value_amount, is_excluded);
begin;
"""
INDEXES = """
create index in_order on events (case_id, event_number);
create index of_event on attributes (event_id);
create index of_case on cases (case_id);
"""
MARTS = {
    "events": "fct_case_events",
    "attributes": "fct_event_attributes",
    "cases": "fct_cases",
}
AS_TEXT = {
    **dict.fromkeys(
        ("occurred_at", "loaded_at", "due_at"),
        "replace(cast({0} as varchar), ' ', 'T')",
    ),
    **dict.fromkeys(("amount", "value_amount"), "cast({0} as varchar)"),
    "is_excluded": "cast(is_excluded as integer)",
}


class Event(NamedTuple):
    """An event, and what the marts know of its case.

    Instants are ISO 8601, UTC without a zone; amounts are texts.
    """

    case_id: str
    event_id: str
    event_name: str
    occurred_at: str
    actor: str | None
    channel: str | None
    location: str | None
    reason_code: str | None
    amount: str | None
    source_sequence: int | None
    loaded_at: str
    attributes: str | None
    severity: str | None
    due_at: str | None
    value_amount: str | None
    is_excluded: int | None


@dataclass(frozen=True, slots=True)
class Selection:
    """The events of a journey, as they are laid out in SQLite."""

    database: sqlite3.Connection
    journey: str
    count: int
    advance: Callable[[float], None]

    def events(self) -> Iterator[Event]:
        """Yield the events, case by case and in the order of the timeline."""
        owner = {"attributes": "attributes"} | dict.fromkeys(
            ("severity", "due_at", "value_amount", "is_excluded"), "cases"
        )
        columns = ", ".join(
            f"{owner.get(each, 'events')}.{each}" for each in Event._fields
        )
        answer = self.database.execute(
            f"select {columns} from events indexed by in_order"  # noqa: S608
            " left join attributes on attributes.event_id = events.event_id"
            " left join cases on cases.case_id = events.case_id"
            " order by events.case_id, events.event_number"
        )
        for done, row in enumerate(answer):
            yield Event._make(row)
            if done % FETCHED_AT_ONCE == 0:
                self.advance(0.5 + 0.5 * done / max(self.count, 1))

    def attribute_names(self, most: int) -> dict[str, list[str]]:
        """Return for each event name its further fields, of many those met first."""
        found: dict[str, dict[str, None]] = {}
        for event_name, attributes in self.database.execute(
            "select event_name, attributes from events"
            " left join attributes on attributes.event_id = events.event_id"
        ):
            names = found.setdefault(event_name, {})
            if len(names) < most:
                names |= dict.fromkeys(native_fields(attributes))
        return {name: sorted(found[name]) for name in sorted(found)}


@contextmanager
def selected(
    connection: duckdb.DuckDBPyConnection,
    journey: str | None,
    folder: Path,
    advance: Callable[[float], None],
) -> Iterator[Selection]:
    """Yield the events of a journey; of the only one where none is named.

    They are laid out in the folder. Raise ConfigurationError where there is no such
    journey, or several and none named.
    """
    counts = {
        str(each): int(count)
        for each, count in connection.execute(
            "select journey, event_count from dim_journeys order by journey"
        ).fetchall()
    }
    if journey is None and len(counts) == 1:
        (journey,) = counts
    if journey is None or journey not in counts:
        asked = f"there is no journey {journey!r}; " if journey else ""
        message = f"{asked}say which journey (--journey): {', '.join(counts)}"
        raise ConfigurationError(message)
    file = folder / "selection.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.executescript(LAYOUT)
        for place, (table, mart) in enumerate(MARTS.items(), 1):
            _lay_out(
                connection,
                database,
                table,
                f"{mart} where journey = {literal(journey)}",
            )
            advance(place / len(MARTS) / 2)
        database.executescript(INDEXES)
        yield Selection(database, journey, counts[journey], advance)


def _lay_out(
    connection: duckdb.DuckDBPyConnection,
    database: sqlite3.Connection,
    table: str,
    mart: str,
) -> None:
    """Copy the columns of a table from what is selected of a mart."""
    columns = [
        str(each[0])
        for each in database.execute(f"select * from {table}").description  # noqa: S608
    ]
    listed = ", ".join(AS_TEXT.get(each, "{0}").format(each) for each in columns)
    marks = ", ".join("?" for _ in columns)
    answer = connection.execute(f"select {listed} from {mart}")  # noqa: S608
    while rows := answer.fetchmany(FETCHED_AT_ONCE):
        database.executemany(f"insert into {table} values ({marks})", rows)  # noqa: S608
