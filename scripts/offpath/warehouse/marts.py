"""Read the marts from the file that dbt builds, or a published one; never write."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from offpath.errors import MartBusyError, MartError
from offpath.instants import instant_text, utc
from offpath.lock import is_open_elsewhere
from offpath.routing.attention import OwnerRole
from offpath.routing.duty import Duties
from offpath.routing.escalations import EscalationStep
from offpath.routing.intents import ExceptionRecord

CONTRACT_VERSION = 9
BUSY = "a build holds the warehouse; try again when it is done"
REPLACED = "a build has replaced the marts meanwhile; try again"
MARTS_LANDMARK = "fct_exceptions"
ROWS_AT_ONCE = 10_000
# For how long one waits for a build that is about to end.
PATIENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.25


Case = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Journey:
    """What ``dim_journeys`` says of a journey that routing needs."""

    journey: str
    owner_role: str
    event_count: int


@dataclass(frozen=True, slots=True)
class Mart:
    """The exceptions of one build, and who is told when.

    Where it is not whole it holds what the ledger remembers of the last build, so that
    nothing follows from what it lacks.
    """

    as_of: datetime
    exceptions: tuple[ExceptionRecord, ...]
    escalations: dict[str, tuple[EscalationStep, ...]]
    roles: dict[str, OwnerRole]
    duties: Duties = Duties()  # noqa: RUF009 - it cannot change
    rules: frozenset[str] = frozenset()
    trial_rules: frozenset[str] = frozenset()
    journeys: dict[str, Journey] = field(default_factory=dict)
    warehouse: Path | None = None
    is_whole: bool = True

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
def open_marts(
    warehouse: Path, patience: float | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-only connection whose default schema is that of the marts.

    Instants are UTC without a zone, also those of a published set, which have one.
    Raise MartError when the file is missing, held by a build for more than ``patience``
    seconds (PATIENCE_SECONDS unless said), unreadable, without marts, or of another
    contract version; and when a query within asks for a table or a column that is not
    there.
    """
    require_warehouse(warehouse)
    connection = duckdb.connect()
    try:
        # What has a zone is cast to what has none, and back where it is published.
        connection.execute("set TimeZone = 'UTC'")
        _attach(connection, warehouse, patience)
        enter_marts_schema(connection, "warehouse", warehouse)
        require_whole(connection)
        lay_utc_over(connection)
        yield connection
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        message = f"the marts do not fit this version: {str(error).splitlines()[0]}"
        raise MartError(message) from error
    finally:
        connection.close()


def _attach(
    connection: duckdb.DuckDBPyConnection, path: Path, patience: float | None
) -> None:
    """Attach the warehouse, and wait a little for who has it open."""
    until = time.monotonic() + (PATIENCE_SECONDS if patience is None else patience)
    while True:
        try:
            # Not opened: only so may the same connection also write elsewhere.
            connection.execute(f"attach {literal(path)} as warehouse (read_only)")
        except duckdb.IOException as error:
            if not is_open_elsewhere(error):
                said = str(error).splitlines()[0]
                message = f"{path} is not a readable warehouse: {said}"
                raise MartError(message) from error
            if time.monotonic() >= until:
                raise MartBusyError(BUSY) from error
            time.sleep(PAUSE_SECONDS)
        else:
            return


def enter_marts_schema(
    connection: duckdb.DuckDBPyConnection, catalog: str, name: object
) -> None:
    """Make the schema of the marts the default one; they are known by their landmark.

    ``catalog`` is what they are attached as, ``name`` what people know them by.
    """
    schemas = [
        str(schema)
        for (schema,) in connection.execute(
            "select table_schema from information_schema.tables"  # noqa: S608
            f" where table_name = {literal(MARTS_LANDMARK)}"
            f" and table_catalog = {literal(catalog)} order by table_schema",
        ).fetchall()
    ]
    if len(schemas) != 1:
        found = f"in several schemas ({', '.join(schemas)})" if schemas else "nowhere"
        message = f"{name} has the table {MARTS_LANDMARK} {found}; build it first"
        raise MartError(message)
    connection.execute(f"use {quoted(catalog)}.{quoted(schemas[0])}")


