"""Publish the marts as files that anybody may read while the next build runs."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from offpath.errors import ConfigurationError
from offpath.home import Home
from offpath.lock import only_one
from offpath.marts import literal, open_marts, quoted, require_warehouse

KEPT_SETS = 3
DRAFT = ".draft-"
# Files of this version open in every DuckDB since 1.0, and in tools that embed one.
STORAGE_VERSION = "v1.0.0"
SET_NAME = re.compile(r"\d{8}T\d{12}Z(-\d+)?")


@dataclass(frozen=True, slots=True)
class Published:
    """A complete set of files."""

    folder: Path
    tables: tuple[str, ...]


def publish(home: Home, now: datetime) -> Published:
    """Write every table and view of the marts as Parquet and into one DuckDB file.

    The set is written to a folder of its own, which takes the place of the former one
    by a single rename of the link ``current``. A crash at any moment leaves the former
    set in place, and what it left behind is removed by the next call. Raise
    LeaseHeldError when another process is publishing, MartError without marts,
    ConfigurationError where `current` is a folder of somebody's own.
    """
    require_warehouse(home.warehouse)
    current = home.published / "current"
    if current.exists() and not current.is_symlink():
        message = f"{current} is no link that publish made; move it away"
        raise ConfigurationError(message)
    with only_one(home.publish_lock, "publishing"):
        with open_marts(home.warehouse) as connection:
            _remove_drafts(home.published)
            name = f"{now:%Y%m%dT%H%M%S%f}Z"
            with _draft(home.published, name) as draft:
                tables = _write_set(connection, draft)
        folder = _unused(home.published / name)
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
    draft = published / f"{DRAFT}{name}"
    draft.mkdir(parents=True)
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft)
        raise


def _write_set(connection: duckdb.DuckDBPyConnection, draft: Path) -> tuple[str, ...]:
    """Write each table twice, from one consistent look at the warehouse."""
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
        f"attach {literal(draft / 'marts.duckdb')} as copied"
        f" (storage_version {literal(STORAGE_VERSION)})"
    )
    for table, comment in tables:
        source, target = quoted(table), f"copied.{quoted(table)}"
        file = literal(draft / f"{table}.parquet")
        connection.execute(f"create table {target} as from {source}")
        connection.execute(f"copy {source} to {file} (format parquet)")
        if comment is not None:
            connection.execute(f"comment on table {target} is {literal(comment)}")
    for table, column, comment in comments:
        if any(table == name for name, _ in tables):
            path = f"copied.{quoted(table)}.{quoted(column)}"
            connection.execute(f"comment on column {path} is {literal(comment)}")
    connection.execute("detach copied")
    return tuple(str(table) for table, _ in tables)


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
