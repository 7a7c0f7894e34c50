"""The project keeps its own rules: YAML keys, names in seeds, repeatable builds."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb
import pytest
import yaml
from building import (
    PROJECT,
    WITHOUT_TESTS,
    WITHOUT_UNIT_TESTS,
    copied_project,
    dbt,
    dbt_done,
)
from dbt.jsonschemas.jsonschemas import CustomDraft7Validator, resources_schema

RESOURCE_FILES = sorted(
    path
    for folder in ("models", "seeds", "macros")
    for path in (PROJECT / folder).rglob("*.yml")
)


# The schema has the metrics of a later dbt, which have no such key; the parser of 1.11
# knows no others.
AHEAD_OF_DBT = "('type_params' was unexpected)"


def misspelt_keys(text: str) -> list[str]:
    """Messages of dbt's own schema, which dbt checks for four cloud adapters only."""
    errors = CustomDraft7Validator(resources_schema()).iter_errors(yaml.safe_load(text))
    return [
        f"{'.'.join(map(str, error.path))}: {error.message}"
        for error in errors
        if error.validator == "additionalProperties"
        and not (list(error.path)[:1] == ["metrics"] and AHEAD_OF_DBT in error.message)
    ]


@pytest.mark.parametrize(
    "path", RESOURCE_FILES, ids=lambda path: str(path.relative_to(PROJECT))
)
def test_no_yaml_key_is_misspelt(path):
    assert misspelt_keys(path.read_text()) == []


def test_a_misspelt_yaml_key_is_found():
    text = "models:\n  - name: fct_cases\n    descriptoin: One row per case.\n"
    assert "descriptoin" in "".join(misspelt_keys(text))


# seed, column, misspelt value, what the build says of the first row
MISSPELT = [
    ("slos", "journey", "oder_to_ship", "row orders_shipped: journey 'oder_to_ship'"),
    (
        "exception_rules",
        "owner_role",
        "inventroy",
        "row awaiting_inventory_too_long: owner_role 'inventroy'",
    ),
    (
        "exception_rules",
        "playbook",
        "free_the_stok",
        "row awaiting_inventory_too_long: playbook 'free_the_stok'",
    ),
    (
        "latency_rules",
        "state",
        "awaiting_inventroy",
        "row awaiting_inventory_too_long: state 'awaiting_inventroy'",
    ),
    ("quality_rules", "rule_id", "mispak_rate", "row mispak_rate: no rule of family"),
    (
        "exception_rules",
        "family",
        "latncy",
        "row awaiting_inventory_too_long: family 'latncy' is not one of latency, quality",
    ),
    (
        "quality_rules",
        "segment_by",
        "locaton",
        "row mispak_rate: segment_by 'locaton' is not one of actor, channel",
    ),
    (
        "volume_rules",
        "segment_by",
        "attributes.carier",
        "row label_print_failures: segment_by 'attributes.carier' is not one of actor",
    ),
    (
        "completeness_rules",
        "gate_event",
        "shiped",
        "row tracking_number_missing: gate_event 'shiped' is no event_name",
    ),
    (
        "journeys",
        "case_url",
        "desk.example.com/{case_id}",
        "row order_to_ship: case_url 'desk.example.com/{case_id}' is no address",
    ),
    ("route_cases", "route_case", "on_trail", "row on_trail: route_case 'on_trail'"),
    ("route_cases", "route_class", "recrod", "row on_trail: route_class 'recrod'"),
    (
        "owner_roles",
        "calendar",
        "warehouse_hour",
        "row fulfilment: calendar 'warehouse_hour'",
    ),
    ("slo_thresholds", "slo_id", "orders_shiped", "row orders_shiped: slo_id"),
    (
        "owner_roles",
        "attention_budget_per_day",
        "",
        "row fulfilment: attention_budget_per_day is blank",
    ),
    ("calendars", "calendar", "alwasy", "row alwasy: calendar 'alwasy'"),
    ("volume_rules", "window_minutes", "7", "row label_print_failures: window_minutes"),
    (
        "volume_rules",
        "ratio",
        "0.9",
        "row label_print_failures: ratio of a spike is above 1",
    ),
    (
        "conformance_rules",
        "target_event",
        "",
        "row shipped_without_payment: target_event is blank",
    ),
    (
        "reference_transitions",
        "to_event",
        "order_plced",
        "row [start]: to_event 'order_plced'",
    ),
]


