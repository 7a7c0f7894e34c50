"""The file of the ledger: made whole or not at all, and of one version."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path

from offpath.errors import (
    UNWRITABLE,
    ConfigurationError,
    LeaseHeldError,
    unwritable,
)

SCHEMA = files("offpath.ledger").joinpath("schema.sql").read_text(encoding="utf-8")
# Raised when the schema changes in a way that an older ledger does not have.
VERSION = 3
OLDEST_VERSION = 1
CREATION = f"begin immediate; {SCHEMA} pragma user_version = {VERSION}; commit;"
# Tables whose checks or columns an older version does not have, with what a column that
# is new holds in an old row.
REMADE: dict[str, dict[str, str]] = {
    "intents": {"may_be_told": "0"},
    "messages": {},
    "actions": {
        # How often it was over before, by the clock that older versions went by.
        "spell": """(
            select coalesce(max(ended.spell) + 1, 0)
            from former_intents as ended
            inner join former_messages as told
                on ended.message_id = told.message_id
            where ended.exception_id = former.exception_id
                and ended.kind = 'resolved'
                and told.state in ('sent', 'outbox')
                and ended.decided_at <= former.acted_at
        )"""
    },
}
BUSY_SECONDS = 30.0
LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Connect to the ledger; create it if it is not there, upgrade it if it is older.

    Nothing is changed of what is no whole ledger of a known version; raise
    ConfigurationError then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with named(path), _closed_if_useless(connect(str(path))) as connection:
        if not _is_empty(connection):
            _require_known_version(connection, path)
            _require_whole(connection, path)
        connection.execute("pragma journal_mode = wal")
        # So that a row that is replaced counts as deleted.
        connection.execute("pragma recursive_triggers = on")
        if _is_empty(connection):
            connection.executescript(CREATION)
        _upgrade(connection)
    return connection


@contextmanager
def opened_for_writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection as of `open_for_writing`, and say what goes wrong with it."""
    with named(path), closing(open_for_writing(path)) as connection:
        yield connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Connect so that nothing changes the ledger; a missing one reads as empty.

    An older one is read as a copy that is upgraded. Raise ConfigurationError for a
    ledger of a version that is not known here.
    """
    if path.exists() and path.stat().st_size:
        with named(path), _closed_if_useless(_connect_to_read(path)) as connection:
            if not _is_empty(connection):
                _require_known_version(connection, path)
                return _upgraded_copy(connection)
            # A run was killed before it could make the tables.
            connection.close()
    connection = connect(":memory:")
    connection.executescript(CREATION)
    return connection


def require_ledger(path: Path) -> None:
    """Raise ConfigurationError unless there is a whole ledger of a known version."""
    if not path.is_file():
        message = f"there is no ledger at {path}"
        raise ConfigurationError(message)
    with named(path), closing(_connect_to_read(path)) as connection:
        _require_known_version(connection, path)
        _require_whole(connection, path)


@contextmanager
def _closed_if_useless(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Yield a connection, and close it where something goes wrong.

    Otherwise what SQLite needs beside the file would stay there.
    """
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Say of what goes wrong with a ledger which file it is, and what to do.

    Raise LeaseHeldError where another program has it locked, else ConfigurationError.
    """
    try:
        yield
    except (sqlite3.DatabaseError, json.JSONDecodeError) as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in LOCKED:
            message = (
                f"{path} is locked by another program ({error}); try again when it is"
                " done"
            )
            raise LeaseHeldError(message) from error
        if code in UNWRITABLE:
            message = f"{path} cannot be used ({error}); is the disk full or read-only?"
            raise ConfigurationError(message) from error
        raise _no_ledger(path, str(error)) from error


def _no_ledger(path: Path, why: str) -> ConfigurationError:
    """Say that it is none that can be gone on with, and how to go on."""
    message = (
        f"{path} is no whole ledger: {why}; put a backup in its place with `offpath"
        " restore`, or move it aside and run `offpath route --baseline`"
    )
    return ConfigurationError(message)


def _require_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Raise ConfigurationError where pages are missing, or hold what is none."""
    # Who is told what by half a ledger is told wrong.
    (found,) = connection.execute("pragma quick_check(1)").fetchone()
    if found != "ok":
        raise _no_ledger(path, " ".join(str(found).split()))


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Connect to the file, or to a copy of it where nothing can be written beside it.

    SQLite writes a file beside one that others may write to, even to read it.
    """
    try:
        with _closed_if_useless(
            connect(f"{path.resolve().as_uri()}?mode=rw")
        ) as connection:
            connection.execute("pragma query_only = on")
            _is_empty(connection)
    except sqlite3.OperationalError as error:
        if not unwritable(error):
            raise
        return _connect_to_copy(path)
    return connection


def _connect_to_copy(path: Path) -> sqlite3.Connection:
    """Connect to a copy in memory, with what is not in the main file yet."""
    copy = connect(":memory:")
    with tempfile.TemporaryDirectory(prefix="offpath-") as folder:
        for end in ("", "-wal"):
            source = path.with_name(path.name + end)
            if source.exists():
                shutil.copyfile(source, Path(folder) / source.name)
        with closing(connect(str(Path(folder) / path.name))) as connection:
            connection.backup(copy)
    return copy


def _upgraded_copy(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return the connection if it is of this version, else one to an upgraded copy."""
    if _version(connection) == VERSION:
        return connection
    copy = connect(":memory:")
    connection.backup(copy)
    connection.close()
    _upgrade(copy)
    return copy


