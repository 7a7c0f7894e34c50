"""Read the marts from the file that dbt builds; never write to it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from offpath.attention import OwnerRole
from offpath.decisions import EscalationStep, ExceptionRecord
from offpath.errors import MartError
from offpath.instants import instant_text, utc
from offpath.lock import is_open_elsewhere

CONTRACT_VERSION = 6
BUSY = "a build holds the warehouse; try again when it is done"
MARTS_LANDMARK = "fct_exceptions"


@dataclass(frozen=True, slots=True)
class Mart:
    """The exceptions of one build, and who is told when."""

    as_of: datetime
    exceptions: tuple[ExceptionRecord, ...]
    escalations: dict[str, tuple[EscalationStep, ...]]
    roles: dict[str, OwnerRole]

    @property
    def known_roles(self) -> set[str]:
        """The roles that a message may go to."""
        steps = (step for policy in self.escalations.values() for step in policy)
        return (
            self.roles.keys()
            | {exception.owner_role for exception in self.exceptions}
            | {step.notify_role for step in steps}
        )

    def require_fresh(self, now: datetime, max_age_hours: float) -> None:
        """Raise MartError when the build is older than the given hours."""
        if now - self.as_of > timedelta(hours=max_age_hours):
            age = (now - self.as_of).total_seconds() / 3600
            message = (
                f"the marts are as of {instant_text(self.as_of)}, {age:.1f} hours old, "
                f"and at most {max_age_hours:g} are allowed (--max-age-hours); build "
                "again, or give --as-of build where their clock stands still on purpose"
            )
            raise MartError(message)


def require_warehouse(path: Path) -> None:
    """Raise MartError when there is no file to read."""
    if not path.exists():
        message = f"there is no warehouse at {path}; build it first"
        raise MartError(message)


@contextmanager
def open_marts(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-only connection whose default schema is that of the marts.

    Raise MartError when the file is missing, held by a build, unreadable, without
    marts, or of another contract version; and when a query within asks for a table or
    a column that is not there.
    """
    require_warehouse(warehouse)
    connection = duckdb.connect()
    try:
        # Attached, not opened: only so may the same connection also write elsewhere.
        connection.execute(f"attach {literal(warehouse)} as warehouse (read_only)")
    except duckdb.IOException as error:
        connection.close()
        said = str(error).splitlines()[0]
        reason = f"{warehouse} is not a readable warehouse: {said}"
        raise MartError(BUSY if is_open_elsewhere(error) else reason) from error
    try:
        _enter_marts_schema(connection, warehouse)
        yield connection
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        message = f"the marts do not fit this version: {str(error).splitlines()[0]}"
        raise MartError(message) from error
    finally:
        connection.close()


def _enter_marts_schema(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Find the marts by their landmark table and check their contract version."""
    schemas = [
        str(schema)
        for (schema,) in connection.execute(
            "select table_schema from information_schema.tables"
            " where table_name = ? and table_catalog = 'warehouse'"
            " order by table_schema",
            [MARTS_LANDMARK],
        ).fetchall()
    ]
    if len(schemas) != 1:
        found = f"in several schemas ({', '.join(schemas)})" if schemas else "nowhere"
        message = f"{path} has the table {MARTS_LANDMARK} {found}; build it first"
        raise MartError(message)
    connection.execute(f"use warehouse.{quoted(schemas[0])}")
    rows = connection.execute("select contract_version from dim_build").fetchall()
    if not rows:
        message = "the last build did not finish; mend what failed and build again"
        raise MartError(message)
    if rows != [(CONTRACT_VERSION,)]:
        versions = ", ".join(str(version) for (version,) in rows)
        message = (
            f"the marts have contract version {versions} and this command reads"
            f" {CONTRACT_VERSION}; install the version that built them"
        )
        raise MartError(message)


def quoted(identifier: str) -> str:
    """Quote a name for use in SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Quote a text for use in SQL where no parameter may stand."""
    return "'" + str(value).replace("'", "''") + "'"


def load_mart(warehouse: Path) -> Mart:
    """Read all that routing needs, in one consistent look."""
    columns = [field.name for field in fields(ExceptionRecord)]
    with open_marts(warehouse) as connection:
        ((as_of,),) = connection.execute("select as_of from dim_build").fetchall()
        exceptions = tuple(
            ExceptionRecord(*aware(row))
            for row in connection.execute(
                f"select {', '.join(columns)} from fct_exceptions"  # noqa: S608
                " order by priority, detected_at, exception_id",
            ).fetchall()
        )
        steps = connection.execute(
            "select exception_id, step, notify_role, notify_at"
            " from fct_exception_escalations order by exception_id, step",
        ).fetchall()
        roles = {
            row[0]: OwnerRole(*row)
            for row in connection.execute(
                "select owner_role, timezone, attention_budget_per_day"
                " from dim_owner_roles order by owner_role",
            ).fetchall()
        }
    escalations: dict[str, list[EscalationStep]] = defaultdict(list)
    for exception_id, *step in steps:
        escalations[exception_id].append(EscalationStep(*aware(step)))
    return Mart(
        as_of=utc(as_of),
        exceptions=exceptions,
        escalations={key: tuple(value) for key, value in escalations.items()},
        roles=roles,
    )


def aware(row: Iterable[Any]) -> Iterator[Any]:
    """Yield the values of a row of the marts, its timestamps aware."""
    for value in row:
        yield utc(value) if isinstance(value, datetime) else value
