"""DuckDB within bounds: what it holds does not grow with a log."""

from pathlib import Path

import duckdb

from offpath.warehouse.marts import literal

# What needs more goes to disk.
MEMORY = 96 << 20
# As many rows are held until they are written as these bytes take.
PARQUET = (
    "(format parquet, compression zstd,"
    " row_group_size 50000, row_group_size_bytes '4MB')"
)
FETCHED_AT_ONCE = 100


def bound(
    connection: duckdb.DuckDBPyConnection,
    folder: Path | None = None,
    memory: int = MEMORY,
) -> None:
    """Let a connection take so many bytes, and what is more of the folder.

    One thread reads and writes, so that rows stay in the order of their file.
    """
    connection.execute("set threads = 1")
    # Else row groups are cut by their rows alone.
    connection.execute("set preserve_insertion_order = false")
    # Else it holds what it has read of a file.
    connection.execute("set enable_external_file_cache = false")
    if folder is not None:
        connection.execute(f"set memory_limit = '{memory}B'")
        connection.execute(f"set temp_directory = {literal(folder / 'spilled')}")
