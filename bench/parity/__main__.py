"""Compare what this project and pm4py find in public event logs.

`python -m bench.parity` takes the four logs of OFFPATH_DATA_DIR, `python -m
bench.parity receipt` one of them; pm4py is in the environment of `make parity`. Prints
a Markdown table a log, and on stderr what differs. Ends with 1 where something differs
that is not in known.csv, or does not differ as it says there.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.parity.found import Log
from bench.parity.verdicts import Known, compared, explained, markdown
from bench.process import PROJECT

LOGS = ("receipt", "helpdesk", "bpic2020_domestic", "bpic2012")
KNOWN = PROJECT / "bench" / "parity" / "known.csv"
HOMES = PROJECT / "target" / "parity"


def main(arguments: list[str] | None = None) -> None:
    """Compare log by log and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logs", nargs="*", metavar="LOG", default=LOGS)
    known = Known.read(KNOWN)
    unexplained = []
    for name in parser.parse_args(arguments).logs:
        log = Log(name, HOMES / name)
        sys.stderr.write(f"{name}: offpath\n")
        here = log.by_offpath()
        sys.stderr.write(f"{name}: pm4py\n")
        peer = log.by_pm4py()
        said = explained(name, compared(here, peer), known, log.traces())
        sys.stdout.write(
            f"`{name}`: {log.described()}. {datetime.now(UTC):%Y-%m-%d}, "
            f"{versions(peer)}\n\n{markdown(said)}\n\n"
        )
        sys.stdout.flush()
        sys.stderr.writelines(f"{line}\n" for line in said.unexplained)
        unexplained += said.unexplained
    sys.exit(bool(unexplained))


def versions(peer: Path) -> str:
    """Return what the figures depend on besides the code."""
    run = json.loads((peer / "run.json").read_text(encoding="utf-8"))
    here = {name: version(name) for name in ("duckdb", "dbt-core")}
    there = {name: run["versions"][name] for name in ("pm4py", "pandas")}
    return ", ".join(f"{name} {number}" for name, number in (here | there).items())


if __name__ == "__main__":
    main()
