"""Compare what tools found in one event log, and what each of them took.

A folder of results holds one Parquet file per entry of ``TABLES``, and ``run.json``
with ``seconds`` by step, ``peak_bytes``, ``case_count``, ``business_case_count``::

    python bench/speed/compare.py target/results/offpath target/results/p*

prints what each took as a Markdown table, says on stderr where others differ from the
first folder, and exits with 1 where one does.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

SHOWN = 10  # differences that are told one by one, of each column
BUSINESS = "business"

# Rules in SQL: a of the first folder and b of the second are equal enough.
SAME = "a = b"
SAME_SECOND = "abs(a - b) < 1"
SAME_MEAN = "abs(a - b) <= greatest({relative} * greatest(abs(a), abs(b)), {slack})"


@dataclass(frozen=True)
class Table:
    """A result: the columns that name a row, and the rule of each other column."""

    keys: tuple[str, ...]
    rules: Mapping[str, str]


TABLES = {
    "variants": Table(("variant",), {"case_count": SAME}),
    "dfg": Table(
        ("from_event", "to_event"),
        {"transition_count": SAME, "mean_seconds": SAME_MEAN},
    ),
    "start_end": Table(("kind", "event_name"), {"case_count": SAME}),
    "rework": Table(("event_name",), {"case_count": SAME}),
    "durations": Table(("case_id",), {"seconds": SAME_SECOND}),
    BUSINESS: Table(("case_id",), {"seconds": SAME_SECOND}),
}


@dataclass(frozen=True)
class Difference:
    """A row that is not the same in two results; null where a result lacks it."""

    table: str
    key: tuple[str, ...]
    column: str
    one: float | None
    other: float | None

    def told(self, first: str, second: str) -> str:
        """Say what it is in the first result and in the second."""
        return (
            f"{self.table} {' | '.join(self.key)}: {self.column} is "
            f"{self.one} in {first}, {self.other} in {second}"
        )


def differences(
    first: Path,
    second: Path,
    tables: Mapping[str, Table] = TABLES,
    *,
    relative: float = 1e-6,
    slack_seconds: float = 0.0,
) -> list[str]:
    """Tell where two folders of results differ; an empty list where they agree.

    Mean seconds may differ by the larger of ``relative`` and ``slack_seconds``: a tool
    that drops fractions of a second needs a slack of 1. Durations may differ by less
    than a second. Of business hours the second folder may hold a sample of the cases.
    Rows of one key are added up, so that a doubled row is a difference.
    """
    lines = []
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, table in tables.items():
            files = [folder / f"{name}.parquet" for folder in (first, second)]
            missing = [
                f"{name}: there is no {file}" for file in files if not file.exists()
            ]
            lines += missing
            if missing:
                continue
            by_column = differing(
                *(connection, (first, second), name, table),
                relative=relative,
                slack_seconds=slack_seconds,
            )
            for column, found in by_column.items():
                lines += [each.told(first.name, second.name) for each in found[:SHOWN]]
                if len(found) > SHOWN:
                    more = len(found) - SHOWN
                    lines.append(f"{name}: {column} differs in {more:,} more rows")
    return lines


def differing(  # noqa: PLR0913 - a place, a table, and how close
    connection: duckdb.DuckDBPyConnection,
    folders: tuple[Path, Path],
    name: str,
    table: Table,
    *,
    relative: float = 1e-6,
    slack_seconds: float = 0.0,
) -> dict[str, list[Difference]]:
    """Return by column the rows in which the values of two folders break its rule."""
    keys = ", ".join(table.keys)
    chosen = "b is not null" if name == BUSINESS else "true"
    files = {
        side: str(folder / f"{name}.parquet")
        for side, folder in zip(("one", "other"), folders, strict=True)
    }
    found = {}
    for column, rule in table.rules.items():
        wanted = rule.format(relative=relative, slack=slack_seconds)
        query = f"""
            with entries as (
                select {keys}, {column} as one, null as other from read_parquet($one)
                union all
                select {keys}, null, {column} from read_parquet($other)
            ),
            compared as (
                select {keys}, sum(one) as a, sum(other) as b
                from entries
                group by {keys}
            )
            select a, b, {keys}
            from compared
            where ({wanted}) is not true and {chosen}
            order by {keys}
        """
        rows = connection.execute(query, files).fetchall()
        found[column] = [
            Difference(name, tuple(map(str, key)), column, one, other)
            for one, other, *key in rows
        ]
    return found


@dataclass(frozen=True)
class Run:
    """What one tool took: seconds by step, and peak resident memory in bytes.

    ``business_case_count`` cases of ``case_count`` had their business hours measured.
    """

    name: str
    seconds: Mapping[str, float]
    peak_bytes: int
    case_count: int
    business_case_count: int

    @classmethod
    def of(cls, folder: Path) -> "Run":
        """Read the ``run.json`` of a folder of results, and name the run after it."""
        told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        names = ("seconds", "peak_bytes", "case_count", "business_case_count")
        return cls(folder.name, *(told[name] for name in names))

    def step(self, name: str) -> float | None:
        """Seconds of a step; those of business hours scaled up to all cases."""
        seconds = self.seconds.get(name)
        if seconds is not None and name == BUSINESS:
            return seconds / self.business_case_count * self.case_count
        return seconds

    def total(self) -> float:
        """Seconds of all steps but business hours."""
        return sum(self.seconds.values()) - self.seconds.get(BUSINESS, 0.0)


def ratios_table(runs: Sequence[Run]) -> str:
    """Render seconds and memory of each run, and their ratios to the first run.

    Rows are the steps, as they come, then the total, business hours and peak memory;
    a cell is empty where a run has no such step.
    """
    first, *others = runs
    steps = dict.fromkeys(step for run in runs for step in run.seconds)
    steps.pop(BUSINESS, None)
    rows = [(step, [run.step(step) for run in runs]) for step in steps]
    rows += [
        ("total", [run.total() for run in runs]),
        ("business hours", [run.step(BUSINESS) for run in runs]),
        ("peak memory, MiB", [run.peak_bytes / 2**20 for run in runs]),
    ]
    header = [
        "step",
        *(f"{run.name}, s" for run in runs),
        *(f"{run.name} / {first.name}" for run in others),
    ]
    lines = [header, ["---", *["---:"] * (len(header) - 1)]]
    for label, (base, *values) in rows:
        digits = 0 if "MiB" in label else 2
        cells = ["" if x is None else f"{x:,.{digits}f}" for x in (base, *values)]
        ratios = [f"{x / base:,.1f}" if x and base else "" for x in values]
        lines.append([label, *cells, *ratios])
    notes = [
        f"\nBusiness hours of {run.name} are scaled up from "
        f"{run.business_case_count:,} of {run.case_count:,} cases."
        for run in runs
        if BUSINESS in run.seconds and run.business_case_count < run.case_count
    ]
    return "\n".join([f"| {' | '.join(line)} |" for line in lines] + notes) + "\n"


def main() -> None:
    """Print the ratios of folders of results; fail where the results differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first", type=Path, help="the folder to compare with")
    parser.add_argument("others", type=Path, nargs="+")
    parser.add_argument("--slack-seconds", type=float, default=0.0)
    given = parser.parse_args()
    sys.stdout.write(ratios_table([Run.of(f) for f in (given.first, *given.others)]))
    found = [
        difference
        for other in given.others
        for difference in differences(
            given.first, other, slack_seconds=given.slack_seconds
        )
    ]
    sys.stderr.writelines(f"{difference}\n" for difference in found)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
