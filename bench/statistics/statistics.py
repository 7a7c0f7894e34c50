"""Simulate what would fool the figures, let the models judge, and print the goals.

A Markdown table for each topic goes to stdout, progress to stderr. The draws are the
same in every run.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.backtest.backtest_tables import table
from bench.statistics import (
    attribution,
    causes,
    evidence,
    quality,
    restores,
    verdicts,
    volume,
)
from bench.statistics.figure import Figure

# Of each topic, what draws and judges it in an empty home.
TOPICS: dict[str, Callable[[Path], list[Figure]]] = {
    "evidence": evidence.figures,
    "volume": volume.figures,
    "quality": quality.figures,
    "verdicts": verdicts.figures,
    "attribution": attribution.figures,
    "restores": restores.figures,
    "causes": causes.figures,
}


def main() -> None:
    """Simulate what is asked for, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        choices=list(TOPICS),
        help="only this one; may be given several times",
    )
    given = parser.parse_args()
    facts = [f"{datetime.now(UTC):%Y-%m-%d}", f"python {platform.python_version()}"]
    facts += [f"{package} {version(package)}" for package in ("duckdb", "dbt-core")]
    sys.stdout.write(", ".join(facts) + "\n")
    started = time.monotonic()
    for topic in given.only or TOPICS:
        sys.stderr.write(f"{time.monotonic() - started:5.0f} s  {topic}\n")
        with tempfile.TemporaryDirectory(prefix="offpath-statistics-") as home:
            figures = TOPICS[topic](Path(home))
        lines = table(
            ["goal", "figure", "reached"], [each.cells() for each in figures], 3
        )
        sys.stdout.write("\n".join([f"\n#### {topic.capitalize()}\n", *lines]))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
