"""What a build said of the past, every later build says too."""

from pathlib import Path

import duckdb
import pytest
from building import PROJECT, WITHOUT_TESTS, dbt_done

pytestmark = pytest.mark.long
INSTANTS = ["2026-03-12 17:30:00", "2026-04-01 09:30:00", "2026-04-13 06:00:00"]

# The exceptions of a build as they stood at an instant, but for cases of which a row
# about the time before it landed, or was corrected, only after it.
STANDING = """
select
    exceptions.exception_id,
    exceptions.rule_id,
    exceptions.subject_id,
    exceptions.detected_at,
    case when exceptions.cleared_at <= $instant then exceptions.cleared_at end,
    case when exceptions.cleared_at <= $instant then exceptions.clear_reason end
from marts.fct_exceptions as exceptions
where exceptions.detected_at <= $instant
    and exceptions.subject_id not in (
        select case_id from later.intermediate.int_events_classified
        where case_id is not null
            and disposition in ('accepted', 'redelivered')
            and occurred_at <= $instant and loaded_at > $instant
    )
order by all
"""


@pytest.fixture(scope="module")
def warehouses(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build the demo as of each instant; the last one is that of its own clock."""
    built = {INSTANTS[-1]: demo / "warehouse.duckdb"}
    for instant in INSTANTS[:-1]:
        home = tmp_path_factory.mktemp("replay")
        dbt_done(PROJECT, home, "build", *WITHOUT_TESTS, as_of=instant)
        built[instant] = home / "warehouse.duckdb"
    return built


@pytest.mark.parametrize(
    ("earlier", "later"), [(0, 1), (0, 2), (1, 2)], ids=["weeks", "all", "last"]
)
def test_no_later_build_rewrites_an_exception(
    warehouses: dict[str, Path], earlier: int, later: int
) -> None:
    instant = INSTANTS[earlier]
    with duckdb.connect() as connection:
        for name, number in (("earlier", earlier), ("later", later)):
            path = warehouses[INSTANTS[number]]
            connection.execute(f"attach '{path}' as {name} (read_only)")
        stood = []
        for name in ("earlier", "later"):
            connection.execute(f"use {name}")
            stood.append(connection.execute(STANDING, {"instant": instant}).fetchall())
    then, afterwards = stood
    assert len(then) > 20
    assert afterwards == then
