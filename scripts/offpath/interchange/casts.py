"""Texts of a log as what the contract has: instants in UTC, amounts, numbers."""

from pathlib import Path

import duckdb

from offpath.errors import ConfigurationError
from offpath.interchange.engine import PARQUET
from offpath.interchange.fields import Source
from offpath.interchange.lines import Lines
from offpath.interchange.mapping import CASE_COLUMNS, EVENT_COLUMNS, NAMES, Columns
from offpath.interchange.request import Request
from offpath.warehouse.marts import literal

# What is read as something else than text, in the order of the contract.
TIMES = ("occurred_at", "loaded_at", "due_at")
AMOUNTS = ("amount", "value_amount")
CAST = (*TIMES, *AMOUNTS, "source_sequence", "is_excluded")
DAY = r"\d{4}-\d{1,2}-\d{1,2}"
TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?"
ZONE = r"(Z|z|UTC|[+-]\d{2}(:?\d{2})?)"
# An ISO 8601 instant, with or without an offset.
ISO = rf"^\s*{DAY}([T ]{TIME})?\s*{ZONE}?\s*$"
OFFSET = rf"\d\s*{ZONE}\s*$"
DATE_ONLY = rf"^\s*{DAY}\s*$"
# Forms that tables have, tried where their times are not ISO 8601.
TIME_FORMATS = tuple(
    f"{day}{time}"
    for day in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d")
    for time in (" %H:%M:%S.%f", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", "")
)
# An event whose case cannot be read is an event all the same.
COLUMNS = (
    *("journey", *EVENT_COLUMNS, "unreadable"),
    *(*CASE_COLUMNS, "case_unreadable", "raw_record"),
)


def read_cut(connection: duckdb.DuckDBPyConnection, cut: Lines, file: Path) -> None:
    """Make a view of the texts of events.

    They are written to a Parquet file first, of which a query reads the columns alone
    that it asks for.
    """
    types = dict.fromkeys(("place", "number_in_case"), "bigint")
    types |= dict.fromkeys(NAMES, "text")
    cut.write_parquet(connection, types, "*", file)
    connection.execute(
        f"create view cut as from read_parquet({literal(file)},"
        " hive_partitioning = false)"
    )


def time_format_of(connection: duckdb.DuckDBPyConnection, given: str | None) -> str:
    """Return the form of the times of events: given, ISO 8601 (blank), or guessed.

    A form is guessed where it reads every time that ISO 8601 does not, and no other
    form reads them as other times.
    """
    if given is not None:
        return given
    others = (
        "from cut where occurred_at is not null"
        f" and not regexp_matches(occurred_at, {literal(ISO)})"
    )
    ((count, total),) = connection.execute(
        f"select count(*), (select count(occurred_at) from cut) {others}"  # noqa: S608
    ).fetchall()
    if count < total or not total:
        return ""
    reads = ", ".join(
        f"count({_formatted('occurred_at', each)})" for each in TIME_FORMATS
    )
    (found,) = connection.execute(f"select {reads} {others}").fetchall()
    fit = [
        each for each, read in zip(TIME_FORMATS, found, strict=True) if read == count
    ]
    if not fit:
        return ""
    first = _formatted("occurred_at", fit[0])
    for other in fit[1:]:
        second = _formatted("occurred_at", other)
        ((differ,),) = connection.execute(
            f"select count(*) {others} and {first} <> {second}"
        ).fetchall()
        if differ:
            message = (
                f"the times may be of the form {fit[0]!r} or {other!r}; say which"
                " (--time-format)"
            )
            raise ConfigurationError(message)
    return fit[0]


def _formatted(text: str, time_format: str) -> str:
    """Return the SQL of a text of a form as a timestamp; null where it is of another.

    DuckDB takes `epoch` and `infinity` for times of any form.
    """
    return (
        f"case when regexp_matches({text}, '[0-9]')"
        f" then try_strptime(trim({text}), {literal(time_format)}) end"
    )


def _instant(text: str, time_format: str = "") -> str:
    """Return the SQL of an instant in UTC; null where the text is none.

    A text without an offset is the wall clock of the session's time zone, at midnight
    where it is a date alone.
    """
    iso = (
        f"case when regexp_matches({text}, {literal(ISO)})"
        f" then try_cast(replace(upper(trim({text})), ',', '.') as timestamptz) end"
    )
    if time_format:
        iso = f"cast({_formatted(text, time_format)} as timestamptz)"
    return f"cast(timezone('UTC', {iso}) as timestamp)"


def _typed(column: str, time_format: str) -> str:
    """Return the SQL of a column in its type; null where its text cannot be read."""
    if column == "occurred_at":
        return _instant(column, time_format)
    if column in TIMES:
        return _instant(column)
    if column in AMOUNTS:
        return f"try_cast(trim({column}) as decimal(18, 2))"
    if column == "source_sequence":
        whole = f"regexp_matches(trim({column}), '^[+-]?[0-9]+([.]0+)?$')"
        return f"case when {whole} then try_cast(trim({column}) as bigint) end"
    if column == "is_excluded":
        return (
            f"case lower(trim({column})) when 'true' then true when '1' then true"
            " when 'false' then false when '0' then false end"
        )
    return column


def write_events(  # noqa: PLR0913, PLR0917 - all of one query
    connection: duckdb.DuckDBPyConnection,
    request: Request,
    source: Source,
    columns: Columns,
    time_format: str,
    draft: Path,
) -> None:
    """Write the Parquet file, in the order of the log."""
    is_numbered = source.is_ordered and not (
        "source_sequence" in columns.fields or "source_sequence" in request.given
    )
    typed = ", ".join(
        f"{_typed(column, time_format)} as typed_{column}" for column in CAST
    )
    unreadable, case_unreadable = (
        ", ".join(
            f"case when trim({column}) <> '' and typed_{column} is null"
            f" then '{column}' end"
            for column in CAST
            if column in part
        )
        for part in (EVENT_COLUMNS, (*CASE_COLUMNS, "loaded_at"))
    )
    raw = ", ".join(f"'{column}', {column}" for column in NAMES)
    values = {
        "journey": literal(request.journey),
        "event_id": "coalesce(nullif(trim(event_id), ''),"
        " coalesce(case_id, '') || '#' || number_in_case)",
        "unreadable": f"nullif(concat_ws(', ', {unreadable}), '')",
        "case_unreadable": f"nullif(concat_ws(', ', {case_unreadable}), '')",
        "raw_record": "case when nullif(trim(case_id), '') is null"
        " or nullif(trim(event_name), '') is null or typed_occurred_at is null"
        f" or concat_ws('', {unreadable}, {case_unreadable}) <> ''"
        f" then cast(json_object('place', place, {raw}) as varchar) end",
        **{column: f"typed_{column}" for column in CAST},
    }
    if is_numbered:
        values["source_sequence"] = "number_in_case"
    if request.loaded_at is not None:
        values["loaded_at"] = f"timestamp '{request.loaded_at:%Y-%m-%d %H:%M:%S.%f}'"
    elif "loaded_at" not in columns.fields:
        values["loaded_at"] = "typed_occurred_at"
    listed = ", ".join(f"{values.get(each, each)} as {each}" for each in COLUMNS)
    connection.execute(
        f"copy (with typed as (select *, {typed} from cut)"  # noqa: S608
        f" select {listed} from typed) to {literal(draft)} {PARQUET}"
    )
