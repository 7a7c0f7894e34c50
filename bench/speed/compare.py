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
from collections.abc import Collection, Iterator, Mapping, Sequence
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


def differences(
    first: Path,
    second: Path,
    tables: Collection[str] = tuple(TABLES),
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
    found = []
    for name in tables:
        files = [folder / f"{name}.parquet" for folder in (first, second)]
        missing = [f"{name}: there is no {file}" for file in files if not file.exists()]
        found += missing
        if missing:
            continue
        for column, rule in TABLES[name].rules.items():
            wanted = rule.format(relative=relative, slack=slack_seconds)
            found += _differences_of(name, column, wanted, files)
    return found


def _differences_of(
    name: str, column: str, rule: str, files: Sequence[Path]
) -> Iterator[str]:
    """Tell in which rows the values of a column break its rule."""
    keys = ", ".join(TABLES[name].keys)
    chosen = "b is not null" if name == BUSINESS else "true"
    query = f"""
        with entries as (
            select {keys}, {column} as one, null as other from read_parquet($one)
            union all
            select {keys}, null, {column} from read_parquet($other)
        ),
        compared as (
            select {keys}, sum(one) as a, sum(other) as b from entries group by {keys}
        )
        select a, b, count(*) over () as difference_count, {keys}
        from compared
        where ({rule}) is not true and {chosen}
        order by {keys}
        limit {SHOWN}
    """
    one, other = files
    told = {"one": str(one), "other": str(other)}
    with duckdb.connect() as connection:
        rows = connection.execute(query, told).fetchall()
    for a, b, _, *row in rows:
        yield (
            f"{name} {' | '.join(map(str, row))}: {column} is "
            f"{a} in {one.parent.name}, {b} in {other.parent.name}"
        )
    if rows and rows[0][2] > SHOWN:
        yield f"{name}: {column} differs in {rows[0][2] - SHOWN:,} more rows"


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
