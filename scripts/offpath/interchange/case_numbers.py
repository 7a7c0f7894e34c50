"""The number of an event in its case, of any number of cases."""

import sqlite3
from pathlib import Path

# So many cases are in memory, the others on disk.
MOST_CASES = 20_000


class CaseNumbers:
    """How many events each case has had."""

    def __init__(self, file: Path) -> None:
        """Begin a file."""
        self.database = sqlite3.connect(file, isolation_level=None)
        self.database.executescript(
            "pragma journal_mode = off; pragma synchronous = off;"
            "create table cases (case_id blob primary key, number integer)"
            " without rowid; begin;"
        )
        self.numbers: dict[bytes, int] = {}
        self.is_all = True

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def next_of(self, case_id: str) -> int:
        """Return the number of the next event of a case."""
        key = case_id.encode()
        number = self.numbers.get(key)
        if number is None:
            if len(self.numbers) >= MOST_CASES:
                self._lay_down()
            number = 0 if self.is_all else self._laid_down(key)
        self.numbers[key] = number + 1
        return number + 1

    def _lay_down(self) -> None:
        """Move all numbers to disk."""
        self.database.executemany(
            "insert or replace into cases values (?, ?)", self.numbers.items()
        )
        self.numbers.clear()
        self.is_all = False

    def _laid_down(self, key: bytes) -> int:
        """Return the number of a case on disk; 0 where it is not there."""
        row = self.database.execute(
            "select number from cases where case_id = ?", [key]
        ).fetchone()
        return int(row[0]) if row else 0
