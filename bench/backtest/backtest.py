"""Replay logs day by day, and compare two policies: all deviations, and this project's.

Prints Markdown tables; progress goes to stderr. Public logs that OFFPATH_DATA_DIR does
not hold are skipped. Broken off, it prints the tables of what is finished.
"""

from __future__ import annotations

import argparse
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import NamedTuple

from offpath.home import Home

from bench.backtest.backtest_tables import (
    generated_lines,
    goals,
    headline,
    log_lines,
    table,
)
from bench.backtest.replay import DATA, LOGS, Replay
from bench.backtest.replay_figures import Replayed
from bench.backtest.simulated_burns import Simulated, simulated

GENERATED = "generated"
MONTHS = 300
# The machine runs two logs side by side; dbt takes two threads for each.
PROCESSES = 2


class Finished(NamedTuple):
    """What is finished so far."""

    replays: list[Replayed]
    months: list[Simulated]


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
    for name in [name for name in chosen if name in LOGS]:
        if len(LOGS[name].instants(given.every)) == 1:
            parser.error(
                f"--every {given.every} leaves {name} one build, and two are needed"
            )
    # As Ctrl-C does; it reaches this process alone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    finished = Finished([], [])
    try:
        work_off(chosen, given.every, given.months, say, finished)
    except KeyboardInterrupt:
        sys.exit("broken off; the tables are of what was finished")
    finally:
        if any(finished):
            sys.stdout.write(page(*finished, given.every))


def work_off(
    chosen: list[str],
    every: int,
    month_count: int,
    say: Callable[[str], None],
    finished: Finished,
) -> None:
    """Replay the logs and judge the generated months; the longest begins first.

    What is finished is noted at once, and so is there when this is broken off.
    """
    # Not forked: dbt and DuckDB have threads. Ctrl-C is for this process to handle.
    with (
        tempfile.TemporaryDirectory(prefix="offpath-backtest-") as homes,
        ProcessPoolExecutor(
            PROCESSES,
            mp_context=get_context("spawn"),
            initializer=signal.signal,
            initargs=(signal.SIGINT, signal.SIG_IGN),
            max_tasks_per_child=1,
        ) as pool,
    ):
        begun: dict[Future[Replayed | list[Simulated]], str] = {
            pool.submit(judge_months, homes, month_count, say)
            if name == GENERATED
            else pool.submit(replay_log, homes, name, every, say): name
            for name in chosen
        }
        try:
            for done in as_completed(begun):
                result = done.result()
                if isinstance(result, Replayed):
                    finished.replays.append(result)
                    say(f"{begun[done]}: {headline(result)}")
                else:
                    finished.months.extend(result)
                    say(f"{begun[done]}: done")
        except BaseException:
            # Or the pool would begin another process in place of each.
            pool.shutdown(wait=False, cancel_futures=True)
            for child in active_children():
                child.terminate()
            raise


def replay_log(
    homes: str, name: str, every: int, say: Callable[[str], None]
) -> Replayed:
    """Replay a log in a home of its own."""
    with tempfile.TemporaryDirectory(dir=homes) as folder:
        replay = Replay(LOGS[name], Home(Path(folder) / "home"), every)
        return replay.replayed(lambda text: say(f"{name}: {text}"))


def judge_months(
    homes: str, month_count: int, say: Callable[[str], None]
) -> list[Simulated]:
    """Judge generated months in a home of their own."""
    say(f"{GENERATED}: {month_count:,} months of each kind")
    with tempfile.TemporaryDirectory(dir=homes) as folder:
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
        *table(["goal", "figure", "reached"], goals(replays, months), 3),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
