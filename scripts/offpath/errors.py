"""Errors that a person can act on; each carries its exit code."""

import sqlite3
import traceback

import click
import duckdb

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


class Commands(click.Group):
    """Commands whose errors keep the promise of the exit codes.

    A file that cannot be used is somebody's to mend, so it gets a sentence. Whatever
    nobody foresaw keeps its traceback, and a code that no promise has.
    """

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except sqlite3.DatabaseError as error:
            question = "; is the disk full or read-only?" if unwritable(error) else ""
            message = f"the ledger or its lock cannot be used: {error}{question}"
            raise ConfigurationError(message) from error
        except duckdb.IOException as error:
            raise ConfigurationError(str(error).splitlines()[0]) from error
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            message = f"{where}{error.strerror or error}"
            raise ConfigurationError(message) from error
        except Exception:  # noqa: BLE001 - the last one to see it
            traceback.print_exc()
            ctx.exit(SOFTWARE_EXIT_CODE)
