"""Time the least that any build of the log does: to read it, sort it and write it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import duckdb


def sort_log(home: Path, threads: int, memory: str) -> tuple[int, float]:
    """Sort the log of a home into a table of a new file; return its rows, seconds."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": memory,
        "temp_directory": str(home / "spill"),
    }
    with duckdb.connect(str(home / "baseline.duckdb"), config=settings) as connection:
        started = time.monotonic()
        (row_count,) = connection.execute(
            f"""
            create table sorted_log as
            select * from read_parquet('{home}/bench_log/events/*.parquet')
            order by case_id, occurred_at
            """
        ).fetchall()[0]
        return row_count, time.monotonic() - started


if __name__ == "__main__":
    rows, seconds = sort_log(
        Path(os.environ["OFFPATH_HOME"]),
        int(os.environ["BENCH_THREADS"]),
        os.environ["BENCH_MEMORY"],
    )
    sys.stdout.write(f"{rows} {seconds}")
