"""Builds that add to what is there give what one build of everything gives."""

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest
from building import DATA, PROJECT, Runs, dbt, public_log
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from raw_logs import BEGIN, DAYS, RawRow, add, random_log
from same_marts import differences

# A build takes seconds; more examples where somebody has the time.
EXAMPLES = int(os.environ.get("OFFPATH_EXAMPLES", "2"))
RAW_TABLES = {
    "raw_shop_order_log": "exported_at",
    "raw_shop_orders": "exported_at",
    "raw_desk_ticket_audit": "synced_at",
    "raw_desk_tickets": "synced_at",
}
AS_OF = f"{BEGIN + timedelta(days=DAYS)}"


run = Runs()


def built_in_full(said: list[str]) -> list[str]:
    return [line for line in said if "is built in full" in line]


def add_rows(home: Path, rows: list[RawRow]) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        add(connection, rows)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Load the definitions of the demo, and its raw tables without a row."""
    home = tmp_path_factory.mktemp("empty")
    seeded = dbt(PROJECT, home, "seed")
    assert seeded.returncode == 0, seeded.stdout
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        for table in RAW_TABLES:
            connection.execute(f"delete from raw.{table}")
    return home


some_examples = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="OFFPATH_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@some_examples
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


SELECTIONS: list[list[str]] = [
    [],
    ["--select", "+fct_case_events", "int_slo_cases"],
    ["--select", "int_events_classified", "fct_cases"],
    ["--select", "fct_case_events+"],
    ["--select", "int_gate_failures+"],
    ["--exclude", "int_calendar_span", "int_calendar_hours"],
    ["--exclude", "int_slo_cases", "int_gate_passages"],
    ["--exclude", "path:models/staging"],
    ["--full-refresh", "--select", "fct_case_events", "int_cases_classified"],
    ["--full-refresh", "--select", "int_gate_failures+"],
]
EDITS = [
    ("seeds/definitions/slo_thresholds.csv", ",4320", ",60"),
    ("seeds/definitions/conformance_rules.csv", ",480,", ",30,"),
    ("seeds/definitions/completeness_rules.csv", "dhl", "dpd"),
    (
        "models/intermediate/cases/int_case_attributes.sql",
        "coalesce(is_excluded, false)",
        "false",
    ),
    ("macros/project/trimmed.sql", "nullif(trim(", "nullif(lower("),
]


def copied_project(folder: Path) -> Path:
    """Return a copy of the project that a test may edit."""
    for part in ("macros", "models", "seeds", "tests/generic", "tests/singular"):
        shutil.copytree(PROJECT / part, folder / part)
    shutil.copy(PROJECT / "dbt_project.yml", folder)
    return folder


def edit(project: Path, draw: Random) -> None:
    """Change a definition, or change it back."""
    path, one, other = draw.choice(EDITS)
    text = (project / path).read_text()
    one, other = (one, other) if one in text else (other, one)
    assert one in text
    (project / path).write_text(text.replace(one, other))


def rewrite_rows(home: Path, draw: Random) -> None:
    """Take raw rows away, and let others land anew with what they say."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        for table, landing in RAW_TABLES.items():
            chosen = f"hash(rowid + {draw.randrange(1000)}) % 20"
            connection.execute(f"delete from raw.{table} where {chosen} = 0")
            connection.execute(
                f"update raw.{table} set {landing} = '2026-03-2{draw.randrange(10)}'"
                f" where {chosen} = 1"
            )


@some_examples
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
                dbt(project, patched, "seed", "--select", "path:seeds/definitions")
            if draw.random() < 0.5:
                rewrite_rows(patched, draw)
        instant = BEGIN + timedelta(hours=draw.randrange(48, DAYS * 24))
        run_project(patched, f"{instant}", *draw.choice(SELECTIONS[: 1 + 100 * batch]))
    with duckdb.connect(str(whole / "warehouse.duckdb")) as connection:
        connection.execute(f"attach '{patched}/warehouse.duckdb' as patched")
        for table in RAW_TABLES:
            connection.execute(f"insert into raw.{table} from patched.raw.{table}")
    for home in (patched, whole):
        seeded = dbt(project, home, "seed", "--select", "path:seeds/definitions")
        assert seeded.returncode == 0, seeded.stdout
        run_project(home, AS_OF)

    assert differences(patched / "warehouse.duckdb", whole / "warehouse.duckdb") == []
    shutil.rmtree(folder)


