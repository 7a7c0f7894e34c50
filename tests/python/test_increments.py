"""Builds that add to what is there give what one build of everything gives."""

import csv
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest
from building import (
    PROJECT,
    Runs,
    built_in_full,
    copied_project,
    dbt_done,
    public_log,
)
from hypothesis import example, given
from hypothesis import strategies as st
from raw_logs import BEGIN, DAYS, RAW_TABLES, RawRow, add_rows, random_log
from same_marts import differences
from searches import is_deep, search

run = Runs()


@pytest.mark.long
@search(gate=0, deep=20)
@example(seed=20260320, hours=[24, 96, 97, 360])
@given(
    seed=st.integers(0, 2**32 - 1),
    hours=st.lists(st.integers(24, DAYS * 24 + 72), min_size=3, max_size=4),
)
def test_increments_give_what_one_build_gives(
    empty: Path,
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    hours: list[int],
) -> None:
    rows = random_log(Random(seed), batch_count=len(hours))
    in_turn = tmp_path_factory.mktemp("in_turn")
    at_once = tmp_path_factory.mktemp("at_once")
    for home in (in_turn, at_once):
        shutil.copytree(empty, home, dirs_exist_ok=True)
    instants = [f"{BEGIN + timedelta(hours=hour)}" for hour in sorted(hours)]
    for batch, instant in enumerate(instants):
        add_rows(in_turn, [row for row in rows if row.batch == batch])
        said = run(in_turn, instant)
        assert batch == 0 or not built_in_full(said)
    add_rows(at_once, rows)
    run(at_once, instants[-1])

    found = differences(in_turn / "warehouse.duckdb", at_once / "warehouse.duckdb")

    assert found == []
    for home in (in_turn, at_once):
        shutil.rmtree(home)


@pytest.mark.long
def test_the_demo_day_by_day_gives_what_one_build_gives(
    demo: Path, seeded: Path, tmp_path: Path
) -> None:
    shutil.copytree(seeded, tmp_path, dirs_exist_ok=True)
    for instant in (
        *("2026-03-01 12:00:00", "2026-03-29 01:30:00", "2026-04-12 06:00:00"),
        "2026-04-13 06:00:00",
    ):
        run(tmp_path, instant)

    assert differences(tmp_path / "warehouse.duckdb", demo / "warehouse.duckdb") == []


COMPOSITES = {
    "orders_whole": ("orders_shipped", "orders_shipped_within_24h"),
    "tickets_whole": ("tickets_resolved_first_time", "tickets_resolved_within_sla"),
}


def add_composites(project: Path) -> None:
    """Add the composites to the definitions of a copy of the project."""
    definitions = project / "seeds" / "definitions"
    with (definitions / "slos.csv").open(newline="") as lines:
        slos = {row["slo_id"]: row for row in csv.DictReader(lines)}
    left_blank = dict.fromkeys(slos["orders_shipped"], "")
    with (definitions / "slos.csv").open("a") as lines:
        for slo_id, (step, _) in COMPOSITES.items():
            kept = ("journey", "target", "window_days", "owner_role")
            taken = {column: slos[step][column] for column in kept}
            composite = {"slo_id": slo_id, "indicator": "composite"}
            print(*(left_blank | taken | composite).values(), sep=",", file=lines)
    with (definitions / "slo_steps.csv").open("a") as lines:
        for slo_id, steps in COMPOSITES.items():
            for step in steps:
                print(slo_id, step, sep=",", file=lines)


@pytest.mark.long
def test_composites_day_by_day_give_what_one_build_gives(tmp_path: Path) -> None:
    project = copied_project(tmp_path / "project")
    add_composites(project)
    run_copy = Runs(project)
    in_turn, at_once = tmp_path / "in_turn", tmp_path / "at_once"
    dbt_done(project, in_turn, "seed")
    shutil.copytree(in_turn, at_once)
    instants = [
        f"{datetime(2026, 4, 8, 11) + timedelta(days=day)}" for day in (0, 1, 4)
    ]
    for number, instant in enumerate(instants):
        if number > 1:
            # The composites are those of the day before.
            run_copy(in_turn, instant, "--select", "fct_sli_cases")
        said = run_copy(in_turn, instant)
        assert number == 0 or not built_in_full(said)
    run_copy(at_once, instants[-1])

    found = differences(in_turn / "warehouse.duckdb", at_once / "warehouse.duckdb")

    assert found == []
    with duckdb.connect(str(at_once / "warehouse.duckdb")) as connection:
        verdicts = connection.sql(
            "select distinct slo_id, verdict from marts.fct_sli_cases"
            f" where slo_id in {tuple(COMPOSITES)}"
        ).fetchall()
    assert set(verdicts) == {
        (slo_id, verdict)
        for slo_id in COMPOSITES
        for verdict in ("good", "bad", "pending", "excluded")
    }


