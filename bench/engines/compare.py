"""Say whether two engines, or two stores, have the same tables of the same log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import duckdb

from bench.table import table_line

# What a table, or a column wherever it is, holds that is not of the log, and why.
OTHER_TABLES = {
    "offpath_builds": "what builds know of each other, where increments are kept",
    "offpath_plan": "what builds know of each other, where increments are kept",
}
OTHER_COLUMNS = {
    "judge": "who judged a value: on DuckDB, which remembers verdicts, a digest",
    "landing_digest": "a digest of raw rows by the engine's own hash",
    "run_number": "counts builds, where increments are kept",
}
CLOSE = """(
    {here} is not distinct from {there}
    or coalesce(
        abs({here} - {there}) <= 1e-9 * greatest(abs({here}), abs({there})), false
    )
)"""
Name = tuple[str, str]


class Compared(NamedTuple):
    """A table: its rows, and how many of either engine are not in the other's."""

    schema: str
    table: str
    row_count: int
    other_row_count: int
    left_out: tuple[str, ...]
    note: str = ""


def compared_with_files(warehouse: Path, files: Mapping[Name, str]) -> list[Compared]:
    """Compare every table and view of a DuckDB file with Parquet files, by its name.

    Columns are cast to the types of DuckDB.
    """
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        # Views name the file that they are in.
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        here = {
            name: relation
            for name, relation in relations_of(connection, "warehouse").items()
            if name[1] not in OTHER_TABLES
        }
        there = {
            name: f"read_parquet('{pattern}')"
            if connection.execute(f"from glob('{pattern}')").fetchall()
            # Spark writes no file of a table without rows.
            else f"(from {here[name]} limit 0)"
            for name, pattern in files.items()
            if name in here
        }
        alone = dict.fromkeys(files.keys() - here.keys(), "")
        return list(compared(connection, here, there | alone, OTHER_COLUMNS))


def relations_of(
    connection: duckdb.DuckDBPyConnection, catalog: str
) -> dict[Name, str]:
    """Return how SQL names each table and view of what is attached."""
    rows = connection.execute(
        "select table_schema, table_name from information_schema.tables"
        f" where table_catalog = '{catalog}'"
    ).fetchall()
    return {(schema, name): f'{catalog}."{schema}"."{name}"' for schema, name in rows}


def compared(
    connection: duckdb.DuckDBPyConnection,
    here: Mapping[Name, str],
    there: Mapping[Name, str],
    without: Mapping[str, str],
) -> Iterator[Compared]:
    """Compare relations by the names of their tables; doubles to a billionth.

    ``without`` names the columns that are left out wherever they are, each with the
    reason.
    """
    for name in sorted(here.keys() | there.keys()):
        if name in here and name in there:
            yield table_of(connection, name, here[name], there[name], without)
        else:
            yield Compared(*name, 0, 0, (), "of one engine only")


def table_of(
    connection: duckdb.DuckDBPyConnection,
    name: Name,
    here: str,
    there: str,
    without: Mapping[str, str],
) -> Compared:
    """Compare one table, its columns cast to the types that they have here."""
    types, its_types = (
        {column: kind for column, kind, *_ in connection.execute(query).fetchall()}
        for query in (f"describe {here}", f"describe select * from {there}")
    )
    if types.keys() != its_types.keys():
        differing = ", ".join(sorted(types.keys() ^ its_types.keys()))
        return Compared(*name, 0, 0, (), f"columns of one engine only: {differing}")
    left_out = tuple(sorted(types.keys() & without))
    columns = {column: kind for column, kind in types.items() if column not in left_out}
    cast = ", ".join(
        f'cast("{column}" as {kind}) as "{column}"' for column, kind in columns.items()
    )
    connection.execute(
        f"""
        create or replace temporary table rows_here as select {cast} from {here};
        create or replace temporary table rows_there as select {cast} from {there};
        create or replace temporary table only_here as
        from rows_here except all from rows_there;
        create or replace temporary table only_there as
        from rows_there except all from rows_here;
        """
    )
    doubles = [column for column, kind in columns.items() if kind == "DOUBLE"]
    keys = [column for column in columns if column not in doubles]
    (row_count,) = connection.execute("select count(*) from rows_here").fetchall()[0]
    (other_row_count,) = connection.execute(
        other_rows(keys, doubles) if doubles else UNPAIRED
    ).fetchall()[0]
    return Compared(*name, row_count, other_row_count, left_out)


UNPAIRED = "select (select count(*) from only_here) + (select count(*) from only_there)"


def other_rows(keys: list[str], doubles: list[str]) -> str:
    """Return a query that counts rows without another whose doubles are close.

    Of the rows that differ, those of the same other columns are paired in the order of
    their doubles.
    """
    listed = ", ".join(f'"{key}"' for key in keys) or "1"
    ordered = ", ".join(f'"{double}"' for double in doubles)
    numbered = (
        f"select *, row_number() over (partition by {listed} order by {ordered})"
        " as place from "
    )
    same = " and ".join(
        f'here."{key}" is not distinct from there."{key}"' for key in [*keys, "place"]
    )
    close = " and ".join(
        CLOSE.format(here=f'here."{double}"', there=f'there."{double}"')
        for double in doubles
    )
    return f"""
    select coalesce(sum(
        case when here.place is null or there.place is null then 1
        when {close} then 0 else 2 end
    ), 0)
    from ({numbered} only_here) as here
    full outer join ({numbered} only_there) as there on {same}
    """


def is_equal(table: Compared) -> bool:
    """Whether nothing is in one of the tables only."""
    return not table.other_row_count and not table.note


def markdown(log: str, tables: list[Compared]) -> str:
    """Return a line a schema, and a line for each table that differs."""
    counts = Counter(table.schema for table in tables)
    lines = []
    for schema in sorted(counts):
        its = [table for table in tables if table.schema == schema]
        rows = sum(table.row_count for table in its)
        equal = sum(map(is_equal, its))
        cells = (log, schema, f"{len(its)}", f"{equal}", f"{rows:,}")
        lines.append(table_line(cells))
    return "\n".join(lines)


def differing(tables: list[Compared]) -> list[str]:
    """Return a sentence for each table that is not the same."""
    return [
        f"{table.schema}.{table.table}: "
        + (table.note or f"{table.other_row_count:,} rows are not in both")
        for table in tables
        if not is_equal(table)
    ]


def left_out(tables: list[Compared]) -> list[str]:
    """Return a line for each column that was left out of a table, and why."""
    where: dict[str, list[str]] = {}
    for table in tables:
        for column in table.left_out:
            where.setdefault(column, []).append(table.table)
    return [
        *(f"{name}: {reason}" for name, reason in OTHER_TABLES.items()),
        *(
            f"{column} of {', '.join(sorted(set(names)))}: {OTHER_COLUMNS[column]}"
            for column, names in sorted(where.items())
        ),
    ]
