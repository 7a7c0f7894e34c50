"""Publish the marts as files that anybody may read while the next build runs."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from offpath.board.page import NAME as BOARD
from offpath.board.page import write_board
from offpath.errors import ConfigurationError, MartBusyError, MartError
from offpath.home import DRAFT, Home
from offpath.instants import instant_text
from offpath.ledger.ledger import Ledger
from offpath.ledger.routing_log import export, read_of
from offpath.lock import only_one
from offpath.warehouse.elsewhere import open_elsewhere
from offpath.warehouse.marts import (
    CONTRACT_VERSION,
    REPLACED,
    instant_of,
    literal,
    open_marts,
    quoted,
    require_warehouse,
    require_whole,
)

KEPT_SETS = 3
MARTS = "marts.duckdb"
# Files of this version open in every DuckDB since 1.0, and in tools that embed one.
STORAGE_VERSION = "v1.0.0"
SET_NAME = re.compile(r"\d{8}T\d{12}Z(-\d+)?")


@dataclass(frozen=True, slots=True)
class Published:
    """A complete set of files."""

    folder: Path
    tables: tuple[str, ...]


def publish(
    home: Home,
    now: datetime,
    warn: Callable[[str], None],
    source: str | None = None,
    max_age: timedelta | None = None,
) -> Published:
    """Write every table and view of the marts as Parquet and into one DuckDB file.

    Beside them stands the board of the set, which says that a build is overdue once it
    is ``max_age`` old; None: never.

    The marts are those of the home, or, where it has no warehouse, those of ``source``
    (see `open_elsewhere`), which commands read there from then on. What was told and
    answered is as the ledger has it now, not as the build knew it. Instants have their
    zone, so that a tool in another one computes the same.

    The set is written to a folder of its own, which takes the place of the former one
    by a single rename of the link ``current``. A crash at any moment leaves the former
    set in place, and what it left behind is removed by the next call. Raise
    LeaseHeldError when another process is publishing, MartError without marts,
    ConfigurationError where `current` is a folder of somebody's own, and where there is
    a warehouse beside ``source``.
    """
    if source is None:
        require_warehouse(home.marts)
    elif home.warehouse.exists():
        message = (
            f"{home.warehouse} is what commands read here, so that marts from elsewhere"
            " would be read by none: give a home of their own (--home), or move the"
            " warehouse away if it is no longer built"
        )
        raise ConfigurationError(message)
    current = home.published / "current"
    if current.exists() and not current.is_symlink():
        message = f"{current} is no link that publish made; move it away"
        raise ConfigurationError(message)
    with only_one(home.lock, "publishing"):
        routing_log = _fresh_routing_log(home, warn)
        opened = open_elsewhere(source) if source else open_marts(home.marts)
        with opened as connection:
            _remove_drafts(home.published)
            folder = _unused(home.published / f"{now:%Y%m%dT%H%M%S%f}Z")
            with _draft(home.published, folder.name) as draft:
                tables = _write_set(connection, draft, folder.name, routing_log)
                _write_board(draft, now, max_age, warn)
        _open_to_readers(draft)
        draft.rename(folder)
        _point_current_at(folder)
        _remove_old_sets(home.published, folder)
    return Published(folder, tables)


def _remove_drafts(published: Path) -> None:
    """Remove what a killed run left unfinished."""
    for path in published.glob(f"{DRAFT}*"):
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path)


@contextmanager
def _draft(published: Path, name: str) -> Iterator[Path]:
    """Yield a new folder, and remove it if it could not be filled."""
    if not published.exists():
        published.mkdir(parents=True)
        published.chmod(0o755)
    draft = published / f"{DRAFT}{name}"
    draft.mkdir()
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft)
        raise


def _fresh_routing_log(home: Home, warn: Callable[[str], None]) -> Path | None:
    """Bring the routing log up to date; null where there is none, or it cannot be."""
    if not home.ledger.exists():
        return None
    with Ledger.writing(home.ledger) as ledger:
        return home.routing_log if export(ledger, home.routing_log, warn) else None


def _write_set(
    connection: duckdb.DuckDBPyConnection,
    draft: Path,
    name: str,
    routing_log: Path | None,
) -> tuple[str, ...]:
    """Write each table twice, from one consistent look at the warehouse.

    A catalogue has that look by the transaction. Of files, which know of none,
    `dim_build` is asked once more at the end: every build empties it as it begins.
    Each file of Parquet says in its metadata which set it is of.

    Marts of what was told and answered are read from the routing log, where there is
    one; a mart keeps its columns, whatever the log has.
    """
    connection.begin()
    as_of = instant_of(connection)
    metadata = _metadata(
        offpath_set=name,
        offpath_as_of=instant_text(as_of),
        offpath_contract_version=CONTRACT_VERSION,
    )
    tables = connection.execute(
        "select table_name, comment from"
        " (select database_name, schema_name, table_name, comment from duckdb_tables()"
        " union all"
        " select database_name, schema_name, view_name, comment from duckdb_views())"
        " where database_name = current_database() and schema_name = current_schema()"
        " order by table_name"
    ).fetchall()
    comments = connection.execute(
        "select table_name, column_name, comment from duckdb_columns()"
        " where database_name = current_database() and schema_name = current_schema()"
        " and comment is not null order by table_name, column_index"
    ).fetchall()
    connection.execute(
        f"attach {literal(draft / MARTS)} as copied"
        f" (storage_version {literal(STORAGE_VERSION)})"
    )
    for table, comment in tables:
        source, target = quoted(table), f"copied.{quoted(table)}"
        file = literal(draft / f"{table}.parquet")
        live = routing_log and _live(connection, table, routing_log)
        rows = _with_zones(connection, source)
        if live:
            connection.execute(f"create table {target} as {rows} limit 0")
            connection.execute(f"insert into {target} by name {live}")
        else:
            connection.execute(f"create table {target} as {rows}")
        connection.execute(f"copy {target} to {file} (format parquet, {metadata})")
        if comment is not None:
            connection.execute(f"comment on table {target} is {literal(comment)}")
    for table, column, comment in comments:
        if any(table == name for name, _ in tables):
            path = f"copied.{quoted(table)}.{quoted(column)}"
            connection.execute(f"comment on column {path} is {literal(comment)}")
    require_whole(connection)
    if instant_of(connection) != as_of:
        raise MartBusyError(REPLACED)
    connection.commit()
    connection.execute("detach copied")
    return tuple(str(table) for table, _ in tables)


def _write_board(
    draft: Path,
    now: datetime,
    max_age: timedelta | None,
    warn: Callable[[str], None],
) -> None:
    """Write the board of a set; marts that it cannot be drawn from are published."""
    try:
        write_board(draft / MARTS, draft / BOARD, now, max_age)
    except Exception as error:  # noqa: BLE001 - who reads the marts need not wait for it
        kind = "" if isinstance(error, MartError) else f"{type(error).__name__}: "
        warn(f"the set has no board: {kind}{error}")


def _metadata(**values: object) -> str:
    """Return the option of `copy` that notes the values in a file of Parquet."""
    pairs = ", ".join(f"{key}: {literal(value)}" for key, value in values.items())
    return f"kv_metadata {{{pairs}}}"


def _with_zones(connection: duckdb.DuckDBPyConnection, source: str) -> str:
    """Return the SQL of a table whose instants, UTC without a zone, have it.

    They are cast in the zone of the session, which is UTC.
    """
    described = connection.execute(f"describe from {source}").fetchall()
    casts = ", ".join(
        f"cast({quoted(name)} as timestamp with time zone) as {quoted(name)}"
        for name, kind, *_ in described
        if kind == "TIMESTAMP"
    )
    return f"select * replace ({casts}) from {source}" if casts else f"from {source}"  # noqa: S608


def _live(
    connection: duckdb.DuckDBPyConnection, table: str, routing_log: Path
) -> str | None:
    """Return the SQL of a mart as the routing log has it now; null of other marts."""
    mart = _columns(connection, f"from {quoted(table)}")
    if table == "fct_exceptions":
        return _with_states(mart, connection, read_of(routing_log, "states"))
    rows = {
        "fct_exception_actions": (
            "select * replace (row_number() over (partition by exception_id"  # noqa: S608
            " order by acted_at, action_number) as action_number) from "
            + read_of(routing_log, "actions")
        ),
        "fct_routing_log": "from " + read_of(routing_log, "messages"),
    }.get(table)
    if rows is None:
        return None
    known = [name for name in _columns(connection, rows) if name in mart]
    return f"select {', '.join(known)} from ({rows})"  # noqa: S608


def _with_states(
    mart: list[str], connection: duckdb.DuckDBPyConnection, states: str
) -> str | None:
    """Return the SQL of the exceptions as they stand now; null where no mart says."""
    news = [
        f"states.{name} as {name}"
        for name in _columns(connection, f"from {states}")
        if name in mart and name != "exception_id"
    ]
    if not news:
        return None
    return (
        f"select mart.* replace ({', '.join(news)}) from fct_exceptions as mart"  # noqa: S608
        f" left join {states} as states on mart.exception_id = states.exception_id"
    )


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """Return the names of a query's columns."""
    return [row[0] for row in connection.execute(f"describe {query}").fetchall()]


def _open_to_readers(draft: Path) -> None:
    """Let everybody read the set who may enter the folders around it.

    Nobody writes to it: a set is replaced, never edited.
    """
    draft.chmod(0o755)
    for path in draft.iterdir():
        path.chmod(0o444)


def _unused(folder: Path) -> Path:
    """Return the path, with a number behind it if it is taken."""
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    return free


def _point_current_at(folder: Path) -> None:
    """Swap the link in by one rename; a reader meets the old set or the new one."""
    link = folder.with_name(f"{DRAFT}current")
    link.symlink_to(folder.name, target_is_directory=True)
    link.replace(folder.with_name("current"))


def _remove_old_sets(published: Path, current: Path) -> None:
    """Keep the last sets, for readers that began before the swap."""
    sets = sorted(
        (path for path in published.iterdir() if SET_NAME.fullmatch(path.name)),
        key=lambda path: (path == current, path.name),
    )
    for path in sets[:-KEPT_SETS]:
        shutil.rmtree(path)
