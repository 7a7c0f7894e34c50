"""Read marts that were built elsewhere: Parquet, a DuckDB file, or a catalogue."""

import glob
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from offpath.errors import MartBusyError, MartError
from offpath.extensions import EXTENSIONS, load_extensions, schemes_of, without_secrets
from offpath.home import DRAFT
from offpath.lock import is_open_elsewhere
from offpath.warehouse.marts import (
    BUSY,
    MARTS_LANDMARK,
    enter_marts_schema,
    lay_utc_over,
    literal,
    quoted,
    require_whole,
)

# What the commands read; what else is there is published too.
NEEDED = (
    *("dim_build", "dim_exception_rules", "dim_journeys", "dim_owner_duty"),
    *("dim_owner_roles", "fct_budget_attribution", "fct_burn_rates", "fct_cases"),
    *("fct_error_budgets", "fct_exception_escalations", MARTS_LANDMARK),
    "fct_warnings",
)
CATALOG = "warehouse"


@contextmanager
def open_elsewhere(source: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection whose default schema is that of marts built elsewhere.

    ``source`` is a folder that has a folder or a file of Parquet for each mart, a
    DuckDB file, or what DuckDB attaches by a word before a colon, as
    ``ducklake:sqlite:catalog.sqlite``. Instants are UTC without a zone, as in a
    warehouse, whatever the source makes of them. Raise MartError where nothing is there
    to be read, marts are missing or of another contract version, or their build is not
    whole.
    """
    name = without_secrets(source)
    path = Path(source)
    with closing(duckdb.connect()) as connection:
        # What has a zone is cast to what has none.
        connection.execute("set TimeZone = 'UTC'")
        try:
            if path.is_dir():
                catalog = _read_parquet(connection, path)
            elif path.exists() or not (schemes_of(source) or "://" in source):
                catalog = _attach_file(connection, path)
            else:
                catalog = _attach_catalogue(connection, source)
            enter_marts_schema(connection, catalog, name)
            _require_marts(connection, name)
            require_whole(connection)
            lay_utc_over(connection)
            yield connection
        except duckdb.Error as error:
            # That a set cannot be written is no fault of theirs.
            if DRAFT in str(error):
                raise
            message = f"the marts in {name} cannot be read: {without_secrets(error)}"
            raise MartError(message) from error


def _read_parquet(connection: duckdb.DuckDBPyConnection, folder: Path) -> str:
    """Make a view of each folder or file of Parquet; return their catalogue.

    What begins with a dot or an underscore is no table, as for Spark.
    """
    connection.execute(f"attach ':memory:' as {CATALOG}")
    tables = {}
    for path in sorted(folder.iterdir()):
        if path.name[0] in "._":
            continue
        if path.is_dir() and any(path.glob("*.parquet")):
            tables[path.name] = _rows_of(f"{glob.escape(str(path))}/*.parquet")
        elif path.is_file() and path.suffix == ".parquet":
            tables[path.stem] = _rows_of(str(path))
        elif path.is_dir() and path.name == "dim_build":
            # Emptied as a build began, to the last file.
            tables[path.name] = "select null as contract_version where false"
    if MARTS_LANDMARK not in tables:
        message = (
            f"{folder} has no folder or file of Parquet called {MARTS_LANDMARK}; give"
            " the folder that the marts are in"
        )
        raise MartError(message)
    for table, rows in tables.items():
        connection.execute(f"create view {CATALOG}.{quoted(table)} as {rows}")
    return CATALOG


def _rows_of(files: str) -> str:
    """Return the SQL that reads the files that a pattern names."""
    return f"from read_parquet({literal(files)}, hive_partitioning = false)"


def _attach_file(connection: duckdb.DuckDBPyConnection, path: Path) -> str:
    """Attach a DuckDB file by its own name, by which views in it know it."""
    if not path.exists():
        message = (
            f"there is nothing at {path}; give a folder of Parquet, a DuckDB file, or"
            " what DuckDB attaches, as ducklake:sqlite:catalog.sqlite"
        )
        raise MartError(message)
    try:
        connection.execute(
            f"attach {literal(path)} as {quoted(path.stem)} (type duckdb, read_only)"
        )
    except duckdb.IOException as error:
        if is_open_elsewhere(error):
            raise MartBusyError(BUSY) from error
        said = str(error).splitlines()[0]
        message = f"{path} is not a readable DuckDB file: {said}"
        raise MartError(message) from error
    return path.stem


def _attach_catalogue(connection: duckdb.DuckDBPyConnection, address: str) -> str:
    """Attach a catalogue by what DuckDB has for it."""
    schemes = schemes_of(address)
    if not schemes or {*schemes} - {*EXTENSIONS, "duckdb"}:
        message = (
            f"{without_secrets(address)} is neither in the file system nor a catalogue"
            f" of {', '.join(EXTENSIONS)}; mount or copy the folder that has the marts,"
            " or give a catalogue as ducklake:sqlite:catalog.sqlite"
        )
        raise MartError(message)
    load_extensions(connection, address)
    try:
        connection.execute(f"attach {literal(address)} as {CATALOG} (read_only)")
    except duckdb.Error as error:
        message = (
            f"the catalogue {without_secrets(address)} cannot be reached; is its path"
            f" or address right, and may it be read? {without_secrets(error)}"
        )
        raise MartError(message) from error
    return CATALOG


def _require_marts(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Raise MartError where a mart is missing that commands read."""
    rows = connection.execute(
        "select table_name from information_schema.tables"
        " where table_catalog = current_database()"
        " and table_schema = current_schema()"
    ).fetchall()
    missing = sorted(set(NEEDED) - {table for (table,) in rows})
    if missing:
        message = (
            f"{name} lacks {', '.join(missing)}; build all marts there, and give the"
            " folder or catalogue that has them all"
        )
        raise MartError(message)
