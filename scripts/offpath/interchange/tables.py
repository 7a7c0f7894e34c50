"""Logs that are one table: CSV and Parquet."""

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb

from offpath.errors import ConfigurationError
from offpath.interchange.engine import FETCHED_AT_ONCE, bound
from offpath.interchange.fields import Advance, Row, Source, Value, number, truth
from offpath.interchange.files import opened, told_if_cut
from offpath.warehouse.marts import literal, quoted

DELIMITERS = ",;\t|"
# How often it is said how far a file is read.
ROWS_AT_ONCE = 5_000
LONGEST_FIELD = 1 << 25
MOST_OF_NAMES = 1 << 16
NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DECIMAL", "FLOAT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "DOUBLE"),
)
NESTED = ("STRUCT", "MAP", "JSON", "UNION")


def read_csv(path: Path, delimiter: str | None, encoding: str) -> Source:
    """Open a table of texts; an empty field is none.

    Without ``delimiter`` it is the sign of the first line that is there most often.
    Raise ConfigurationError with the line where a row has more or fewer fields than the
    first line, or is no text of that encoding.
    """
    codec = _codec(encoding)
    csv.field_size_limit(LONGEST_FIELD)
    with opened(path) as (file, _), told_if_cut(path):
        begin = file.read(MOST_OF_NAMES)
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if codec == "utf-8-sig" and begin.startswith(marks):
        codec = "utf-16"
    text = io.StringIO(begin.decode(codec, errors="replace"), newline="")
    sign = delimiter or max(DELIMITERS, key=text.readline().count)
    text.seek(0)
    try:
        names = next(csv.reader(text, delimiter=sign), [])
    except csv.Error as error:
        message = f"{path}, line 1: {error}"
        raise ConfigurationError(message) from error
    if not names:
        message = f"{path} has no line of names"
        raise ConfigurationError(message)
    if "" in names or len(set(names)) < len(names):
        message = f"{path}, line 1: a column has no name, or the name of another"
        raise ConfigurationError(message)
    return Source(
        "CSV", lambda advance: _lines(path, advance, sign, codec, names), names=names
    )


def _codec(encoding: str) -> str:
    """Return Python's name of an encoding; of UTF-8 the one that takes a mark."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        message = f"there is no encoding {encoding!r} (--encoding)"
        raise ConfigurationError(message) from error
    return "utf-8-sig" if name == "utf-8" else name


def _lines(
    path: Path, advance: Advance, delimiter: str, codec: str, names: list[str]
) -> Iterator[Row]:
    """Yield the rows of a table of texts."""
    size = max(path.stat().st_size, 1)
    line = 1
    try:
        with opened(path) as (file, raw), told_if_cut(path):
            text = io.TextIOWrapper(file, codec, newline="")
            reader = csv.reader(text, delimiter=delimiter, strict=True)
            next(reader)
            line = reader.line_num + 1
            for count, fields in enumerate(reader):
                if fields and len(fields) != len(names):
                    message = (
                        f"{path}, line {line}: {len(fields)} fields where the first"
                        f" line has {len(names)}"
                    )
                    raise ConfigurationError(message)
                if fields:
                    yield Row(
                        line,
                        {
                            name: Value(field)
                            for name, field in zip(names, fields, strict=True)
                            if field != ""
                        },
                    )
                line = reader.line_num + 1
                if count % ROWS_AT_ONCE == 0:
                    advance(raw.tell() / size)
    except UnicodeError as error:
        name = codec.removesuffix("-sig")
        if isinstance(error, UnicodeDecodeError):
            line += error.object[: error.start].count(b"\n")
        message = f"{path}, about line {line}: this is no {name} (--encoding): {error}"
        raise ConfigurationError(message) from error
    except csv.Error as error:
        message = f"{path}, line {line}: {error}"
        raise ConfigurationError(message) from error


def read_parquet(path: Path) -> Source:
    """Open a table of typed columns; instants with a zone keep it as an offset.

    Raise ConfigurationError where it is no Parquet, or an event cannot be read.
    """
    with closing(duckdb.connect()) as connection:
        try:
            columns = connection.execute(f"describe {_table(path)}").fetchall()
            ((count,),) = connection.execute(
                f"select count(*) {_table(path)}"
            ).fetchall()
        except duckdb.Error as error:
            message = f"{path} is no Parquet: {str(error).splitlines()[0]}"
            raise ConfigurationError(message) from error
    kinds = {str(row[0]): str(row[1]) for row in columns}
    return Source(
        "Parquet", lambda advance: _rows(path, advance, kinds, count), names=list(kinds)
    )


def _table(path: Path) -> str:
    """Return the SQL of a file of Parquet, of that name whatever signs it has."""
    name = str(path.absolute())
    pattern = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)
    return f"from read_parquet({literal(pattern)}, hive_partitioning = false)"


def _rows(
    path: Path, advance: Advance, kinds: dict[str, str], count: int
) -> Iterator[Row]:
    """Yield the rows of a Parquet file."""
    columns = [_as_text(name, kind) for name, kind in kinds.items()]
    with closing(duckdb.connect()) as connection:
        bound(connection)
        connection.execute("set TimeZone = 'UTC'")
        place = 0
        try:
            answer = connection.execute(f"select {', '.join(columns)} {_table(path)}")
            while rows := answer.fetchmany(FETCHED_AT_ONCE):
                for row in rows:
                    place += 1
                    yield Row(
                        place,
                        {
                            name: _value(text, kind)
                            for (name, kind), text in zip(
                                kinds.items(), row, strict=True
                            )
                            if text is not None
                        },
                    )
                advance(place / max(count, 1))
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            message = f"{path}, after event {place:,}: {said}"
            raise ConfigurationError(message) from error


def _as_text(name: str, kind: str) -> str:
    """Return the SQL of a column as text; what has no null is null where it is NaN."""
    column = quoted(name)
    if kind == "BLOB":
        return f"coalesce(try(decode({column})), hex({column}))"
    if kind.startswith(NESTED) or kind.endswith("]"):
        return f"cast(to_json({column}) as varchar)"
    if kind in {"FLOAT", "DOUBLE"}:
        return f"case when not isnan({column}) then cast({column} as varchar) end"
    return f"cast({column} as varchar)"


def _value(text: str, kind: str) -> Value:
    """Return the value of a column of a type."""
    if kind.startswith(NUMBERS) and not kind.endswith("]"):
        return number(text)
    if kind == "BOOLEAN":
        return truth(text)
    if kind.startswith(NESTED) or kind.endswith("]"):
        return Value(text, text, is_nested=True)
    return Value(text)
