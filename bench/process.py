"""Run a command to its end, and say what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Usage(NamedTuple):
    """What a process took: seconds, seconds of processors, and its peak of memory."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


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
