"""Build logs on DuckDB and on Spark, and compare every table of both.

`python -m bench.engines` builds the demo; `python -m bench.engines demo incidents
generated:1 generated:10` also the example of real tickets, whose file must be in
OFFPATH_DATA_DIR, and logs of so many million events that bench/speed generates. Prints
Markdown tables, of what is equal and of what the builds took; what differs, and an exit
code of 1, where the engines do not agree.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import duckdb

from bench.builds import WITHOUT_TESTS
from bench.engines.compare import (
    Compared,
    Name,
    compared_with_files,
    differing,
    left_out,
    markdown,
)
from bench.process import PROJECT, Usage, environment_of, measured_with_all
from bench.speed import generate
from bench.speed.bench import EVENTS_PER_CASE
from bench.table import megabytes, table_line

TARGET = PROJECT / "target" / "engines"
BIN = Path(sys.executable).parent
ENGINES = {"duckdb": "DuckDB", "spark": "Spark"}
# How many models are named that took the most.
SLOWEST = 5
MILLION = 1_000_000


class Log(NamedTuple):
    """A project, and what of it DuckDB makes for both engines: raw rows of a schema.

    To Spark they are tables that are there. The staging models of the other projects
    read files of this machine, and a field of blanks in a seed is null to dbt.
    """

    project: Path
    raw_schema: str
    raw: tuple[str, ...]
    as_of: str | None = None


LOGS = {
    "demo": Log(
        PROJECT,
        "raw",
        tuple(sorted(seed.stem for seed in (PROJECT / "seeds" / "demo").glob("*.csv"))),
    ),
    "incidents": Log(
        PROJECT / "examples" / "incidents",
        "main",
        ("stg_incidents__audit_events", "stg_incidents__priorities"),
    ),
    "generated": Log(
        PROJECT / "bench" / "speed",
        "main",
        ("stg_bench__order_events", "stg_bench__orders"),
        str(generate.ENDS_AT),
    ),
}


class Cost(NamedTuple):
    """What a build took, and the seconds of each model."""

    usage: Usage
    models: dict[str, float]


class Build:
    """The build of a log on both engines, each in a home that is made anew."""

    def __init__(self, name: str) -> None:
        """Take a log by its name, and maybe how many million events it has."""
        kind, _, millions = name.partition(":")
        self.name, self.log = name, LOGS[kind]
        self.events = round(float(millions or 1) * MILLION)
        # Derby takes a colon in a path for the end of its address.
        folder = TARGET / name.replace(":", "_")
        self.homes = {engine: folder / engine for engine in ENGINES}
        shutil.rmtree(folder, ignore_errors=True)
        for home in self.homes.values():
            home.mkdir(parents=True)

    def tables(self) -> tuple[list[Compared], dict[str, Cost]]:
        """Build on both engines; return the comparison, and what each build took."""
        if self.log is LOGS["generated"]:
            folder = self.homes["duckdb"] / "bench_log"
            generate.write_log(folder, max(self.events // EVENTS_PER_CASE, 1))
        if (self.log.project / "packages.yml").exists():
            self.run("duckdb", BIN / "dbt", "--quiet", "deps")
        costs = {"duckdb": self.build("duckdb")}
        self.give_raw_rows()
        costs["spark"] = self.build("spark", "--exclude", *self.log.raw)
        warehouse = self.homes["duckdb"] / "warehouse.duckdb"
        return compared_with_files(warehouse, self.files_of_spark()), costs

    def build(self, engine: str, *arguments: str) -> Cost:
        """Build all but tests on an engine; return what it took."""
        target = "local" if engine == "duckdb" else engine
        options = ["--profile", "offpath_demo" if self.name == "demo" else "offpath"]
        if self.log.as_of:
            options += ["--vars", json.dumps({"as_of": self.log.as_of})]
        command = (BIN / "dbt", "--quiet", "build", "--target", target, *WITHOUT_TESTS)
        usage = self.run(engine, *command, *options, *arguments)
        results = self.homes[engine] / "target" / "run_results.json"
        models = {
            result["unique_id"].rpartition(".")[2]: result["execution_time"]
            for result in json.loads(results.read_text())["results"]
            if result["unique_id"].startswith("model.")
        }
        return Cost(usage, models)

    def run(self, engine: str, *command: str | Path) -> Usage:
        """Run a command of one engine in the folder of the project."""
        home = self.homes[engine]
        words = list(map(str, command))
        sys.stderr.write(f"{self.name}, {engine}: {words[0].rpartition('/')[2]} ...\n")
        output = home / "output.txt"
        return measured_with_all(words, environment_of(home), self.log.project, output)

    def give_raw_rows(self) -> None:
        """Make tables in Spark of what is raw.

        A time without a zone in a Parquet file would be of another type to Spark.
        """
        folder, schema = self.homes["spark"] / "raw", self.log.raw_schema
        warehouse = self.homes["duckdb"] / "warehouse.duckdb"
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            for name in self.log.raw:
                (folder / name).mkdir(parents=True)
                columns = connection.execute(f"describe {schema}.{name}").fetchall()
                zoned = ", ".join(
                    f"cast({column} as timestamptz) as {column}"
                    if kind == "TIMESTAMP"
                    else column
                    for column, kind, *_ in columns
                )
                connection.execute(
                    f"copy (select {zoned} from {schema}.{name})"
                    f" to '{folder / name}/rows.parquet'"
                )
        self.session("tables", schema, folder)

    def files_of_spark(self) -> dict[Name, str]:
        """Return the Parquet files of each table and view of Spark, by its name."""
        home = self.homes["spark"]
        self.session("views", home / "views")
        tables = (home / "spark" / "warehouse").glob("*.db/*")
        views = (home / "views").glob("*/*")
        names = {
            (folder.parent.name.removesuffix(".db"), folder.name): f"{folder}/*.parquet"
            for folder in (*tables, *views)
        }
        raw = {
            (self.log.raw_schema, name): f"{home}/raw/{name}/*.parquet"
            for name in self.log.raw
        }
        return names | raw

    def session(self, *arguments: str | Path) -> None:
        """Let a Spark session of the home do something."""
        script = Path(__file__).with_name("session.py")
        self.run("spark", BIN / "python", script, *arguments)


def main() -> None:
    """Build, compare, and print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.engines",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("logs", nargs="*", metavar="LOG", help=", ".join(LOGS))
    logs = parser.parse_args().logs or ["demo"]
    if unknown := {name.partition(":")[0] for name in logs} - LOGS.keys():
        parser.error(f"no log {', '.join(sorted(unknown))}: {', '.join(LOGS)}")
    found = {name: Build(name).tables() for name in logs}
    tables = [table for its, _ in found.values() for table in its]
    versions = ", ".join(
        f"{package} {version(package)}"
        for package in ("duckdb", "pyspark", "dbt-core", "dbt-duckdb", "dbt-spark")
    )
    sections = [
        f"{datetime.now(tz=UTC):%Y-%m-%d}, {versions}",
        "\n".join(
            [
                table_line(["log", "schema", "tables", "equal", "rows"]),
                table_line(["---", "---", "---:", "---:", "---:"]),
                *(markdown(name, its) for name, (its, _) in found.items()),
            ]
        ),
        "\n".join(
            [
                table_line(["log", "on", "s", "CPU s", "peak MB", "slowest models, s"]),
                table_line(["---", "---", "---:", "---:", "---:", "---"]),
                *(
                    cost_line(name, engine, cost)
                    for name, (_, costs) in found.items()
                    for engine, cost in costs.items()
                ),
            ]
        ),
        "Left out:\n\n" + "\n".join(f"- {line}" for line in left_out(tables)),
    ]
    sys.stdout.write("\n\n".join(sections) + "\n")
    if differences := differing(tables):
        sys.exit("\n".join(differences))


def cost_line(log: str, engine: str, cost: Cost) -> str:
    """Return what the build of a log took on an engine."""
    slowest = sorted(cost.models, key=cost.models.__getitem__, reverse=True)[:SLOWEST]
    return table_line(
        [
            *(log, ENGINES[engine]),
            *(f"{each:,.0f}" for each in (cost.usage.seconds, cost.usage.cpu_seconds)),
            megabytes(cost.usage.peak_bytes),
            ", ".join(f"`{name}` {cost.models[name]:.0f}" for name in slowest),
        ]
    )


if __name__ == "__main__":
    main()
