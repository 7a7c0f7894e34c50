"""Where two tools differ, and whether it is known why."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import duckdb

from bench.parity.asked import TEMPLATES, Constraint
from bench.speed import compare
from bench.speed.compare import SAME, Difference, Table, differing
from bench.table import table_line

DECLARE = "declare_"
TABLES = {
    **compare.TABLES,
    "self_loops": Table(("event_name",), {"self_loop_count": SAME}),
    "self_distances": Table(("event_name",), {"minimum_self_distance": SAME}),
    "asked": Table(("rule_id",), {"case_count": SAME}),
    **{
        f"{DECLARE}{template}": Table(("rule_id", "case_id"), {"violated_count": SAME})
        for template in TEMPLATES
    },
}
TITLES = {
    ("variants", "case_count"): "variants: cases",
    ("dfg", "transition_count"): "directly-follows pairs: how often",
    ("dfg", "mean_seconds"): "directly-follows pairs: mean time",
    ("start_end", "case_count"): "start and end events: cases",
    ("rework", "case_count"): "events done again: cases",
    ("self_loops", "self_loop_count"): "self-loops: how often",
    ("self_distances", "minimum_self_distance"): "minimum self-distances",
    ("durations", "seconds"): "cases: duration",
    ("business", "seconds"): "cases: duration in business hours",
    ("asked", "case_count"): "DECLARE constraints: cases asked",
}
# This project counts whole seconds.
SLACK_SECONDS = 1.0


class Compared(NamedTuple):
    """A column of a result: how many rows each tool has, and those that differ."""

    table: str
    column: str
    here_count: int
    peer_count: int
    differences: list[Difference]


class Known(NamedTuple):
    """Differences that are understood: where, of how many rows, who is right, and why.

    `key` is the key of a row, its parts joined by ` | `, where `*` stands for anything;
    `example` is one of the keys.
    """

    log: str
    table: str
    key: str
    row_count: int
    example: str
    right: str
    reason: str

    @classmethod
    def read(cls, path: Path) -> list[Known]:
        """Read a list of them."""
        with path.open(encoding="utf-8", newline="") as file:
            _, *rows = csv.reader(file)
        return [
            cls(log, table, key, int(row_count), *words)
            for log, table, key, row_count, *words in rows
        ]

    def covers(self, difference: Difference) -> bool:
        """Whether it is about this difference."""
        key = " | ".join(difference.key)
        return self.table == difference.table and fnmatchcase(key, self.key)


@dataclass(frozen=True)
class Explained:
    """What was compared, how many of the differences are explained, and what is not."""

    compared: list[Compared]
    explained_counts: Counter[tuple[str, str]]
    unexplained: list[str]


def compared(
    here: Path, peer: Path, tables: Mapping[str, Table] = TABLES
) -> list[Compared]:
    """Compare the findings of two folders, column by column."""
    found = []
    # One connection of one thread: the files are many and small.
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, table in tables.items():
            here_count, peer_count = (
                connection.read_parquet(str(folder / f"{name}.parquet")).shape[0]
                for folder in (here, peer)
            )
            by_column = differing(
                *(connection, (here, peer), name, table), slack_seconds=SLACK_SECONDS
            )
            found += [
                Compared(name, column, here_count, peer_count, differences)
                for column, differences in by_column.items()
            ]
    return found


def explained(
    log: str,
    found: Sequence[Compared],
    known: Iterable[Known],
    traces: Mapping[str, Sequence[str]],
) -> Explained:
    """Hold what differs in a log against what is known of it.

    A verdict on a constraint is explained only where its definition is with the tool
    that the list names. What is known must be found again, no more and no less of it.
    """
    of_log = [each for each in known if each.log == log]
    seen: Counter[Known] = Counter()
    examples = set()
    counts: Counter[tuple[str, str]] = Counter()
    unexplained = []
    for each in found:
        lines = []
        for difference in each.differences:
            right = right_by_definition(difference, traces)
            covering = [
                one
                for one in of_log
                if one.covers(difference) and right in {None, one.right}
            ]
            if covering:
                seen[covering[0]] += 1
                counts[each.table, each.column] += 1
                if " | ".join(difference.key) == covering[0].example:
                    examples.add(covering[0])
            else:
                by_definition = f"; by definition {right} is right" if right else ""
                told = difference.told("offpath", "pm4py")
                lines.append(f"{log}: {told}{by_definition}")
        unexplained += lines[: compare.SHOWN]
        if len(lines) > compare.SHOWN:
            more = len(lines) - compare.SHOWN
            unexplained.append(f"{log}: {each.table} differs in {more:,} more rows")
    for one in of_log:
        if seen[one] != one.row_count:
            unexplained.append(
                f"{log}: {one.table} {one.key} is known to differ in "
                f"{one.row_count:,} rows, and differs in {seen[one]:,}"
            )
        elif one not in examples:
            unexplained.append(f"{log}: {one.table} {one.example} does not differ")
    return Explained(list(found), counts, unexplained)


def right_by_definition(
    difference: Difference, traces: Mapping[str, Sequence[str]]
) -> str | None:
    """Return the tool that the definition of a constraint is with; else null."""
    if not difference.table.startswith(DECLARE):
        return None
    rule_id, case_id = difference.key
    is_violated = Constraint.of(rule_id).is_violated_by(traces[case_id])
    return "offpath" if is_violated == bool(difference.one) else "pm4py"


def markdown(said: Explained) -> str:
    """Return the table of a log: rows of each tool, how many differ, and are known."""
    lines = [
        table_line(("", "offpath", "pm4py", "differ", "of these explained")),
        table_line(("---", *["---:"] * 4)),
    ]
    for each in said.compared:
        place = each.table, each.column
        template = each.table.removeprefix(DECLARE)
        counts = (
            each.here_count,
            each.peer_count,
            len(each.differences),
            said.explained_counts[place],
        )
        title = TITLES.get(place, f"`{template}`: verdicts violated")
        lines.append(table_line((title, *(f"{count:,}" for count in counts))))
    return "\n".join(lines)
