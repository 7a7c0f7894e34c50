"""The demo's logs are what the simulation makes, and hold what it says it planted."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from simulation.simulate import simulate

SEEDS = Path(__file__).parents[2] / "seeds"
FILES = [
    "planted_exceptions.csv",
    "raw_desk_ticket_audit.csv",
    "raw_desk_tickets.csv",
    "raw_shop_order_log.csv",
    "raw_shop_orders.csv",
]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds") / "demo"
    simulate(folder)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_writes_these_files_and_no_other(simulated: Path) -> None:
    assert sorted(path.name for path in simulated.iterdir()) == FILES


@pytest.mark.parametrize("name", FILES)
def test_the_committed_seed_is_what_the_simulation_makes(
    simulated: Path, name: str
) -> None:
    committed = (SEEDS / "demo" / name).read_bytes()
    assert (simulated / name).read_bytes() == committed, (
        f"seeds/demo/{name} is not what `make simulate` writes: run it again"
    )


def planted_rules() -> dict[str, tuple[str, str]]:
    """Return journey and family of each rule that is planted; a budget burns by itself."""
    return {
        rule["rule_id"]: (rule["journey"], rule["family"])
        for rule in rows(SEEDS / "definitions" / "exception_rules.csv")
        if rule["family"] != "budget"
    }


def test_three_exceptions_of_each_family_are_planted_in_each_journey(
    simulated: Path,
) -> None:
    rules = planted_rules()
    planted = Counter(
        rules[row["rule_id"]] for row in rows(simulated / "planted_exceptions.csv")
    )
    assert {pair for pair in rules.values() if planted[pair] < 3} == set()


def test_every_rule_has_something_to_find(simulated: Path) -> None:
    planted = {row["rule_id"] for row in rows(simulated / "planted_exceptions.csv")}
    assert set(planted_rules()) == planted


def test_no_row_lands_after_the_clock_of_the_demo(simulated: Path) -> None:
    landed = {
        row.get("exported_at") or row["synced_at"]
        for name in FILES
        if name.startswith("raw_")
        for row in rows(simulated / name)
    }
    assert max(landed) <= "2026-04-13T06:00:00Z"


def test_wrong_rows_of_every_kind_are_in_the_logs(simulated: Path) -> None:
    log = rows(simulated / "raw_shop_order_log.csv")
    keys = Counter(row["entry_key"] for row in log)
    assert any(not row["order_no"] for row in log)
    assert any(row["happened"] == "31.02.2026 10:15:00" for row in log)
    assert any(row["happened"].endswith("2062 09:00:00") for row in log)
    assert any(row["step"] == "GIFT_WRAPPED" for row in log)
    assert max(keys.values()) > 1
