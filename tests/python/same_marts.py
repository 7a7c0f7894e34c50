"""What differs between the marts of two warehouses."""

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb

Marts = dict[str, Counter[tuple[Any, ...]]]


def marts_of(warehouse: Path, left_out: dict[str, list[str]]) -> Marts:
    """Read every mart, without the columns that `left_out` names for it."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'marts' order by table_name"
        ).fetchall()
        marts = {}
        for (name,) in names:
            without = ", ".join(left_out.get(name, []))
            columns = f"* exclude ({without})" if without else "*"
            rows = connection.execute(f"select {columns} from marts.{name}")  # noqa: S608
            marts[str(name)] = Counter(rows.fetchall())
    return marts


def differences(
    first: Path, second: Path, left_out: dict[str, list[str]] | None = None
) -> list[str]:
    """Return a line for each mart whose rows are not the same, with examples."""
    one, other = (marts_of(path, left_out or {}) for path in (first, second))
    assert one
    assert one.keys() == other.keys()
    found = []
    for mart, rows in one.items():
        lacking, further = rows - other[mart], other[mart] - rows
        if lacking or further:
            found.append(
                f"{mart}: only in the first {lacking.total()}: {list(lacking)[:2]},"
                f" only in the second {further.total()}: {list(further)[:2]}"
            )
    return found
