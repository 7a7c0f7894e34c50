"""The file of the ledger: made whole or not at all, and of one version."""

import sqlite3
from importlib.resources import files
from pathlib import Path

from offpath.errors import ConfigurationError

SCHEMA = files("offpath").joinpath("ledger.sql").read_text(encoding="utf-8")
# Raised when the schema changes in a way that an older ledger does not have.
VERSION = 1
CREATION = f"begin immediate; {SCHEMA} pragma user_version = {VERSION}; commit;"
BUSY_SECONDS = 30.0


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Connect to the ledger, and create it if it is not there.

    Raise ConfigurationError for a ledger of another version.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = _connect(str(path))
    connection.execute("pragma journal_mode = wal")
    if _is_empty(connection):
        connection.executescript(CREATION)
    return _checked(connection, path)


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Connect so that nothing changes the ledger; a missing one reads as empty.

    Raise ConfigurationError for a ledger of another version.
    """
    if path.exists() and path.stat().st_size:
        connection = _connect(f"{path.resolve().as_uri()}?mode=rw")
        connection.execute("pragma query_only = on")
        if not _is_empty(connection):
            return _checked(connection, path)
        # A run was killed before it could make the tables.
        connection.close()
    connection = _connect(":memory:")
    connection.executescript(CREATION)
    return connection


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Tell whether the file has neither a version nor anything defined."""
    query = "select count(*) from sqlite_master"
    return not (_version(connection) or connection.execute(query).fetchone()[0])


def _version(connection: sqlite3.Connection) -> int:
    """Return the version of the schema; 0 where there is none yet."""
    return int(connection.execute("pragma user_version").fetchone()[0])


def _checked(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """Return the connection, or raise ConfigurationError for another version."""
    version = _version(connection)
    if version != VERSION:
        connection.close()
        message = (
            f"{path} is a ledger of version {version} and this command reads {VERSION};"
            " move it aside to begin anew, or use the version that wrote it"
        )
        raise ConfigurationError(message)
    return connection


def _connect(target: str) -> sqlite3.Connection:
    """Connect so that every statement commits by itself and rows have names."""
    connection = sqlite3.connect(
        target,
        isolation_level=None,
        timeout=BUSY_SECONDS,
        uri=target.startswith("file:"),
    )
    connection.row_factory = sqlite3.Row
    return connection
