"""Rows on disk as JSON, for DuckDB to read a little at a time."""

import json
from collections.abc import Mapping
from pathlib import Path

import duckdb

from offpath.interchange.engine import MEMORY, PARQUET, bound
from offpath.warehouse.marts import literal

# DuckDB holds a file as a whole where it has few lines.
MOST_BYTES = 2 << 20
# DuckDB takes twice as much memory to read a line.
LEAST_LINE = 1 << 20
ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False)
# What DuckDB takes of the longest row: as a line, parsed, cast and written.
COPIES = 8


class Lines:
    """Files of rows, a JSON object a line, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """Begin without any."""
        folder.mkdir()
        self.folder = folder
        self.files: list[Path] = []
        # Of the longest line, in bytes.
        self.longest = 0
        self.waiting: list[bytes] = []
        self.size = 0

    def add(self, row: Mapping[str, object]) -> None:
        """Add a row."""
        line = ENCODER.encode(row).encode()
        if self.size + len(line) > MOST_BYTES:
            self.flush()
        self.waiting.append(line)
        self.size += len(line)
        self.longest = max(self.longest, len(line))

    def flush(self) -> None:
        """Write what waits."""
        if self.waiting:
            file = self.folder / f"{len(self.files):08}.jsonl"
            file.write_bytes(b"\n".join([*self.waiting, b""]))
            self.files.append(file)
            self.waiting.clear()
            self.size = 0

    def write_parquet(
        self,
        connection: duckdb.DuckDBPyConnection,
        types: Mapping[str, str],
        select: str,
        file: Path,
    ) -> None:
        """Write the rows, as SQL selects them, to a Parquet file; delete these files.

        ``types`` are the columns of the rows. The connection is bounded.
        """
        self.flush()
        bound(connection, file.parent, max(MEMORY, COPIES * self.longest))
        files = ", ".join(literal(each) for each in self.files)
        kinds = ", ".join(f"{name}: '{kind}'" for name, kind in types.items())
        connection.execute(
            f"copy (select {select} from read_json([{files}],"  # noqa: S608
            f" format = 'newline_delimited', columns = {{{kinds}}},"
            f" maximum_object_size = {max(LEAST_LINE, self.longest + 1)}))"
            f" to {literal(file)} {PARQUET}"
        )
        for each in self.files:
            each.unlink()
