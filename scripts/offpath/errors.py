"""Errors that a person can act on; each carries its exit code."""

import sqlite3

import click

SOFTWARE_EXIT_CODE = 70
# How SQLite says that it cannot write where a file is.
UNWRITABLE = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}
    | {sqlite3.SQLITE_FULL, sqlite3.SQLITE_PERM}
)


def unwritable(error: sqlite3.Error) -> bool:
    """Tell whether SQLite failed for it could not write, or open what it writes to."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in UNWRITABLE


class UndeliveredError(click.ClickException):
    """Some messages did not reach their channel; the next run tries again."""

    exit_code = 1


class ConfigurationError(click.ClickException):
    """An option, a file or an environment variable is wrong."""

    exit_code = 2


class LeaseHeldError(click.ClickException):
    """Another run is at work on the same folder."""

    exit_code = 4


class MartError(click.ClickException):
    """The marts are missing, busy, stale or of another version."""

    exit_code = 5


class MartBusyError(MartError):
    """A build is at work on the marts."""
