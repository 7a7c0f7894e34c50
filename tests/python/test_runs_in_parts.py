"""Runs of parts, edits and failures, which a whole run makes up for."""

import shutil
from datetime import timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest
from building import PROJECT, Runs, built_in_full, copied_project, dbt, dbt_done
from hypothesis import example, given
from hypothesis import strategies as st
from raw_logs import BEGIN, DAYS, RAW_TABLES, add_rows, random_log, rewrite_rows
from same_marts import differences
from searches import search

AS_OF = f"{BEGIN + timedelta(days=DAYS)}"

run = Runs()

SEED_DEFINITIONS = ("seed", "--select", "path:seeds/definitions")
SELECTIONS: list[list[str]] = [
    [],
    ["--select", "+fct_case_events", "int_slo_clocks"],
    ["--select", "int_events_classified", "fct_cases"],
    ["--select", "fct_case_events+"],
    ["--select", "int_gate_failures+"],
    ["--exclude", "int_calendar_span", "int_calendar_hours"],
    ["--exclude", "int_slo_clocks", "int_gate_passages"],
    ["--exclude", "int_outcome_cases", "int_latency_cases"],
    ["--select", "int_composite_cases", "fct_sli_cases"],
    ["--exclude", "path:models/staging"],
    ["--full-refresh", "--select", "fct_case_events", "int_cases_classified"],
    ["--full-refresh", "--select", "int_gate_failures+"],
]
EDITS = [
    ("seeds/definitions/slo_thresholds.csv", ",4320", ",60"),
    ("seeds/definitions/conformance_rules.csv", ",480,", ",30,"),
    ("seeds/definitions/completeness_rules.csv", "dhl", "dpd"),
    (
        "models/cases/intermediate/int_case_attributes.sql",
        "coalesce(is_excluded, false)",
        "false",
    ),
    ("macros/project/trimmed.sql", "nullif(trim(", "nullif(lower("),
]


def edit(project: Path, draw: Random) -> None:
    """Change a definition, or change it back."""
    path, one, other = draw.choice(EDITS)
    text = (project / path).read_text()
    one, other = (one, other) if one in text else (other, one)
    assert one in text
    (project / path).write_text(text.replace(one, other))