def test_a_misspelt_name_in_a_seed_fails_the_build_by_seed_row_and_value(tmp_path):
    project = copied_project(tmp_path / "project")
    for seed, column, value, _ in MISSPELT:
        path = project / "seeds" / "definitions" / f"{seed}.csv"
        with path.open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        rows[0][column] = value
        with path.open("w", newline="") as lines:
            writer = csv.DictWriter(lines, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    built = dbt(
        project,
        tmp_path / "home",
        "build",
        "--select",
        "path:seeds/definitions",
        "--indirect-selection",
        "cautious",
    )
    assert built.returncode == 1
    for seed, _, _, message in MISSPELT:
        assert f"seed {seed}, {message}" in built.stdout


# What stands in slos.csv, slo_steps.csv and slo_thresholds.csv, and what the build says.
ILL_FORMED = {
    "slos": """
        timed,order_to_ship,composite,order_placed,shipped,ship_by,0.9,28,,7,always,fulfilment,,,
        single,order_to_ship,composite,,,,0.9,28,,,,fulfilment,,,
        doubled,order_to_ship,composite,,,,0.9,28,,,,fulfilment,,,
        nested,order_to_ship,composite,,,,0.9,28,,,,fulfilment,,,
        mixed,order_to_ship,composite,,,,0.9,28,,,,fulfilment,,,
    """,
    "slo_steps": """
        single,orders_shipped
        doubled,orders_shipped
        doubled,orders_shipped
        nested,single
        nested,orders_shipped
        mixed,orders_shipped
        mixed,tickets_resolved_first_time
        orders_shipped,orders_shipped_within_24h
        orders_shiped,orders_shipped
        mixed,orders_shiped
    """,
    "slo_thresholds": """
        mixed,*,60,
    """,
}
COMPLAINTS = [
    "seed slos, row timed: from_event is filled and indicator composite has none",
    "seed slos, row timed: to_event is filled",
    "seed slos, row timed: promise is filled",
    "seed slos, row timed: maturity_days is filled",
    "seed slos, row timed: calendar is filled",
    "seed slos, row timed: indicator composite needs two steps in slo_steps and has 0",
    "seed slos, row single: indicator composite needs two steps in slo_steps and has 1",
    "seed slos, row doubled: indicator composite needs two steps in slo_steps and has 1",
    "seed slo_steps, row doubled: step_slo_id 'orders_shipped' stands in 2 rows of it",
    "seed slo_steps, row nested: step_slo_id 'single' is a composite itself",
    (
        "seed slo_steps, row mixed: step_slo_id 'tickets_resolved_first_time' is of"
        " journey ticket_to_resolution, not of order_to_ship"
    ),
    (
        "seed slo_steps, row orders_shipped: slo_id 'orders_shipped' is of indicator"
        " outcome, which has no steps"
    ),
    "seed slo_thresholds, row mixed: indicator composite has no threshold of its own",
    "seed slo_steps, row orders_shiped: slo_id 'orders_shiped' is not in slos.slo_id",
    "seed slo_steps, row mixed: step_slo_id 'orders_shiped' is not in slos.slo_id",
]


def test_an_ill_formed_composite_fails_the_build_by_seed_and_row(tmp_path):
    project = copied_project(tmp_path / "project")
    for seed, rows in ILL_FORMED.items():
        with (project / "seeds" / "definitions" / f"{seed}.csv").open("a") as lines:
            lines.writelines(f"{row.strip()}\n" for row in rows.strip().splitlines())
    built = dbt(
        project,
        tmp_path / "home",
        "build",
        *("--select", "slos", "slo_steps", "slo_thresholds"),
        *("--indirect-selection", "buildable"),
    )
    assert built.returncode == 1
    assert [text for text in COMPLAINTS if text not in built.stdout] == []


def test_a_project_may_leave_out_the_titles_of_its_objectives(tmp_path):
    project = copied_project(tmp_path / "project")
    slos = project / "seeds" / "definitions" / "slos.csv"
    rows = [line.rpartition(",") for line in slos.read_text().splitlines()]
    assert rows[0][2] == "title"
    slos.write_text("".join(f"{row}\n" for row, _, _ in rows))

    selected = ("--select", "+dim_slos", "--indirect-selection", "cautious")
    # The unit tests of the package run in no other project.
    built = ("build", *selected, *WITHOUT_UNIT_TESTS)
    dbt_done(project, tmp_path / "home", *built)

    with duckdb.connect(str(tmp_path / "home" / "warehouse.duckdb")) as warehouse:
        titles = warehouse.sql("select title from marts.dim_slos").fetchall()
    assert titles == [(None,)] * (len(rows) - 1)


def test_a_tier_that_says_nothing_is_left_out_by_default_and_refused_by_name(tmp_path):
    project = copied_project(tmp_path / "project")
    definitions = project / "seeds" / "definitions"
    with (definitions / "slos.csv").open("a") as lines:
        print("low,order_to_ship,outcome,,,,0.45,28,,,,fulfilment,,,", file=lines)
    selected = ("path:seeds/definitions", "int_slo_targets", "int_slo_tiers")
    built = ("build", "--select", *selected, "--indirect-selection", "cautious")
    dbt_done(project, tmp_path / "home", *built)
    with (definitions / "burn_tiers.csv").open("a") as lines:
        print("low,never,24,4,0.1,", file=lines)
        print("low,slow,168,24,0.2,task", file=lines)

    refused = dbt(project, tmp_path / "home", *built)

    assert refused.returncode == 1
    for message in (
        "row never of low: at a target of 0.45",
        "row slow of low: it lifts to task above a burn rate of 0.8",
    ):
        assert f"seed burn_tiers, {message}" in refused.stdout


def test_columns_of_a_seed_may_stand_in_any_order(tmp_path):
    project = copied_project(tmp_path / "project")
    seed = ("seed", "--select", "journey_events")
    home = tmp_path / "home"
    dbt_done(project, home, *seed)
    path = project / "seeds" / "definitions" / "journey_events.csv"
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    with path.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, list(reversed(rows[0])))
        writer.writeheader()
        writer.writerows(rows)
    dbt_done(project, home, *seed)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        found = warehouse.execute(
            "select event_name from definitions.journey_events where is_rework"
        ).fetchall()
    assert found == [("mispack_found",)]


