"""Put the SQL of every model into other dialects: `python -m bench.dialects`.

dbt compiles the models for DuckDB, SQLGlot translates them, and reads the outcome as
the other dialect. Prints a Markdown table. That a text can be read is no proof that it
runs, nor that it gives the same rows: no such engine is asked.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import click
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, UnsupportedError

from bench.process import PROJECT, environment_of, measured
from bench.table import table_line

DIALECTS = ("snowflake", "bigquery", "postgres", "databricks", "trino")
# SQLGlot says three, unless asked for more.
MOST_REMARKS = 1000
DBT = Path(sys.executable).with_name("dbt")


@dataclass
class Outcome:
    """What became of the models in one dialect.

    ``unread`` are models whose translation cannot be read, or that SQLGlot fails at;
    ``remarks`` counts the models of each thing that it says the dialect lacks, and
    ``unknown`` those of each function that it does not know and leaves as it is.
    """

    translated: int = 0
    unread: list[str] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Compile, translate, and print the table."""
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    models = compiled_models()
    click.echo(f"sqlglot {version('sqlglot')}, {len(models)} models\n")
    heads = ["dialect", "read", "not read", "said to be lacking", "left as it is"]
    click.echo(table_line(heads))
    click.echo(table_line(["---", "---:", "---", "---", "---"]))
    for dialect in DIALECTS:
        outcome = translated(models, dialect)
        click.echo(
            table_line(
                [
                    dialect,
                    str(outcome.translated),
                    ", ".join(f"`{name}`" for name in outcome.unread) or "-",
                    counted(outcome.remarks),
                    counted(outcome.unknown),
                ]
            )
        )


def compiled_models() -> dict[str, str]:
    """Return the SQL that dbt makes of each model for DuckDB, by its name."""
    with tempfile.TemporaryDirectory(prefix="offpath-bench-") as folder:
        home = Path(folder)
        command = [str(DBT), "--quiet", "compile"]
        measured(command, environment_of(home), PROJECT, home / "output.txt")
        manifest = json.loads((home / "target" / "manifest.json").read_text())
    return {
        node["name"]: node["compiled_code"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["language"] == "sql"
    }


def translated(models: dict[str, str], dialect: str) -> Outcome:
    """Translate the models, and read what comes of it."""
    outcome = Outcome()
    for name, sql in models.items():
        try:
            text, remarks = translation(sql, dialect)
            tree = sqlglot.parse_one(text, read=dialect)
        except (ParseError, AttributeError):
            # SQLGlot itself may stumble over a remark that it wants to make.
            outcome.unread.append(name)
            continue
        outcome.translated += 1
        outcome.remarks.update(set(remarks))
        calls = tree.find_all(exp.Anonymous)
        outcome.unknown.update({f"`{call.name.lower()}`" for call in calls})
    return outcome


def translation(sql: str, dialect: str) -> tuple[str, list[str]]:
    """Return the SQL in the dialect, and what SQLGlot says that the dialect lacks."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    try:
        text = tree.sql(
            dialect, unsupported_level=ErrorLevel.RAISE, max_unsupported=MOST_REMARKS
        )
    except UnsupportedError as error:
        text = tree.sql(dialect, unsupported_level=ErrorLevel.IGNORE)
        return text, [line.rstrip(".") for line in str(error).splitlines() if line]
    return text, []


def counted(things: Counter[str]) -> str:
    """Return the things with how many models have them, the most first."""
    ordered = sorted(things.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count}" for name, count in ordered) or "-"


if __name__ == "__main__":
    main()