def test_the_demo_day_by_day_gives_what_one_build_gives(
    demo: Path, tmp_path: Path
) -> None:
    seeded = dbt(PROJECT, tmp_path, "seed")
    assert seeded.returncode == 0, seeded.stdout
    for instant in (
        *("2026-03-01 12:00:00", "2026-03-29 01:30:00", "2026-04-12 06:00:00"),
        "2026-04-13 06:00:00",
    ):
        run(tmp_path, instant)

    assert differences(tmp_path / "warehouse.duckdb", demo / "warehouse.duckdb") == []


def test_a_build_of_the_past_is_the_build_that_was_made_then(tmp_path: Path) -> None:
    instant = "2026-03-29 01:30:00"
    homes = {name: tmp_path / name for name in ("then", "replayed")}
    for name, home in homes.items():
        seeded = dbt(PROJECT, home, "seed")
        assert seeded.returncode == 0, seeded.stdout
        if name == "then":
            with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
                for table, landing in RAW_TABLES.items():
                    connection.execute(
                        f"delete from raw.{table}"
                        f" where try_cast({landing} as timestamp) > ?",
                        [instant],
                    )
        run(home, instant)

    then, replayed = (home / "warehouse.duckdb" for home in homes.values())

    # What has not landed yet is counted, and nothing else is known of it.
    counts = {"fct_event_log_quality": ["raw_count", "not_yet_count"]}
    assert differences(then, replayed, counts) == []


def test_a_changed_definition_builds_what_it_decides_in_full(
    demo: Path, tmp_path: Path
) -> None:
    project, home = copied_project(tmp_path / "project"), tmp_path / "home"
    shutil.copytree(demo, home)
    as_of = "2026-04-13 06:00:00"
    assert not built_in_full(Runs(project)(home, as_of))

    thresholds = project / "seeds" / "definitions" / "slo_thresholds.csv"
    thresholds.write_text(thresholds.read_text().replace(",4320", ",60"))
    seeded = dbt(project, home, "seed", "--select", "slo_thresholds")
    assert seeded.returncode == 0, seeded.stdout
    said = built_in_full(Runs(project)(home, as_of))

    assert "int_slo_cases is built in full: changed seed slo_thresholds" in said
    assert "fct_sli_cases is built in full: changed seed slo_thresholds" in said
    assert len(said) == 2  # noqa: PLR2004
    whole = tmp_path / "whole"
    seeded = dbt(project, whole, "seed")
    assert seeded.returncode == 0, seeded.stdout
    Runs(project)(whole, as_of)
    assert differences(home / "warehouse.duckdb", whole / "warehouse.duckdb") == []


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
    for day in days:
        run(in_turn, day, calendar_horizon_days=horizon_days)
    run(at_once, days[-1], calendar_horizon_days=horizon_days)

    with duckdb.connect(str(in_turn / "warehouse.duckdb")) as connection:
        rules = connection.sql(
            "select rule_id from marts.fct_exceptions where family = 'conformance'"
        ).fetchall()
    assert set(raised) <= set(rules)
    assert differences(in_turn / "warehouse.duckdb", at_once / "warehouse.duckdb") == []


def test_a_clock_that_goes_back_builds_in_full(demo: Path, tmp_path: Path) -> None:
    shutil.copytree(demo, tmp_path / "home")
    said = built_in_full(run(tmp_path / "home", "2026-04-01 00:00:00"))
    assert (
        "fct_case_events is built in full: the clock went back from 2026-04-13 06:00:00"
        in said
    )


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
    run(broken, AS_OF, "--select", "+fct_case_events", "int_slo_cases")
    run(broken, AS_OF)
    add_rows(whole, rows)
    run(whole, AS_OF)

    assert differences(broken / "warehouse.duckdb", whole / "warehouse.duckdb") == []


