"""The views for UiPath say what the marts say, by the names that it asks for."""

import shutil
from pathlib import Path

import duckdb
import pytest
import yaml
from building import PROJECT, dbt

JOURNEY = "order_to_ship"
# What UiPath Process Mining asks for.
REQUIRED = {
    "Cases": {
        "Case_ID",
        "Case",
        "Case_status",
        "Case_type",
        "Case_value",
        "Case_owner",
    },
    "Event_log": {
        *("Case_ID", "Activity", "Event_start", "Event_end", "Activity_order"),
        *("Automated", "Event_cost", "Event_processing_time", "Event_ID"),
        *("Event_detail", "Team", "User"),
    },
    "Tags": {"Tag_ID", "Case_ID", "Tag", "Tag_type"},
    "Due_dates": {
        *("Case_ID", "Due_date", "Due_date_type", "Actual_date", "Expected_date"),
        *("On_time", "Cost", "Difference"),
    },
}


@pytest.fixture(scope="module")
def uipath(
    demo: Path, tmp_path_factory: pytest.TempPathFactory
) -> duckdb.DuckDBPyConnection:
    home = tmp_path_factory.mktemp("uipath") / "home"
    shutil.copytree(demo, home, ignore=shutil.ignore_patterns("target"))
    given = ("--vars", f"{{uipath_journey: {JOURNEY}}}")
    select = ("--select", "path:models/interop")
    done = dbt(PROJECT, home, "build", *select, *given)
    assert done.returncode == 0, done.stdout[-8000:]
    return duckdb.connect(str(home / "warehouse.duckdb"), read_only=True)


@pytest.mark.long
def test_the_views_have_the_names_that_it_asks_for(
    uipath: duckdb.DuckDBPyConnection,
) -> None:
    columns: dict[str, set[str]] = {}
    for table, column in uipath.execute(
        "select table_name, column_name from duckdb_columns()"
        " where schema_name = 'uipath'"
    ).fetchall():
        columns.setdefault(table, set()).add(column)
    assert columns.keys() == REQUIRED.keys()
    for table, names in REQUIRED.items():
        assert names <= columns[table], table
    path = PROJECT / "models" / "interop" / "_interop__models.yml"
    described = {
        column["name"]
        for model in yaml.safe_load(path.read_text())["models"]
        for column in model["columns"]
        if column["description"].strip()
    }
    assert set.union(*columns.values()) == described


@pytest.mark.long
def test_the_views_are_the_journey_and_nothing_of_another(
    uipath: duckdb.DuckDBPyConnection,
) -> None:
    def count(query: str) -> int:
        ((found,),) = uipath.execute(query).fetchall()
        return int(found)

    valid = "deadline_at is not null and verdict <> 'excluded'"
    of_journey = f"where journey = '{JOURNEY}'"
    for view, mart in (
        ("Cases", f"fct_cases {of_journey}"),
        ("Event_log", f"fct_case_events {of_journey}"),
        ("Tags", f"fct_exceptions {of_journey} and subject_type = 'case'"),
        ("Due_dates", f"fct_sli_cases {of_journey} and {valid}"),
    ):
        there = count(f"select count(*) from uipath.{view}")
        assert there == count(f"select count(*) from marts.{mart}") > 0, view
    assert (
        uipath.execute(
            "select distinct Case_ID from uipath.Tags except select Case_ID from uipath.Cases"
        ).fetchall()
        == []
    )


@pytest.mark.long
def test_a_case_is_on_time_where_it_got_there_by_its_due_time(
    uipath: duckdb.DuckDBPyConnection,
) -> None:
    rows = dict(
        uipath.execute(
            "select case when Actual_date <= Expected_date then 'in time'"
            " when Actual_date is not null then 'late'"
            " when Expected_date <= timestamp '2026-04-13 06:00:00' then 'never'"
            " else 'open' end as came, string_agg(distinct coalesce(cast(On_time as"
            " varchar), 'null')) from uipath.Due_dates group by came"
        ).fetchall()
    )
    assert rows == {
        "in time": "true",
        "late": "false",
        "never": "false",
        "open": "null",
    }
    assert uipath.execute(
        "select count(*) from uipath.Due_dates"
        " where (Difference > 0) <> (Actual_date > Expected_date)"
        " and abs(Difference) >= 1"
    ).fetchall() == [(0,)]