def _upgrade(connection: sqlite3.Connection) -> None:
    """Bring an older ledger to this version, whole or not at all."""
    if _version(connection) == VERSION:
        return
    with transaction(connection):
        # Unless another process was faster.
        if _version(connection) != VERSION:
            _remake(connection)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing; one within another is a part of it."""
    if connection.in_transaction:
        yield
        return
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _remake(connection: sqlite3.Connection) -> None:
    """Make the tables of this version, and put the rows of the older ones into them."""
    # They would go with the tables of the older version.
    for kind, name in connection.execute(
        "select type, name from sqlite_master"
        " where type in ('index', 'trigger') and sql is not null"
    ).fetchall():
        connection.execute(f"drop {kind} {name}")
    for table in REMADE:
        connection.execute(f"alter table {table} rename to former_{table}")
    for statement in statements(SCHEMA):
        connection.execute(statement)
    for table, news in REMADE.items():
        former = [
            row["name"]
            for row in connection.execute(f"pragma table_info(former_{table})")
        ]
        # What an older version had already, it keeps.
        lacking = {name: value for name, value in news.items() if name not in former}
        connection.execute(
            f"insert into {table} ({', '.join([*former, *lacking])})"  # noqa: S608
            f" select {', '.join([*former, *lacking.values()])}"
            f" from former_{table} as former order by rowid"
        )
    for table in REMADE:
        connection.execute(f"drop table former_{table}")
    connection.execute(f"pragma user_version = {VERSION}")


def statements(script: str) -> list[str]:
    """Divide a script, which a transaction of one's own cannot run as a whole."""
    statements, begun = [], ""
    for line in script.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            statements.append(begun)
            begun = ""
    return statements


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Tell whether the file has neither a version nor anything defined."""
    query = "select count(*) from sqlite_master"
    return not (_version(connection) or connection.execute(query).fetchone()[0])


def _version(connection: sqlite3.Connection) -> int:
    """Return the version of the schema; 0 where there is none yet."""
    return int(connection.execute("pragma user_version").fetchone()[0])


def _require_known_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raise ConfigurationError for what is none of a version that is known here."""
    version = _version(connection)
    if not OLDEST_VERSION <= version <= VERSION:
        message = (
            f"{path} is a ledger of version {version} and this command reads {VERSION};"
            " move it aside to begin anew, or use the version that wrote it"
        )
        raise ConfigurationError(message)
    names = {
        str(row["name"]) for row in connection.execute("select name from sqlite_master")
    }
    if missing := sorted(REMADE.keys() - names):
        raise _no_ledger(path, f"it has no table {missing[0]}")


def connect(target: str) -> sqlite3.Connection:
    """Connect so that every statement commits by itself and rows have names."""
    connection = sqlite3.connect(
        target,
        isolation_level=None,
        timeout=BUSY_SECONDS,
        uri=target.startswith("file:"),
    )
    connection.row_factory = sqlite3.Row
    return connection