@pytest.mark.long
def test_a_build_of_the_past_is_the_build_that_was_made_then(
    seeded: Path, tmp_path: Path
) -> None:
    instant = "2026-03-29 01:30:00"
    homes = {name: tmp_path / name for name in ("then", "replayed")}
    for name, home in homes.items():
        shutil.copytree(seeded, home)
        if name == "then":
            with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
                for table, (*_, landing) in RAW_TABLES.items():
                    connection.execute(
                        f"delete from raw.{table}"
                        f" where try_cast({landing} as timestamp) > ?",
                        [instant],
                    )
        run(home, instant)

    then, replayed = (home / "warehouse.duckdb" for home in homes.values())

    # What has not landed yet is counted, and nothing else is known of it.
    not_landed = ["raw_count", "not_yet_count"]
    counts = {"fct_event_log_quality": not_landed, "fct_case_log_quality": not_landed}
    assert differences(then, replayed, counts) == []


def logged(key: str, step: str, happened: str, exported: str) -> RawRow:
    """Return an entry of the log of order O1, its first."""
    values: dict[str, str | None] = {
        "order_no": "O1",
        "entry_no": "1",
        "entry_key": key,
        "step": step,
        "happened": happened,
        "exported_at": exported,
    }
    return RawRow("raw_shop_order_log", values, 0)


@pytest.mark.long
@pytest.mark.parametrize(
    ("rows", "days", "horizon_days", "raised"),
    [
        pytest.param(
            [logged("1", "PACKED", "21.03.2026 12:00:00", "2026-03-21T12:00:00Z")],
            ["2026-03-22", "2026-04-08"],
            2,
            [("label_never_printed",)],
            id="a deadline beyond the calendars",
        ),
        pytest.param(
            [
                logged("1", "PLACED", "13.04.2026 05:00:00", "2026-04-13T05:10:00Z"),
                logged("1", "PLACED", "15.04.2026 05:00:00", "2026-04-13T05:50:00Z"),
            ],
            ["2026-04-13 06:00:00", "2026-04-16"],
            400,
            [],
            id="a correction that lies in the future at first",
        ),
    ],
)
def test_what_the_clock_reaches_is_what_one_build_finds(
    empty: Path,
    tmp_path: Path,
    rows: list[RawRow],
    days: list[str],
    horizon_days: int,
    raised: list[tuple[str]],
) -> None:
    in_turn, at_once = tmp_path / "in_turn", tmp_path / "at_once"
    for home in (in_turn, at_once):
        shutil.copytree(empty, home)
        add_rows(home, rows)
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            connection.execute(
                "update definitions.conformance_rules set within_minutes = 6000"
                " where rule_id = 'label_never_printed'"
            )
            # What falls due in a silence is not known to be late.
            connection.execute(
                "update definitions.journeys set stale_after_hours = null"
            )
    for day in days:
        run(in_turn, day, calendar_horizon_days=horizon_days)
    run(at_once, days[-1], calendar_horizon_days=horizon_days)

    with duckdb.connect(str(in_turn / "warehouse.duckdb")) as connection:
        rules = connection.sql(
            "select rule_id from marts.fct_exceptions where family = 'conformance'"
        ).fetchall()
    assert set(raised) <= set(rules)
    assert differences(in_turn / "warehouse.duckdb", at_once / "warehouse.duckdb") == []


# The days of a month; the gate has some of them.
DAYS_OF_MARCH = range(31) if is_deep() else (0, 1, 9)


@pytest.mark.long
@pytest.mark.search
@pytest.mark.parametrize(
    ("name", "log", "delay", "instants"),
    [
        (
            "incidents",
            "incident_event_log.csv.gz",
            "",
            [datetime(2016, 3, 1) + timedelta(days=day) for day in DAYS_OF_MARCH],
        ),
        (
            "olist",
            "olist_orders_dataset.csv.gz",
            # So that promises land when no event of their order does.
            (
                "update stg_olist__promises"
                " set loaded_at = loaded_at + interval 3 day where hash(case_id) % 3 = 0"
            ),
            [datetime(2017, 3, 1, 12) + timedelta(days=day) for day in (0, 1, 9)],
        ),
    ],
)
def test_real_logs_day_by_day_give_what_one_build_gives(
    name: str,
    log: str,
    delay: str,
    instants: list[datetime],
    tmp_path: Path,
) -> None:
    public_log(f"{name}/{log}")
    project = PROJECT / "examples" / name
    day_by_day, at_once = tmp_path / "day_by_day", tmp_path / "at_once"
    for command in (["seed"], ["run", "--select", "path:models/staging"]):
        dbt_done(project, day_by_day, *command)
    if delay:
        with duckdb.connect(str(day_by_day / "warehouse.duckdb")) as connection:
            connection.execute(delay)
    shutil.copytree(day_by_day, at_once)
    run_example = Runs(project)
    # The files stay as they are, and what has landed by then is what counts.
    without_staging = ("--exclude", "path:models/staging")
    for number, instant in enumerate(instants):
        said = run_example(day_by_day, f"{instant}", *without_staging)
        assert number == 0 or not built_in_full(said)
    run_example(at_once, f"{instants[-1]}", *without_staging)

    found = differences(day_by_day / "warehouse.duckdb", at_once / "warehouse.duckdb")

    assert found == []