def require_whole(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise MartError when a build has not finished, or is of another contract."""
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


def lay_utc_over(connection: duckdb.DuckDBPyConnection) -> None:
    """Lay a view over each table that has instants of another type than a warehouse.

    They are cast in the zone of the session, which is UTC.
    """
    rows = connection.execute(
        "select database_name, schema_name, table_name, column_name"
        " from duckdb_columns()"
        " where database_name = current_database() and schema_name = current_schema()"
        " and starts_with(data_type, 'TIMESTAMP') and data_type <> 'TIMESTAMP'"
        # A list of instants is left as it is.
        " and not ends_with(data_type, ']')"
    ).fetchall()
    instants = defaultdict(list)
    for database, schema, table, column in rows:
        instants[database, schema, table].append(quoted(column))
    for (database, schema, table), columns in instants.items():
        casts = ", ".join(f"cast({each} as timestamp) as {each}" for each in columns)
        connection.execute(
            f"create temp view {quoted(table)} as"  # noqa: S608
            f" select * replace ({casts})"
            f" from {quoted(database)}.{quoted(schema)}.{quoted(table)}"
        )


def quoted(identifier: str) -> str:
    """Quote a name for use in SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Quote a text for use in SQL.

    To bind a parameter DuckDB loads pandas, which takes longer than most queries.
    """
    return "'" + str(value).replace("'", "''") + "'"


def built_at(warehouse: Path) -> datetime:
    """Return the instant that the marts are as of."""
    with open_marts(warehouse) as connection:
        return instant_of(connection)


def instant_of(connection: duckdb.DuckDBPyConnection) -> datetime:
    """Return the instant that the marts of a connection are as of."""
    ((as_of,),) = connection.execute("select as_of from dim_build").fetchall()
    return utc(as_of)


def load_mart(warehouse: Path, condition: str = "true") -> Mart:
    """Read all that routing needs, in one consistent look.

    ``condition`` is SQL on ``fct_exceptions``: only exceptions for which it holds are
    read, and their escalations.
    """
    columns = ", ".join(each.name for each in fields(ExceptionRecord))
    found = f"from fct_exceptions where {condition}"
    with open_marts(warehouse) as connection:
        as_of = instant_of(connection)
        exceptions = tuple(
            ExceptionRecord(*row)
            for row in aware_rows(
                connection,
                f"select {columns} {found}"
                " order by priority, detected_at, exception_id",
            )
        )
        steps = aware_rows(
            connection,
            "select exception_id, step, notify_role, notify_at, after_minutes"  # noqa: S608
            " from fct_exception_escalations"
            f" where exception_id in (select exception_id {found})"
            " order by exception_id, step",
        )
        escalations: dict[str, list[EscalationStep]] = defaultdict(list)
        for exception_id, *step in steps:
            escalations[exception_id].append(EscalationStep(*step))
        roles = {
            row[0]: OwnerRole(*row)
            for row in connection.execute(
                "select owner_role, timezone, attention_budget_per_day"
                " from dim_owner_roles order by owner_role",
            ).fetchall()
        }
        journeys = {
            row[0]: Journey(*row)
            for row in connection.execute(
                "select journey, owner_role, event_count from dim_journeys"
                " order by journey",
            ).fetchall()
        }
        duties = connection.execute(
            "select owner_role, starts_at, ends_at from dim_owner_duty"
            " order by owner_role, starts_at",
        ).fetchall()
        rules = dict(
            connection.execute(
                "select rule_id, stage from dim_exception_rules"
            ).fetchall()
        )
    return Mart(
        as_of=as_of,
        exceptions=exceptions,
        escalations={key: tuple(value) for key, value in escalations.items()},
        roles=roles,
        duties=Duties.of_rows(tuple(aware(row)) for row in duties),
        rules=frozenset(rules),
        trial_rules=frozenset(
            rule_id for rule_id, stage in rules.items() if stage == "trial"
        ),
        journeys=journeys,
        warehouse=warehouse,
    )


def count_events(mart: Mart, cases: Iterable[Case]) -> dict[Case, int]:
    """Return the number of events of each case, by journey and id.

    Cases that the marts do not hold are left out. Raise MartError if the marts are not
    those of the same build any more.
    """
    wanted = sorted(set(cases))
    if not wanted or mart.warehouse is None:
        return {}
    with open_marts(mart.warehouse) as connection:
        if instant_of(connection) != mart.as_of:
            raise MartBusyError(REPLACED)
        rows = connection.execute(
            "select journey, case_id, event_count from fct_cases"
            " inner join ("
            "select unnest(?) as journey, unnest(?) as case_id"
            ") using (journey, case_id)",
            [[journey for journey, _ in wanted], [case_id for _, case_id in wanted]],
        ).fetchall()
    return {(journey, case_id): count for journey, case_id, count in rows}


def exception_ids(
    warehouse: Path, prefix: str, patience: float | None = None
) -> set[str]:
    """Return the ids in the marts that begin with the prefix."""
    with open_marts(warehouse, patience) as connection:
        return {
            str(exception_id)
            for (exception_id,) in connection.execute(
                "select exception_id from fct_exceptions"  # noqa: S608
                f" where starts_with(exception_id, {literal(prefix)})",
            ).fetchall()
        }


def aware_rows(
    connection: duckdb.DuckDBPyConnection, query: str
) -> Iterator[list[Any]]:
    """Yield rows, their timestamps aware, a few at a time."""
    answer = connection.execute(query)
    moments = [
        index
        for index, column in enumerate(answer.description)
        if column[1] == duckdb.sqltypes.TIMESTAMP
    ]
    while rows := answer.fetchmany(ROWS_AT_ONCE):
        for row in map(list, rows):
            for index in moments:
                if row[index] is not None:
                    row[index] = row[index].replace(tzinfo=UTC)
            yield row


def aware(row: Iterable[Any]) -> Iterator[Any]:
    """Yield the values of a row of the marts, its timestamps aware."""
    for value in row:
        yield utc(value) if isinstance(value, datetime) else value