def marts(home: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        tables = warehouse.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'marts' order by all"
        ).fetchall()
        return {
            table: warehouse.execute(
                f"select * from marts.{table} order by all"
            ).fetchall()
            for (table,) in tables
        }


@pytest.mark.long
def test_a_second_build_passes_every_data_and_unit_test_and_gives_identical_marts(
    demo, tmp_path
):
    home = shutil.copytree(demo, tmp_path / "home")
    before = marts(home)
    # In a process of its own and with comments on columns, as on the command line.
    build = subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt"), "--log-level", "warn", "build"),
            *("--target-path", home / "target", "--log-path", home / "logs"),
        ],
        cwd=PROJECT,
        env=os.environ
        | {
            "OFFPATH_HOME": str(home),
            "OFFPATH_UNIT_TESTS": "true",
            "DBT_PROFILES_DIR": str(PROJECT / "profiles"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 0, build.stdout
    # What log and definitions do not agree on is told by name and count.
    assert "order_to_ship, gift_wrapped: 3 events are in no row" in build.stdout
    assert "ticket_to_resolution, parked: 2 events are in no row" in build.stdout
    assert build.stdout.count(" are in no row") == 2  # noqa: PLR2004
    results = json.loads((home / "target" / "run_results.json").read_text())["results"]
    kinds = Counter(result["unique_id"].partition(".")[0] for result in results)
    assert kinds["unit_test"] > 100
    assert kinds["test"] > 400
    assert len(before["fct_exceptions"]) > 0
    assert marts(home) == before


def test_the_build_is_marked_whole_after_every_mart():
    marts = {path.stem for path in (PROJECT / "models").rglob("fct_*.sql")}
    marts |= {path.stem for path in (PROJECT / "models").rglob("dim_*.sql")}
    marker = PROJECT / "models" / "routing" / "dim_build.sql"
    named = set(re.findall(r'"((?:fct|dim)_\w+)"', marker.read_text()))
    assert named == marts - {"dim_build"}


def test_a_build_that_fails_leaves_the_marts_marked_unfinished(demo, tmp_path):
    home = shutil.copytree(demo, tmp_path / "home")
    assert len(marts(home)["dim_build"]) == 1
    broken = dbt(PROJECT, home, "build", *WITHOUT_TESTS, review_days="never")
    assert broken.returncode == 1
    assert marts(home)["dim_build"] == []


def test_a_staging_model_that_lacks_a_column_is_named_with_it(tmp_path):
    built = dbt(
        PROJECT,
        tmp_path,
        "build",
        *("--select", "+stg_shop__orders", "int_raw_events_unioned"),
        *WITHOUT_TESTS,
        *("--vars", "{event_models: [stg_shop__orders]}"),
    )
    assert built.returncode == 1
    assert (
        "model stg_shop__orders of var event_models lacks event_id, occurred_at,"
        in built.stdout
    )
