"""The SQL of the models as dbt compiles it, for who draws cases and lets models judge.

What is drawn stands in a database of its own, ``warehouse``, with the schemas of a
build, so that the compiled SQL runs on it unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from bench.backtest.replay import PROJECT, Runs

SCHEMAS = ("definitions", "intermediate", "marts", "raw", "staging")


def compiled_models(
    home: Path, models: Sequence[str], as_of: datetime
) -> dict[str, str]:
    """Return the SQL of models as of an instant (UTC), in the order they are given."""
    run = Runs(PROJECT, home)
    only = ("--indirect-selection", "empty", "--select", *models)
    results = run("compile", *only, as_of=as_of).results
    code = {result.node.name: result.node.compiled_code for result in results}
    return {model: code[model] for model in models}


@contextmanager
def empty_warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """Connect to a warehouse in memory that has the schemas of a build and no table."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "set timezone = 'UTC'; set enable_progress_bar = false;"
            " attach ':memory:' as warehouse"
        )
        for schema in SCHEMAS:
            connection.execute(f"create schema warehouse.{schema}")
        yield connection


def build(
    connection: duckdb.DuckDBPyConnection, schema: str, compiled: dict[str, str]
) -> None:
    """Create a table of each model, in order."""
    for model, sql in compiled.items():
        relation = f"warehouse.{schema}.{model}"
        connection.execute(f"create or replace table {relation} as {sql}")
