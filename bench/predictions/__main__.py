"""Put the predictions to the test on real logs.

`python -m bench.predictions` predicts four public logs by the protocol of published
methods, and replays the demo and two public logs at past instants, of which the whole
file tells the truth. Prints Markdown tables with their goals; the logs are looked for
in OFFPATH_DATA_DIR.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.predictions import published, replays

PARTS = {"published": published.table, "replays": replays.tables}


def main(arguments: list[str] | None = None) -> None:
    """Run all, or one part alone, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="one part alone")
    only = parser.parse_args(arguments).only
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "dbt-core"))
    sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%d}, {versions}\n\n")
    with tempfile.TemporaryDirectory() as home:
        for name, part in PARTS.items():
            if only in {None, name}:
                folder = Path(home) / name
                folder.mkdir()
                sys.stdout.write(f"{part(folder)}\n\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
