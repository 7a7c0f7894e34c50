"""Let one process of this machine at a time do a thing, even if others are killed."""

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import duckdb

from offpath.errors import ConfigurationError, LeaseHeldError
from offpath.instants import utc_now

PATIENCE_SECONDS = 5.0


def is_open_elsewhere(error: duckdb.IOException) -> bool:
    """Whether DuckDB failed to open a file because another process has it open."""
    text = str(error)
    return "lock on file" in text or "used by another process" in text


@contextmanager
def only_one(
    lock: Path, doing: str, patience: float = PATIENCE_SECONDS
) -> Iterator[None]:
    """Hold a lock that the operating system releases even if this process is killed.

    The lock is an exclusive transaction on an empty SQLite file, which works alike on
    every system; who holds it is said in a file beside it. Raise LeaseHeldError when
    another process still holds it after `patience` seconds, ConfigurationError where it
    cannot be held at all.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(
            lock,
            isolation_level=None,
            timeout=patience,
            # dbt begins in one thread and ends in another.
            check_same_thread=False,
        )
    except sqlite3.OperationalError as error:
        raise _useless(lock, error) from error
    with closing(connection):
        try:
            connection.execute("begin exclusive")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise _useless(lock, error) from error
            message = (
                f"another run is at work on {lock.parent}{_holder(lock)}, and {doing}"
                " waits until it ends; try again then"
            )
            raise LeaseHeldError(message) from error
        with _held_by_this_process(lock, doing):
            yield


@contextmanager
def _held_by_this_process(lock: Path, doing: str) -> Iterator[None]:
    """Say who holds the lock, for those who meet it, unless that cannot be written."""
    note = _note(lock)
    with suppress(OSError):
        note.write_text(
            f"process {os.getpid()} on {socket.gethostname()},"
            f" {doing} since {utc_now():%Y-%m-%d %H:%M:%SZ}",
            encoding="utf-8",
        )
    try:
        yield
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)


def _holder(lock: Path) -> str:
    """Return who holds the lock, in brackets; nothing where that is not known."""
    try:
        return f" ({_note(lock).read_text(encoding='utf-8')})"
    except (OSError, ValueError):
        return ""


def _note(lock: Path) -> Path:
    """Return where it is said who holds the lock."""
    return lock.with_name(f"{lock.name}-holder")


def _useless(lock: Path, error: sqlite3.DatabaseError) -> ConfigurationError:
    """Say that nothing can be locked there, as on a disk that is full or read-only."""
    message = f"{lock} cannot be written ({error}); is the disk full or read-only?"
    return ConfigurationError(message)
