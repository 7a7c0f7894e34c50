"""Replay logs day by day, and compare two policies: all deviations, and this project's.

Prints Markdown tables; progress goes to stderr. Public logs that OFFPATH_DATA_DIR does
not hold are skipped.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from backtest_tables import generated_lines, goals, log_lines, table
from offpath.home import Home
from replay import DATA, LOGS, Replay
from replay_figures import Replayed
from simulated_burns import Simulated, simulated

GENERATED = "generated"
MONTHS = 300
# The machine runs two logs side by side; dbt takes two threads for each.
PROCESSES = 2


def main() -> None:
    """Replay what is asked for, two logs at a time, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--log",
        action="append",
        choices=[*LOGS, GENERATED],
        help="only this one; may be given several times",
    )
    parser.add_argument(
        "--every", type=int, default=1, help="days from one build to the next"
    )
    parser.add_argument(
        "--months", type=int, default=MONTHS, help="generated months of each kind"
    )
    given = parser.parse_args()
    if given.every < 1 or given.months < 1:
        parser.error("--every and --months are at least 1")
    chosen = [name for name in (*LOGS, GENERATED) if name in (given.log or [name])]
    say = partial(report, time.monotonic())
    for name in [name for name in chosen if name in LOGS and not LOGS[name].is_there]:
        say(f"{name}: skipped, no folder {name} in OFFPATH_DATA_DIR ({DATA})")
        chosen.remove(name)
    replays, months = worked_off(chosen, given.every, given.months, say)
    sys.stdout.write(page(replays, months, given.every))


def worked_off(
    chosen: list[str], every: int, month_count: int, say: Callable[[str], None]
) -> tuple[list[Replayed], list[Simulated]]:
    """Replay the logs and judge the generated months; the longest begins first."""
    replays: list[Future[Replayed]] = []
    months: Future[list[Simulated]] | None = None
    # Not forked: dbt and DuckDB have threads.
    with ProcessPoolExecutor(
        PROCESSES, mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        for name in chosen:
            if name == GENERATED:
                months = pool.submit(judge_months, month_count, say)
            else:
                replays.append(pool.submit(replay_log, name, every, say))
    return [each.result() for each in replays], months.result() if months else []


def replay_log(name: str, every: int, say: Callable[[str], None]) -> Replayed:
    """Replay a log in a home of its own."""
    with tempfile.TemporaryDirectory(prefix="offpath-backtest-") as folder:
        replay = Replay(LOGS[name], Home(Path(folder) / "home"), every)
        return replay.replayed(lambda text: say(f"{name}: {text}"))


def judge_months(month_count: int, say: Callable[[str], None]) -> list[Simulated]:
    """Judge generated months in a home of their own."""
    say(f"{GENERATED}: {month_count:,} months of each kind")
    with tempfile.TemporaryDirectory(prefix="offpath-backtest-") as folder:
        return simulated(Path(folder), month_count)


def report(started: float, text: str) -> None:
    """Say on stderr what begins, and how long the backtest has been at work."""
    minutes, seconds = divmod(int(time.monotonic() - started), 60)
    sys.stderr.write(f"{minutes:4d}:{seconds:02d}  {text}\n")
    sys.stderr.flush()


def page(replays: list[Replayed], months: list[Simulated], every: int) -> str:
    """Return all tables, as docs/backtest.md has them."""
    packages = ("duckdb", "dbt-core", "dbt-duckdb")
    facts = [f"{datetime.now(UTC):%Y-%m-%d}", f"python {platform.python_version()}"]
    facts += [f"{package} {version(package)}" for package in packages]
    if every > 1:
        facts.append(f"a build every {every} days")
    lines = [", ".join(facts), ""]
    if replays:
        lines += log_lines(sorted(replays, key=lambda each: each.name))
    if months:
        lines += generated_lines(months)
    lines += [
        "### Goals",
        "",
        *table(["goal", "figure", "is"], goals(replays, months), 3),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