@pytest.mark.long
@search(gate=0, deep=20)
# A macro is edited, definitions are loaded and rows rewritten before the first part.
@example(seed=35)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_whole_run_makes_up_for_whatever_was_run_before(
    empty: Path, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """Parts of the project alone, edits that are not loaded, rows that are rewritten."""
    draw = Random(seed)
    folder = tmp_path_factory.mktemp("whatever")
    project = copied_project(folder / "project")
    patched, whole = folder / "patched", folder / "whole"
    for home in (patched, whole):
        shutil.copytree(empty, home)
    rows = random_log(draw, batch_count=4)
    run_project = Runs(project)
    for batch in range(4):
        add_rows(patched, [row for row in rows if row.batch == batch])
        if batch > 0:
            if draw.random() < 0.5:
                edit(project, draw)
                run_project = Runs(project)
            if draw.random() < 0.3:
                dbt_done(project, patched, *SEED_DEFINITIONS)
            if draw.random() < 0.5:
                rewrite_rows(patched, rows, draw)
        instant = BEGIN + timedelta(hours=draw.randrange(48, DAYS * 24))
        selection = draw.choice(SELECTIONS) if batch > 0 else []
        # Parts of several clocks make no build, which is tested by itself.
        marker = ("--exclude", "dim_build") if selection else ()
        run_project(patched, f"{instant}", *selection, *marker)
    with duckdb.connect(str(whole / "warehouse.duckdb")) as connection:
        connection.execute(f"attach '{patched}/warehouse.duckdb' as patched")
        for table in RAW_TABLES:
            connection.execute(f"insert into raw.{table} from patched.raw.{table}")
    for home in (patched, whole):
        dbt_done(project, home, *SEED_DEFINITIONS)
        run_project(home, AS_OF)

    assert differences(patched / "warehouse.duckdb", whole / "warehouse.duckdb") == []
    shutil.rmtree(folder)


@pytest.mark.long
def test_a_changed_definition_builds_what_it_decides_in_full(
    demo: Path, tmp_path: Path
) -> None:
    project, home = copied_project(tmp_path / "project"), tmp_path / "home"
    shutil.copytree(demo, home)
    as_of = "2026-04-13 06:00:00"
    assert not built_in_full(Runs(project)(home, as_of))

    thresholds = project / "seeds" / "definitions" / "slo_thresholds.csv"
    thresholds.write_text(thresholds.read_text().replace(",4320", ",60"))
    dbt_done(project, home, "seed", "--select", "slo_thresholds")
    said = built_in_full(Runs(project)(home, as_of))

    indicators = project / "models" / "objectives" / "intermediate" / "indicators"
    tables = {"fct_sli_cases"} | {
        path.stem for path in indicators.glob("*.sql") if "by_case" in path.read_text()
    }
    assert tables > {"int_slo_clocks", "int_latency_cases", "int_composite_cases"}
    assert sorted(said) == [
        f"{model} is built in full: changed seed slo_thresholds"
        for model in sorted(tables)
    ]
    whole = tmp_path / "whole"
    dbt_done(project, whole, "seed")
    Runs(project)(whole, as_of)
    assert differences(home / "warehouse.duckdb", whole / "warehouse.duckdb") == []


def test_a_clock_that_goes_back_builds_in_full(demo: Path, tmp_path: Path) -> None:
    shutil.copytree(demo, tmp_path / "home")
    said = built_in_full(run(tmp_path / "home", "2026-04-01 00:00:00"))
    assert (
        "fct_case_events is built in full: the clock went back from 2026-04-13 06:00:00"
        in said
    )


@pytest.mark.long
def test_what_a_failed_build_left_undone_is_made_up_for(
    empty: Path, tmp_path: Path
) -> None:
    """Rows that the event log has read and the marts have not are not passed over."""
    rows = random_log(Random(1), batch_count=2)
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    for home in (broken, whole):
        shutil.copytree(empty, home)
    add_rows(broken, [row for row in rows if row.batch == 0])
    run(broken, AS_OF)
    add_rows(broken, [row for row in rows if row.batch == 1])
    run(broken, AS_OF, "--select", "+fct_case_events", "int_slo_clocks")
    run(broken, AS_OF)
    add_rows(whole, rows)
    run(whole, AS_OF)

    assert differences(broken / "warehouse.duckdb", whole / "warehouse.duckdb") == []


@pytest.mark.long
def test_a_build_that_fails_leaves_the_marts_and_can_be_taken_up(
    demo: Path, tmp_path: Path
) -> None:
    project, home = copied_project(tmp_path / "project"), tmp_path / "home"
    shutil.copytree(demo, home)
    (model,) = (project / "models").rglob("int_state_visits.sql")
    sound = model.read_text()
    model.write_text(sound.replace("select * from state_visits", "select * state"))

    failed = dbt(project, home, "run")

    assert "ERROR=1" in failed.stdout, failed.stdout
    left = differences(home / "warehouse.duckdb", demo / "warehouse.duckdb")
    assert [line.split(":")[0] for line in left] == ["dim_build"]
    model.write_text(sound)
    dbt_done(project, home, "retry")
    assert differences(home / "warehouse.duckdb", demo / "warehouse.duckdb") == []


@pytest.mark.long
def test_what_a_killed_run_built_is_not_taken_for_known(
    demo: Path, tmp_path: Path
) -> None:
    project, home = copied_project(tmp_path / "project"), tmp_path / "home"
    shutil.copytree(demo, home)
    thresholds = project / "seeds" / "definitions" / "slo_thresholds.csv"
    sound = thresholds.read_text()
    thresholds.write_text(sound.replace(",1440", ",60"))
    dbt_done(project, home, "seed", "--select", "slo_thresholds")
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        # As it is where the process dies once the seed is loaded.
        connection.execute(
            "delete from intermediate.offpath_builds where node like '%slo_thresholds'"
        )
    dbt_done(project, home, "run")
    thresholds.write_text(sound)
    dbt_done(project, home, "seed")
    dbt_done(project, home, "run")

    assert differences(home / "warehouse.duckdb", demo / "warehouse.duckdb") == []


@pytest.mark.long
def test_a_staging_model_may_be_incremental_itself(demo: Path, tmp_path: Path) -> None:
    project, home = copied_project(tmp_path / "project"), tmp_path / "home"
    model = project / "models" / "staging" / "shop" / "stg_shop__orders.sql"
    config = "materialized='incremental', incremental_strategy='append'"
    since = "{% if is_incremental() %} where false {% endif %}"
    model.write_text(f"{{{{ config({config}) }}}}\n{model.read_text()}\n{since}")
    shutil.copytree(demo, home)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("drop view staging.stg_shop__orders")
    dbt_done(project, home, "run")
    said = dbt_done(project, home, "run")

    assert not built_in_full(said)
    assert differences(home / "warehouse.duckdb", demo / "warehouse.duckdb") == []


def test_parts_of_several_clocks_are_no_build(demo: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo, home)
    clock = ("--vars", "{as_of: '2026-04-14 06:00:00'}")
    built = dbt(PROJECT, home, "run", "--select", "fct_sli_cases+", *clock)

    assert built.returncode == 1
    assert "the marts are of more than one clock, " in built.stdout
    assert " as of 2026-04-13 06:00:00" in built.stdout
    assert not is_whole(home)


def test_what_is_older_than_what_it_is_made_from_is_no_build(
    demo: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo, home)
    built = dbt(PROJECT, home, "run", "--exclude", "fct_cases")

    assert built.returncode == 1
    assert "the marts are of several runs: older than what" in built.stdout
    assert ": fct_cases. " in built.stdout
    assert not is_whole(home)


def test_what_was_not_built_to_the_end_is_no_build(demo: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo, home)
    assert dbt(PROJECT, home, "run", review_days="never").returncode == 1
    built = dbt(PROJECT, home, "run", "--select", "dim_build")

    assert built.returncode == 1
    assert "the marts are not whole: not built, or not to the end: " in built.stdout
    assert not is_whole(home)
    # Parts one after another, as of one instant, make one build.
    for layer in ("staging", "log", "cases", "objectives", "mining", "predictions"):
        dbt_done(PROJECT, home, "run", "--select", f"path:models/{layer}")
    for part in ("path:models/exceptions", "path:models/routing"):
        dbt_done(PROJECT, home, "run", "--select", part)
    assert is_whole(home)


def is_whole(home: Path) -> bool:
    """Whether the marts are marked as one whole build."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        return bool(connection.sql("from marts.dim_build").fetchall())


@pytest.mark.long
def test_what_was_built_without_rows_is_built_again(demo: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo, home)
    dbt_done(PROJECT, home, "run", "--empty")
    dbt_done(PROJECT, home, "run")

    assert differences(home / "warehouse.duckdb", demo / "warehouse.duckdb") == []
