"""Measure seconds and peak memory of a process's steps, from inside."""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Answer = TypeVar("Answer")


def peak_bytes() -> int:
    """Tell the most resident memory that this process has held so far.

    On Linux it is VmHWM: ru_maxrss of a process starts from the peak of its parent.
    """
    if sys.platform == "linux":
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Meter:
    """Seconds of each step, and the process's peak in bytes when it was over."""

    def __init__(self) -> None:
        """Begin without a step."""
        self.seconds: dict[str, float] = {}
        self.peak_bytes: dict[str, int] = {}

    def run(self, step: str, work: Callable[[], Answer]) -> Answer:
        """Do one step and note what it took."""
        started = time.perf_counter()
        answer = work()
        self.seconds[step] = time.perf_counter() - started
        self.peak_bytes[step] = peak_bytes()
        return answer
