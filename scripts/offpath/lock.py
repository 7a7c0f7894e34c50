"""Let one process of this machine at a time do a thing, even if others are killed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from offpath.errors import LeaseHeldError


def is_open_elsewhere(error: duckdb.IOException) -> bool:
    """Whether DuckDB failed to open a file because another process has it open."""
    text = str(error)
    return "lock on file" in text or "used by another process" in text


@contextmanager
def only_one(lock: Path, doing: str, patience: float = 0) -> Iterator[None]:
    """Hold a lock that the operating system releases even if this process is killed.

    The lock is an exclusive transaction on an empty SQLite file, which works alike on
    every system. Raise LeaseHeldError when another process still holds it after
    `patience` seconds.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with closing(
        sqlite3.connect(lock, isolation_level=None, timeout=patience)
    ) as connection:
        try:
            connection.execute("begin exclusive")
        except sqlite3.OperationalError as error:
            message = f"another run is {doing}; try again when it is done"
            raise LeaseHeldError(message) from error
        yield
