"""Write a log of another tool as events of the contract, as a whole or not at all."""

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from offpath.errors import ConfigurationError
from offpath.interchange.casts import read_cut, time_format_of, write_events
from offpath.interchange.fields import Advance, Row, Source, with_attributes
from offpath.interchange.formats import open_source
from offpath.interchange.mapping import Columns, mapping_of
from offpath.interchange.request import Request
from offpath.interchange.staging import Staged, staged
from offpath.interchange.summary import Imported, summary_of
from offpath.warehouse.marts import literal

# The memory of DuckDB; what needs more goes to disk.
MEMORY = "128MB"


def import_log(request: Request, draft: Path, advance: Advance) -> Imported:
    """Write the events of a log to a Parquet file with the columns of the contract.

    What is needed on the way is written beside the file. Columns: `COLUMNS`. What
    cannot be read is null, named in `unreadable`, and stands in `raw_record`; nothing
    is left out. Raise ConfigurationError where the log cannot be read, or where it is
    not clear what its columns are.
    """
    require_timezone(request.timezone)
    source = open_source(request, draft.parent, lambda part: advance(0.7 * part))
    laid = staged(source, draft.with_name("staged.jsonl"))
    if not laid.count:
        message = f"{request.file} has no event"
        raise ConfigurationError(message)
    classifier = _classifier(source, request.classifier)
    columns = mapping_of(list(laid.profiles), request.given, classifier)
    cut = draft.with_name("cut.jsonl")
    longest = _write_cut(laid, columns, cut, lambda part: advance(0.7 + 0.2 * part))
    laid.file.unlink()
    with closing(duckdb.connect(str(draft.with_name("typed.duckdb")))) as connection:
        connection.execute("set threads = 1")
        connection.execute(f"set memory_limit = '{MEMORY}'")
        connection.execute(f"set temp_directory = {literal(draft.parent / 'spilled')}")
        connection.execute(f"set TimeZone = {literal(request.timezone)}")
        read_cut(connection, cut, longest)
        cut.unlink()
        time_format = time_format_of(connection, request.time_format)
        write_events(connection, request, source, columns, time_format, draft)
        advance(1)
        return summary_of(
            connection, draft, source, laid, columns, request, time_format
        )


def require_timezone(name: str) -> None:
    """Raise ConfigurationError where there is no such time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"there is no time zone {name!r} (--timezone)"
        raise ConfigurationError(message) from error


def _classifier(source: Source, name: str | None) -> Sequence[str]:
    """Return the fields of a classifier of the log."""
    if name is None:
        return ()
    if name not in source.classifiers:
        known = ", ".join(source.classifiers) or "none"
        message = f"the log has no classifier {name!r}; it has {known}"
        raise ConfigurationError(message)
    return source.classifiers[name]


def _write_cut(laid: Staged, columns: Columns, file: Path, advance: Advance) -> int:
    """Write events as texts of the contract, a JSON object a line; return the longest.

    The length is in bytes.
    """
    longest, used = 0, columns.used
    with file.open("wb") as cut:
        for count, row in enumerate(laid.rows(), 1):
            texts = {"row_number": count, "place": row.place}
            line = json.dumps(texts | _texts(row, columns, used)).encode()
            longest = max(longest, len(line))
            cut.write(line)
            cut.write(b"\n")
            if count % 10_000 == 0:
                advance(count / laid.count)
    return longest


def _texts(row: Row, columns: Columns, used: frozenset[str]) -> dict[str, str]:
    """Return an event as texts of the contract; what is no column is an attribute."""
    texts: dict[str, str] = {}
    for column, names in columns.fields.items():
        parts = [row.fields[name].text for name in names if name in row.fields]
        if parts:
            texts[column] = "+".join(parts)
    # The field that holds attributes is nested by nature.
    (holder, *_) = columns.fields.get("attributes", ("",))
    more = {
        name: value
        for name, value in row.fields.items()
        if name not in used or (value.is_nested and name != holder)
    }
    attributes = with_attributes(texts.get("attributes"), more)
    if attributes is not None:
        texts["attributes"] = attributes
    return texts