def test_a_build_that_fails_leaves_the_marts_and_can_be_taken_up(
    demo: Path, tmp_path: Path
) -> None:
    project, home = copied_project(tmp_path / "project"), tmp_path / "home"
    shutil.copytree(demo, home)
    model = project / "models" / "marts" / "process" / "fct_state_visits.sql"
    sound = model.read_text()
    model.write_text(sound.replace("select * from state_visits", "select * state"))

    failed = dbt(project, home, "run")

    assert "ERROR=1" in failed.stdout, failed.stdout
    left = differences(home / "warehouse.duckdb", demo / "warehouse.duckdb")
    assert [line.split(":")[0] for line in left] == ["dim_build"]
    model.write_text(sound)
    retried = dbt(project, home, "retry")
    assert retried.returncode == 0, retried.stdout
    assert differences(home / "warehouse.duckdb", demo / "warehouse.duckdb") == []


def test_what_a_killed_run_built_is_not_taken_for_known(
    demo: Path, tmp_path: Path
) -> None:
    project, home = copied_project(tmp_path / "project"), tmp_path / "home"
    shutil.copytree(demo, home)
    thresholds = project / "seeds" / "definitions" / "slo_thresholds.csv"
    sound = thresholds.read_text()
    thresholds.write_text(sound.replace(",1440", ",60"))
    for command in (["seed", "--select", "slo_thresholds"], ["run"]):
        if command == ["run"]:
            with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
                # As it is where the process dies once the seed is loaded.
                connection.execute(
                    """
                    delete from intermediate.offpath_builds
                    where node like '%slo_thresholds' and is_built
                        and run_number > 1;
                    update intermediate.offpath_builds set is_built = null
                    where node like '%slo_thresholds' and not is_built
                    """
                )
        done = dbt(project, home, *command)
        assert done.returncode == 0, done.stdout
    thresholds.write_text(sound)
    for command in (["seed"], ["run"]):
        done = dbt(project, home, *command)
        assert done.returncode == 0, done.stdout

    assert differences(home / "warehouse.duckdb", demo / "warehouse.duckdb") == []


def test_a_staging_model_may_be_incremental_itself(demo: Path, tmp_path: Path) -> None:
    project, home = copied_project(tmp_path / "project"), tmp_path / "home"
    model = project / "models" / "staging" / "shop" / "stg_shop__orders.sql"
    config = "materialized='incremental', incremental_strategy='append'"
    since = "{% if is_incremental() %} where false {% endif %}"
    model.write_text(f"{{{{ config({config}) }}}}\n{model.read_text()}\n{since}")
    shutil.copytree(demo, home)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("drop view staging.stg_shop__orders")
    for command in ("run", "run"):
        done = dbt(project, home, command)
        assert done.returncode == 0, done.stdout

    assert "is built in full" not in done.stdout
    assert differences(home / "warehouse.duckdb", demo / "warehouse.duckdb") == []


def test_parts_of_several_clocks_are_no_build(demo: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo, home)
    run(home, "2026-04-14 06:00:00", "--select", "fct_sli_cases+")

    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        assert connection.sql("from marts.dim_build").fetchall() == []


def test_what_was_built_without_rows_is_built_again(demo: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo, home)
    for command in (["run", "--empty"], ["run"]):
        done = dbt(PROJECT, home, *command)
        assert done.returncode == 0, done.stdout

    assert differences(home / "warehouse.duckdb", demo / "warehouse.duckdb") == []


@pytest.mark.parametrize(
    ("example", "log", "delay", "instants"),
    [
        (
            "incidents",
            "incident_event_log.csv.gz",
            "",
            [datetime(2016, 3, 1) + timedelta(days=day) for day in range(31)],
        ),
        (
            "olist",
            "olist_orders_dataset.csv.gz",
            # So that promises land when no event of their order does.
            (
                "update staging.stg_olist__promises"
                " set loaded_at = loaded_at + interval 3 day where hash(case_id) % 3 = 0"
            ),
            [datetime(2017, 3, 1, 12) + timedelta(days=day) for day in (0, 1, 9)],
        ),
    ],
)
def test_real_logs_day_by_day_give_what_one_build_gives(
    example: str,
    log: str,
    delay: str,
    instants: list[datetime],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    public_log(f"{example}/{log}")
    monkeypatch.setenv("OFFPATH_DATA_DIR", str(DATA))
    project = PROJECT / "examples" / example
    day_by_day, at_once = tmp_path / "day_by_day", tmp_path / "at_once"
    for command in (["deps"], ["seed"], ["run", "--select", "path:models/staging"]):
        prepared = dbt(project, day_by_day, *command)
        assert prepared.returncode == 0, prepared.stdout
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
