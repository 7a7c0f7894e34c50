"""Write the events of a journey, as the marts have them, for other tools."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from offpath.home import Home
from offpath.interchange.engine import bound
from offpath.interchange.files import draft_of
from offpath.interchange.ocel_export import write_ocel
from offpath.interchange.parquet_export import write_parquet
from offpath.interchange.selection import Selection, selected
from offpath.interchange.xes_export import write_xes
from offpath.warehouse.marts import open_marts

# Each returns what a person should know of, and how many times it was.
WRITERS: dict[str, Callable[[Selection, Path], dict[str, int]]] = {
    "xes": write_xes,
    "ocel": write_ocel,
    "parquet": write_parquet,
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What has been written."""

    journey: str
    events: int
    notes: dict[str, int]


def export_log(
    home: Home,
    kind: str,
    journey: str | None,
    file: Path,
    advance: Callable[[float], None],
) -> Exported:
    """Write the events of a journey to a file, as a whole or not at all.

    ``kind`` is a key of `WRITERS`. The same marts give the same bytes. A former file is
    replaced. Raise MartError without marts, ConfigurationError where it is not clear
    which journey, or the file has no folder.
    """
    with open_marts(home.marts) as connection, draft_of(file) as draft:
        bound(connection, draft.parent)
        connection.execute("set TimeZone = 'UTC'")
        with selected(connection, journey, draft.parent, advance) as selection:
            notes = WRITERS[kind](selection, draft)
            return Exported(selection.journey, selection.count, notes)
