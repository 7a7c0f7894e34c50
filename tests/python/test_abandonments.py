"""A case that nothing happens to ends; an event that comes after all takes it back."""

import shutil
from pathlib import Path

import duckdb
import pytest
from building import Runs
from raw_logs import RawRow, add_rows
from same_marts import differences

run = Runs()

INSTANTS = ("2026-03-24 00:00:00", "2026-03-27 00:00:00", "2026-04-01 00:00:00")


def logged(order: str, entry: int, step: str, happened: str, exported: str) -> RawRow:
    """Return an entry of the log of an order."""
    values: dict[str, str | None] = {
        "order_no": order,
        "entry_no": str(entry),
        "entry_key": f"{order}-{entry}",
        "step": step,
        "happened": happened,
        "exported_at": exported,
    }
    return RawRow("raw_shop_order_log", values, 0)


def placed(order: str) -> RawRow:
    return logged(order, 1, "PLACED", "23.03.2026 09:00:00", "2026-03-23T12:00:00Z")


# What the log says after 23 March: one order stays silent; one has a fault that enters no
# state; one is paid after it was given up; of one it turns out late that it was paid.
LATER = [
    logged("noted", 2, "LABEL_ERROR", "24.03.2026 12:00:00", "2026-03-24T12:00:00Z"),
    logged("revived", 2, "PAID", "30.03.2026 12:00:00", "2026-03-30T12:00:00Z"),
    logged("late", 2, "PAID", "24.03.2026 09:00:00", "2026-03-30T12:00:00Z"),
]
ROWS = [*map(placed, ("silent", "noted", "revived", "late")), *LATER]


def cases(home: Path) -> dict[str, tuple[str | None, bool]]:
    """Return what each order ended as, and whether it was abandoned."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        found = warehouse.execute(
            "select case_id, ended_as, was_abandoned from marts.fct_cases"
        ).fetchall()
    return {case_id: (ended_as, was) for case_id, ended_as, was in found}


@pytest.mark.long
def test_abandoned_cases_in_turn_are_those_of_one_build(
    empty: Path, tmp_path: Path
) -> None:
    in_turn, at_once = tmp_path / "in_turn", tmp_path / "at_once"
    for home in (in_turn, at_once):
        shutil.copytree(empty, home)
        add_rows(home, ROWS)
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            connection.execute(
                "insert into definitions.abandonments"
                " values ('order_to_ship', 'payment_pending', 24, 'bad')"
            )
    seen = []
    for instant in INSTANTS:
        run(in_turn, instant)
        seen.append(cases(in_turn))
    waits, given_up = (None, False), ("bad", True)
    orders = ("silent", "noted", "revived", "late")
    assert seen == [
        dict(zip(orders, answers, strict=True))
        for answers in (
            (waits, waits, waits, waits),
            (given_up, given_up, given_up, given_up),
            (given_up, given_up, waits, waits),
        )
    ]
    with duckdb.connect(str(in_turn / "warehouse.duckdb")) as connection:
        ends = dict(
            connection.execute(
                "select case_id, ended_at from marts.fct_cases where was_abandoned"
            ).fetchall()
        )
        are_early = connection.execute(
            "select case_id, settled_at < deadline_at from marts.fct_sli_cases"
            " where slo_id = 'orders_shipped' and verdict = 'bad' order by case_id"
        ).fetchall()
        open_visits = connection.execute(
            "select case_id from marts.fct_state_visits where is_open order by case_id"
        ).fetchall()
    assert ends["noted"] > ends["silent"]
    # The end fails a case before it is due, and once taken back it does not.
    assert are_early == [
        ("late", False),
        ("noted", True),
        ("revived", False),
        ("silent", True),
    ]
    assert open_visits == [("late",), ("revived",)]

    run(at_once, INSTANTS[1])
    assert cases(at_once) == seen[1]
    run(at_once, INSTANTS[2], "--full-refresh")

    assert differences(in_turn / "warehouse.duckdb", at_once / "warehouse.duckdb") == []
