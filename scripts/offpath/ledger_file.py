"""The file of the ledger: made whole or not at all, and of one version."""

import sqlite3
from importlib.resources import files
from pathlib import Path

from offpath.errors import ConfigurationError

SCHEMA = files("offpath").joinpath("ledger.sql").read_text(encoding="utf-8")
# Raised when the schema changes in a way that an older ledger does not have.
VERSION = 2
OLDEST_VERSION = 1
CREATION = f"begin immediate; {SCHEMA} pragma user_version = {VERSION}; commit;"
# Tables whose checks or columns an older version does not have, with what a column that
# is new holds in an old row.
REMADE: dict[str, dict[str, str]] = {
    "intents": {},
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


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Connect to the ledger; create it if it is not there, upgrade it if it is older.

    Raise ConfigurationError for a ledger of a version that is not known here.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = _connect(str(path))
    connection.execute("pragma journal_mode = wal")
    if _is_empty(connection):
        connection.executescript(CREATION)
    _require_known_version(connection, path)
    _upgrade(connection)
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Connect so that nothing changes the ledger; a missing one reads as empty.

    An older one is read as a copy that is upgraded. Raise ConfigurationError for a
    ledger of a version that is not known here.
    """
    if path.exists() and path.stat().st_size:
        connection = _connect(f"{path.resolve().as_uri()}?mode=rw")
        connection.execute("pragma query_only = on")
        if not _is_empty(connection):
            _require_known_version(connection, path)
            return _upgraded_copy(connection)
        # A run was killed before it could make the tables.
        connection.close()
    connection = _connect(":memory:")
    connection.executescript(CREATION)
    return connection


def _upgraded_copy(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return the connection if it is of this version, else one to an upgraded copy."""
    if _version(connection) == VERSION:
        return connection
    copy = _connect(":memory:")
    connection.backup(copy)
    connection.close()
    _upgrade(copy)
    return copy


def _upgrade(connection: sqlite3.Connection) -> None:
    """Bring an older ledger to this version, whole or not at all."""
    if _version(connection) == VERSION:
        return
    connection.execute("begin immediate")
    try:
        # Unless another process was faster.
        if _version(connection) != VERSION:
            _remake(connection)
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _remake(connection: sqlite3.Connection) -> None:
    """Make the tables of this version, and put the rows of the older ones into them."""
    for (index,) in connection.execute(
        "select name from sqlite_master where type = 'index' and sql is not null"
    ).fetchall():
        connection.execute(f"drop index {index}")
    for table in REMADE:
        connection.execute(f"alter table {table} rename to former_{table}")
    for statement in _statements(SCHEMA):
        connection.execute(statement)
    for table, news in REMADE.items():
        former = [
            row["name"]
            for row in connection.execute(f"pragma table_info(former_{table})")
        ]
        connection.execute(
            f"insert into {table} ({', '.join([*former, *news])})"  # noqa: S608
            f" select {', '.join([*former, *news.values()])}"
            f" from former_{table} as former order by rowid"
        )
    for table in REMADE:
        connection.execute(f"drop table former_{table}")
    connection.execute(f"pragma user_version = {VERSION}")


def _statements(script: str) -> list[str]:
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
    """Raise ConfigurationError for a version that is not known here."""
    version = _version(connection)
    if not OLDEST_VERSION <= version <= VERSION:
        connection.close()
        message = (
            f"{path} is a ledger of version {version} and this command reads {VERSION};"
            " move it aside to begin anew, or use the version that wrote it"
        )
        raise ConfigurationError(message)


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
