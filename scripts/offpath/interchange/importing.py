"""Write a log of another tool as events of the contract, as a whole or not at all."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from offpath.errors import ConfigurationError
from offpath.interchange.casts import read_cut, time_format_of, write_events
from offpath.interchange.cut import cut_of
from offpath.interchange.fields import Advance, Source
from offpath.interchange.formats import open_source
from offpath.interchange.mapping import mapping_of
from offpath.interchange.profiles import profiles_of
from offpath.interchange.request import Request
from offpath.interchange.summary import Imported, summary_of
from offpath.warehouse.marts import literal


def import_log(request: Request, draft: Path, advance: Advance) -> Imported:
    """Write the events of a log to a Parquet file with the columns of the contract.

    What is needed on the way is written beside the file. Columns: `COLUMNS`. What
    cannot be read is null, named in `unreadable`, and stands in `raw_record`; nothing
    is left out. The log is read twice, since it is known at its end only which fields
    it has. Raise ConfigurationError where the log cannot be read, or where it is not
    clear what its columns are.
    """
    require_timezone(request.timezone)
    source = open_source(request, draft.parent, lambda part: advance(0.2 * part))
    profiles = profiles_of(source, lambda part: advance(0.2 + 0.3 * part))
    notes = dict(source.notes)
    if not any(each.count for each in profiles.values()):
        message = f"{request.file} has no event"
        raise ConfigurationError(message)
    classifier = _classifier(source, request.classifier)
    columns = mapping_of(list(profiles), request.given, classifier)
    cut = cut_of(source, columns, draft.parent, lambda part: advance(0.5 + 0.3 * part))
    with closing(duckdb.connect(str(draft.with_name("narrow.duckdb")))) as connection:
        connection.execute(f"set TimeZone = {literal(request.timezone)}")
        read_cut(connection, cut, draft.with_name("cut.parquet"))
        time_format = time_format_of(connection, request.time_format)
        write_events(connection, request, source, columns, time_format, draft)
        advance(0.9)
        return summary_of(
            connection, draft, source, profiles, notes, columns, request, time_format
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
