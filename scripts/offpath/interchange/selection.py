"""The events of one journey in the marts, in the order of their cases."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import duckdb

from offpath.errors import ConfigurationError
from offpath.warehouse.marts import literal

ROWS_AT_ONCE = 5_000
EVENT_COLUMNS = (
    *("case_id", "event_id", "event_name", "occurred_at", "actor", "channel"),
    *("location", "reason_code", "amount", "source_sequence", "loaded_at"),
)
CASE_COLUMNS = ("severity", "due_at", "value_amount", "is_excluded")


class Event(NamedTuple):
    """An event, and what the marts know of its case; instants are UTC, and naive."""

    case_id: str
    event_id: str
    event_name: str
    occurred_at: datetime
    actor: str | None
    channel: str | None
    location: str | None
    reason_code: str | None
    amount: Decimal | None
    source_sequence: int | None
    loaded_at: datetime
    attributes: str | None
    severity: str | None
    due_at: datetime | None
    value_amount: Decimal | None
    is_excluded: bool | None


@dataclass(frozen=True, slots=True)
class Selection:
    """The events of a journey, and a connection that can ask for more of them."""

    connection: duckdb.DuckDBPyConnection
    journey: str
    count: int
    advance: Callable[[float], None]

    @property
    def query(self) -> str:
        """SQL of the events: the columns of `Event`, and `event_number`."""
        events = ", ".join(f"events.{column}" for column in EVENT_COLUMNS)
        cases = ", ".join(f"cases.{column}" for column in CASE_COLUMNS)
        return (
            f"select {events}, attributes.attributes, {cases}, events.event_number"  # noqa: S608
            " from fct_case_events as events"
            " left join fct_event_attributes as attributes"
            " on attributes.journey = events.journey"
            " and attributes.event_id = events.event_id"
            " left join fct_cases as cases on cases.journey = events.journey"
            " and cases.case_id = events.case_id"
            f" where events.journey = {literal(self.journey)}"
        )

    def events(self) -> Iterator[Event]:
        """Yield the events, case by case and in the order of the timeline."""
        columns = ", ".join(Event._fields)
        answer = self.connection.execute(
            f"select {columns} from ({self.query}) order by case_id, event_number"  # noqa: S608
        )
        done = 0
        while rows := answer.fetchmany(ROWS_AT_ONCE):
            yield from map(Event._make, rows)
            done += len(rows)
            self.advance(done / max(self.count, 1))

    def attribute_names(self) -> list[tuple[str, str]]:
        """Return event names with the names of their further fields, in order."""
        rows = self.connection.execute(
            "select distinct event_name, unnest(json_keys(attributes)) as name"  # noqa: S608
            f" from ({self.query}) where json_valid(attributes)"
            " and json_type(attributes) = 'OBJECT' order by event_name, name"
        ).fetchall()
        return [(str(event_name), str(name)) for event_name, name in rows]


def selected(
    connection: duckdb.DuckDBPyConnection,
    journey: str | None,
    advance: Callable[[float], None],
) -> Selection:
    """Return the events of a journey; of the only one where none is named.

    Raise ConfigurationError where there is no such journey, or several and none named.
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
    return Selection(connection, journey, counts[journey], advance)
