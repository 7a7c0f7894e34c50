"""Measure how a build grows with the log, and what one more day of it costs.

Prints one Markdown table: a column for each size, in millions of events. Progress goes
to stderr, the raw figures to target/bench/results.json after every size.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from bench.speed import generate
from bench.table import markdown

BENCH = Path(__file__).resolve().parent
TARGET = BENCH.parents[1] / "target" / "bench"
BIN = Path(sys.executable).parent
EVENTS_PER_CASE = 8
WITHOUT_PEERS = ("--exclude", "case_business_hours")
THREADS = os.environ.get("BENCH_THREADS", "2")
MEMORY = os.environ.get("BENCH_MEMORY", "12GB")


class Usage(NamedTuple):
    """What a process took, and what it printed."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str


class Bench:
    """One size: its home, made anew and removed in the end, and its steps."""

    def __init__(self, millions: float) -> None:
        """Name the home after the size."""
        self.name = f"{millions:g} M"
        self.cases = max(round(millions * 1_000_000 / EVENTS_PER_CASE), 1)
        self.home = TARGET / f"{millions:g}m"
        self.environment = os.environ | {
            "OFFPATH_HOME": str(self.home),
            "BENCH_THREADS": THREADS,
            "BENCH_MEMORY": MEMORY,
            "DBT_PROFILES_DIR": str(BENCH),
            "DBT_TARGET_PATH": str(self.home / "target"),
            "DBT_LOG_PATH": str(self.home / "logs"),
            "GX_ANALYTICS_ENABLED": "false",
        }

    def measured(self) -> dict[str, Any]:
        """Build the log of this size and its increment; return the figures."""
        self.begin()
        generated = self.generate("log")
        baseline = self.run("baseline", BIN / "python", BENCH / "baseline.py")
        (self.home / "baseline.duckdb").unlink()
        events, seconds = map(float, baseline.output.split())
        self.dbt("deps")
        seeds = self.dbt("seed")
        figures = {
            "events": int(events),
            "cases": self.cases,
            "generate_seconds": generated.seconds,
            "log_bytes": size_of(self.home / "bench_log"),
            "baseline_seconds": seconds,
            "baseline_peak_bytes": baseline.peak_bytes,
            "seed_seconds": seeds.seconds,
            "full": self.build(str(generate.ENDS_AT), *WITHOUT_PEERS),
        }
        self.generate("increment")
        figures["increment"] = self.build(
            str(generate.INCREMENT_ENDS_AT), *WITHOUT_PEERS
        )
        self.end()
        return figures

    def begin(self) -> None:
        """Make the home anew."""
        self.end()
        self.home.mkdir(parents=True)

    def end(self) -> None:
        """Remove the home, which is large."""
        shutil.rmtree(self.home, ignore_errors=True)

    def generate(self, part: str) -> Usage:
        """Write the log or the increment, as a process so that this one stays small."""
        return self.run(
            f"generate {part}",
            *(BIN / "python", BENCH / "generate.py"),
            *(part, self.home / "bench_log", self.cases),
        )

    def build(self, as_of: str, *arguments: str) -> dict[str, Any]:
        """Run the models as of an instant; return what each layer took."""
        usage = self.dbt("run", "--vars", json.dumps({"as_of": as_of}), *arguments)
        target = self.home / "target"
        nodes = json.loads((target / "manifest.json").read_text())["nodes"]
        run = json.loads((target / "run_results.json").read_text())
        layers: defaultdict[str, float] = defaultdict(float)
        models: dict[str, float] = {}
        for result in run["results"]:
            node = nodes.get(result["unique_id"], {"resource_type": "hook"})
            if node["resource_type"] == "model":
                models[node["name"]] = result["execution_time"]
                layers[layer_of(node["path"])] += result["execution_time"]
        return {
            "finished_at": run["metadata"]["generated_at"],
            "wall_seconds": usage.seconds,
            "cpu_seconds": usage.cpu_seconds,
            "peak_bytes": usage.peak_bytes,
            "warehouse_bytes": size_of(self.home / "warehouse.duckdb"),
            "layers": dict(sorted(layers.items())),
            "models": models,
        }

    def dbt(self, *arguments: str) -> Usage:
        """Run dbt on the project of the bench."""
        command = (BIN / "dbt", "--no-use-colors", *arguments)
        return self.run(f"dbt {arguments[0]}", *command)

    def run(self, step: str, *command: object) -> Usage:
        """Run a process of this size to its end; stop the bench where it fails."""
        report(self.name, step)
        output = self.home / "output.txt"
        with output.open("w") as sink:
            started = time.monotonic()
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=BENCH,
                env=self.environment,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
            # Not of `getrusage`, which knows the largest of all children only.
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - started
        printed = output.read_text()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{printed}\n{self.name}: {step} failed; see {self.home}")
        cpu_seconds = usage.ru_utime + usage.ru_stime
        return Usage(seconds, cpu_seconds, usage.ru_maxrss * 1024, printed)


STARTED = time.monotonic()


def report(size: str, step: str) -> None:
    """Say on stderr what begins, and how long the bench has been at work."""
    minutes, seconds = divmod(int(time.monotonic() - STARTED), 60)
    sys.stderr.write(f"{minutes:4d}:{seconds:02d}  {size}: {step}\n")


def layer_of(path: str) -> str:
    """Return the room of a model: `cases`, or `cases/intermediate` for a working."""
    room, *rest = Path(path).parent.parts
    return f"{room}/intermediate" if "intermediate" in rest else room


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files of a folder."""
    files = path.rglob("*.parquet") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


def environment() -> dict[str, str]:
    """Return what the figures depend on besides the code."""
    packages = ("duckdb", "dbt-core", "dbt-duckdb", "great-expectations")
    return {
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
        "cpus": str(os.cpu_count()),
        "threads": THREADS,
        "memory limit": MEMORY,
    }


def main() -> None:
    """Measure each size in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "millions", nargs="*", type=float, default=[1.0, 10.0, 100.0], help="of events"
    )
    results: dict[str, Any] = {"environment": environment(), "sizes": {}}
    try:
        for millions in parser.parse_args().millions:
            bench = Bench(millions)
            results["sizes"][bench.name] = bench.measured()
            (TARGET / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    finally:
        # A size that fails leaves those before it.
        if results["sizes"]:
            sys.stdout.write(markdown(results["environment"], results["sizes"]))


if __name__ == "__main__":
    main()
