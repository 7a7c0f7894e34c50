"""Run a command to its end, and say what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[1]


class Usage(NamedTuple):
    """What a process took: seconds, seconds of processors, and its peak of memory."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


def environment_of(home: Path) -> dict[str, str]:
    """Return the environment in which dbt works in a home, with our profiles."""
    return os.environ | {
        "OFFPATH_HOME": str(home),
        "DBT_PROFILES_DIR": str(PROJECT / "profiles"),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "logs"),
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
    }


def measured(
    command: list[str], environment: Mapping[str, str], folder: Path, output: Path
) -> Usage:
    """Run a command in a folder; end the bench where it fails."""
    with output.open("w") as sink:
        began = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=sink, stderr=subprocess.STDOUT
        )
        # Not of `getrusage`, which knows the largest of all children only.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: {process.returncode}\n{output.read_text()}")
    return Usage(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def measured_with_all(
    command: list[str], environment: Mapping[str, str], folder: Path, output: Path
) -> Usage:
    """Run a command with all that it starts, as the virtual machine of Spark.

    Looked at twice a second: what is born and gone between is missed, and memory that
    two of them share counts twice.
    """
    peak = 0
    ticks: dict[int, int] = {}
    with output.open("w") as sink:
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while process.poll() is None:
            looks = list(_of_session(process.pid))
            peak = max(peak, sum(pages for *_, pages in looks))
            ticks |= {pid: spent for pid, spent, _ in looks}
            time.sleep(0.5)
        seconds = time.monotonic() - began
    if process.returncode:
        sys.exit(f"{' '.join(command)}: {process.returncode}\n{output.read_text()}")
    cpu_seconds = sum(ticks.values()) / os.sysconf("SC_CLK_TCK")
    return Usage(seconds, cpu_seconds, peak * os.sysconf("SC_PAGE_SIZE"))


def _of_session(session: int) -> Iterator[tuple[int, int, int]]:
    """Yield the processes of a session: number, ticks spent, and resident pages."""
    for folder in Path("/proc").glob("[0-9]*"):
        # It may be gone by now.
        with suppress(OSError):
            # After the name, which may hold anything.
            fields = (folder / "stat").read_text().rpartition(") ")[2].split()
            if int(fields[3]) == session:
                yield (
                    int(folder.name),
                    int(fields[11]) + int(fields[12]),
                    int(fields[21]),
                )
