"""Raw rows that are deleted, because they are old, take nothing with them."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest
from building import Runs, copied_project, dbt_done
from hypothesis import example, given
from hypothesis import strategies as st
from raw_logs import BEGIN, RAW_TABLES, RawRow, add_rows, random_log
from same_marts import differences
from searches import search

pytestmark = pytest.mark.long
KEPT_FROM = BEGIN + timedelta(days=6)
INSTANT, LATER = BEGIN + timedelta(days=10), BEGIN + timedelta(days=14)
run = Runs()


def landing(row: RawRow) -> datetime | None:
    text = row.values[RAW_TABLES[row.table][-1]]
    return text and datetime.fromisoformat(text[:-1])


def prune(home: Path) -> int:
    """Delete the raw rows that landed before; return how many."""
    count = 0
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        for table, columns in RAW_TABLES.items():
            (deleted,) = connection.execute(
                f"delete from raw.{table} where try_cast({columns[-1]} as timestamp) < ?",
                [KEPT_FROM],
            ).fetchall()
            count += deleted[0]
    return count


def come_late(draw: Random, rows: list[RawRow]) -> list[RawRow]:
    """Return old events as they come again: the same, corrected, and of another name."""
    old = [
        row
        for row in rows
        if row.table == "raw_shop_order_log"
        and (landing(row) or KEPT_FROM) < KEPT_FROM
        and row.values["order_no"]
    ]
    late = []
    for number, row in enumerate(draw.sample(old, 12)):
        at = f"{INSTANT + timedelta(hours=1, minutes=number):%Y-%m-%dT%H:%M:%SZ}"
        values = row.values | {"exported_at": at}
        if number % 3 == 1:
            values["sum_eur"] = "77.00"
        elif number % 3 == 2:  # noqa: PLR2004
            values |= {"entry_key": f"late-{number}", "step": "CHECK_FAILED"}
            # One in the hour that its case landed in, which was pruned.
            if number > 6:  # noqa: PLR2004
                values["exported_at"] = row.values["exported_at"]
        late.append(RawRow(row.table, values, 0))
    return late


def ask(home: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.sql(query).fetchall()


@search(gate=0, deep=10)
@example(seed=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_pruned_log_says_what_the_whole_one_does(
    seed: int, empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    draw = Random(seed)
    rows = random_log(draw, batch_count=1)
    project = copied_project(tmp_path_factory.mktemp("pruned_log") / "project")
    said = (project / "dbt_project.yml").read_text()
    unset = "raw_kept_from: null"
    assert unset in said
    (project / "dbt_project.yml").write_text(
        said.replace(unset, f'raw_kept_from: "{KEPT_FROM}"')
    )
    run_pruned = Runs(project)
    whole, pruned, lost = (
        tmp_path_factory.mktemp(name) for name in ("whole", "pruned", "lost")
    )
    shutil.copytree(empty, whole, dirs_exist_ok=True)
    add_rows(whole, [row for row in rows if (landing(row) or INSTANT) <= INSTANT])
    run(whole, str(INSTANT))
    shutil.copytree(whole, pruned, dirs_exist_ok=True)

    # Nothing is deleted yet, then much is; and nothing is gone, nothing is new.
    run_pruned(pruned, str(INSTANT))
    assert differences(*homes(whole, pruned)) == []
    assert prune(pruned) > 100
    run_pruned(pruned, str(INSTANT))
    assert differences(*homes(whole, pruned)) == []
    run_pruned(pruned, str(INSTANT))
    assert differences(*homes(whole, pruned)) == []

    # What would lose the archive is refused.
    for runs, instant in ((run, INSTANT), (run_pruned, KEPT_FROM - timedelta(days=1))):
        with pytest.raises(AssertionError, match=r"(?s)raw_kept_from.*would .*lo"):
            runs(pruned, str(instant))

    # What comes late joins its case, and what is new is read as ever.
    new = [row for row in rows if (landing(row) or INSTANT) > INSTANT]
    new += come_late(draw, rows)
    for home, runs in ((whole, run), (pruned, run_pruned)):
        add_rows(home, new)
        runs(home, str(LATER))
    assert differences(*homes(whole, pruned)) == []
    accounted = ("--select", "assert_every_raw_row_is_accounted_for")
    dbt_done(project, pruned, "test", *accounted, as_of=str(LATER))

    # A build in full keeps what is archived.
    run_pruned(pruned, str(LATER), "--full-refresh")
    assert differences(*homes(whole, pruned)) == []
    dbt_done(project, pruned, "test", *accounted, as_of=str(LATER))

    # Where the archive is lost, the rest of a case opens no new one.
    shutil.copytree(empty, lost, dirs_exist_ok=True)
    add_rows(lost, [*rows, *new])
    prune(lost)
    run_pruned(lost, str(LATER))
    dbt_done(project, lost, "test", *accounted, as_of=str(LATER))
    assert ask(lost, "select * from marts.fct_cases where not has_start") == []
    ((began_before,),) = ask(
        lost, "select sum(began_before_count) from marts.fct_event_log_quality"
    )
    assert began_before
    assert ask(
        lost, "select warning from marts.fct_warnings where warning like 'began%'"
    )


def homes(*folders: Path) -> list[Path]:
    return [folder / "warehouse.duckdb" for folder in folders]
