"""A project made from nothing installs the package and gets what it asked for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from building import PROJECT, WITHOUT_TESTS, invoke, session
from click.testing import CliRunner
from dbt_common.exceptions import DbtRuntimeError
from offpath.cli import main
from offpath.dbt_plugin import Plugin

FILES = {
    "packages.yml": f"packages:\n  - local: {PROJECT}\n",
    "dbt_project.yml": """
        name: claims
        profile: offpath
        vars:
          as_of: "2026-01-06 12:00:00"
          event_models: [stg_claims]
          custom_exception_models: [claims_forgotten]
    """,
    "models/stg_claims.sql": """
        with events as (
            select * from (values
                ('1', 'C1', 'opened', timestamp '2026-01-05 09:00:00'),
                ('2', 'C1', 'closed', timestamp '2026-01-05 17:00:00'),
                ('3', 'C2', 'opened', timestamp '2026-01-06 09:00:00')
            ) as events (event_id, case_id, event_name, occurred_at)
        )

        select
            'claim' as journey,
            *,
            occurred_at as loaded_at,
            cast(null as varchar) as unreadable,
            {{ offpath.raw_record(["event_id", "case_id"]) }} as raw_record
        from events
    """,
    "models/claims_forgotten.sql": """
        select
            'forgotten' as rule_id, journey, 'case' as subject_type,
            case_id as subject_id, last_event_at as onset_at,
            last_event_at as detected_at, cast(null as timestamp) as cleared_at,
            cast(null as varchar) as clear_reason, 1 as observed_value,
            0 as threshold_value, 'cases' as unit, '{}' as evidence
        from {{ ref("fct_cases") }}
        where case_id = 'C3'
    """,
    # Named as a model of the package, which must read its own.
    "models/dim_variants.sql": "select 1 as number",
    # A project may use the tests of the package on models of its own.
    "models/_claims__models.yml": """
        models:
          - name: stg_claims
            columns:
              - name: event_id
                data_tests:
                  - offpath.key
    """,
    "seeds/journeys.csv": """
        journey,title,owner_role,calendar,stale_after_hours,ties_by,case_url
        claim,Claim,claims,office,,,
    """,
    "seeds/journey_events.csv": """
        journey,event_name,sort_order,enters_state,starts_case,ends_case_as,is_rework,is_escalation
        claim,opened,1,open,true,,false,false
        claim,closed,2,closed,false,good,false,false
    """,
    "seeds/calendars.csv": """
        calendar,timezone,weekday,opens_at,closes_at,valid_from
        office,Europe/Berlin,1,09:00,17:00,
        office,Europe/Berlin,2,09:00,17:00,
    """,
    "seeds/owner_roles.csv": """
        owner_role,title,calendar,attention_budget_per_day
        claims,Claims,office,20
    """,
}
# What dbt's messages and pages call `require_ref_prefers_node_package_to_root`.
OWN_FLAG = """
        flags:
          require_ref_searches_node_package_before_root: true
"""
OWN_SCHEMA_NAMES = """
        {% macro generate_schema_name(custom_schema_name, node) -%}
            {{ ("own", custom_schema_name) | select | join("_") }}
        {%- endmacro %}
"""


def text(indented: str) -> str:
    """Return the lines without the blanks that they all begin with."""
    lines = indented.strip("\n").splitlines()
    return "\n".join(line.removeprefix(" " * 8) for line in lines).rstrip() + "\n"


def consumer(folder: Path, **more: str) -> Path:
    """Write a project into a folder, install its packages; return the folder."""
    for name, content in (FILES | more).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text(content))
    done(folder, "deps")
    return folder


def run(folder: Path, *arguments: str) -> tuple[bool, str]:
    """Run dbt in a project; return whether it succeeded, and what it says."""
    target = folder / ".offpath" / "target"
    outcome, said = invoke(folder, target, None, *arguments, home=".offpath")
    return outcome.success, "\n".join(said)


def done(folder: Path, *arguments: str) -> str:
    """Run dbt, which must succeed; return what it says."""
    success, said = run(folder, *arguments)
    assert success, said[-8000:]
    return said


def failed(folder: Path, *arguments: str) -> str:
    """Run dbt, which must fail; return what it says as one line."""
    success, said = run(folder, *arguments)
    assert not success
    return " ".join(said.split())


def manifest(folder: Path) -> dict[str, Any]:
    path = folder / ".offpath" / "target" / "manifest.json"
    return json.loads(path.read_text())


def relations(folder: Path) -> dict[str, set[str]]:
    """Return the names of tables and views by schema."""
    found: dict[str, set[str]] = {}
    with duckdb.connect(
        str(folder / ".offpath" / "warehouse.duckdb"), read_only=True
    ) as warehouse:
        for schema, name in warehouse.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall():
            found.setdefault(schema, set()).add(name)
    return found


def routed(folder: Path) -> str:
    """Route what a build found, without sending; return what the command line says."""
    outcome = CliRunner().invoke(
        main,
        ["route", "--dry-run", "--as-of", "build", "--home", str(folder / ".offpath")],
        catch_exceptions=False,
    )
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


def edges(folder: Path) -> dict[str, list[str]]:
    """Return what each node of the package reads."""
    return {
        unique_id: sorted(node["depends_on"]["nodes"])
        for unique_id, node in manifest(folder)["nodes"].items()
        if node["package_name"] == "offpath" and node["config"]["enabled"]
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Build a project that brings the least; return its folder and what dbt says."""
    folder = consumer(tmp_path_factory.mktemp("claims"))
    return folder, done(folder, "build")


def test_the_least_project_builds_without_a_warning(built: tuple[Path, str]) -> None:
    folder, said = built
    assert "WARN=0 ERROR=0" in said
    assert "WARNING" not in said
    assert routed(folder).startswith("Dry run")


def test_nothing_is_in_the_warehouse_that_nobody_asked_for(
    built: tuple[Path, str],
) -> None:
    found = relations(built[0])
    assert set(found) == {"main", "staging", "intermediate", "marts"}
    brought = {Path(name).stem for name in FILES if name.startswith("seeds")}
    assert found["main"] == brought | {
        "stg_claims",
        "dim_variants",
        "claims_forgotten",
    }
    assert found["staging"] == {
        "stg_routing__actions",
        "stg_routing__messages",
        "stg_routing__states",
    }
    marts = {path.stem for path in (PROJECT / "models").rglob("fct_*.sql")}
    marts |= {path.stem for path in (PROJECT / "models").rglob("dim_*.sql")}
    assert found["marts"] == marts


def test_unit_tests_run_only_where_they_are_asked_for(
    built: tuple[Path, str],
) -> None:
    assert manifest(built[0])["unit_tests"] == {}
    assert len(session.parse(PROJECT).unit_tests) > 100


WITH_METRICS = """
        models:
          offpath:
            metrics:
              +enabled: true
        semantic-models:
          offpath:
            +enabled: true
        metrics:
          offpath:
            +enabled: true
"""


def test_metrics_and_their_time_spine_come_only_where_they_are_asked_for(
    built: tuple[Path, str], tmp_path: Path
) -> None:
    without = manifest(built[0])
    assert without["metrics"] == without["semantic_models"] == {}
    assert not any(node.get("time_spine") for node in without["nodes"].values())
    project = FILES["dbt_project.yml"].rstrip() + WITH_METRICS
    folder = consumer(tmp_path, **{"dbt_project.yml": project})
    done(folder, "parse")
    with_them = manifest(folder)
    assert {"metric.offpath.sli", "metric.offpath.throughput_cases"} < set(
        with_them["metrics"]
    )
    assert [
        node["name"] for node in with_them["nodes"].values() if node.get("time_spine")
    ] == ["int_days_spanned"]


def test_the_overview_of_a_project_is_its_own(built: tuple[Path, str]) -> None:
    """Of several dbt shows that of a package."""
    overviews = [name for name in manifest(built[0])["docs"] if "__overview__" in name]
    assert overviews == ["doc.dbt.__overview__"]


def test_tests_of_the_package_hold_for_models_of_the_project(
    built: tuple[Path, str],
) -> None:
    ran = json.loads((built[0] / ".offpath/target/run_results.json").read_text())
    assert [
        result["status"]
        for result in ran["results"]
        if result["unique_id"].startswith("test.claims.offpath_key_stg_claims")
    ] == ["pass"]


def test_a_promise_may_be_counted_in_business_time(tmp_path: Path) -> None:
    folder = consumer(
        tmp_path,
        **{
            "dbt_project.yml": FILES["dbt_project.yml"]
            + "\n          promise_models: [stg_promises]\n",
            "models/stg_promises.sql": """
        with

        calendar_hours as (
            select * from {{ ref("offpath", "int_calendar_hours") }}
        ),

        calendar_open_hours as (
            select * from {{ ref("offpath", "int_calendar_open_hours") }}
        ),

        opened as (
            select *, 'office' as calendar, 600 as minutes
            from {{ ref("stg_claims") }}
            where event_name = 'opened'
        ),

        due as (
            {{ offpath.business_time_added(
                "opened", "calendar_hours", "calendar_open_hours",
                "calendar", "occurred_at", "minutes", "due_at"
            ) }}
        )

        select
            journey, case_id, 'answer' as promise, due_at, loaded_at, unreadable,
            raw_record
        from due
    """,
        },
    )
    done(folder, "seed")
    done(folder, "run", "--select", "+int_case_promises")
    with duckdb.connect(str(folder / ".offpath" / "warehouse.duckdb")) as warehouse:
        promised = warehouse.sql(
            "select case_id, strftime(due_at, '%d %H:%M')"
            " from intermediate.int_case_promises order by case_id"
        ).fetchall()
    # Ten hours from 10:00 in Berlin, Mondays and Tuesdays from nine to five.
    assert promised == [("C1", "06 11:00"), ("C2", "12 11:00")]


def test_either_order_of_ref_reads_the_same_and_schemas_are_named_by_the_project(
    built: tuple[Path, str], tmp_path: Path
) -> None:
    folder = consumer(
        tmp_path,
        **{
            "dbt_project.yml": FILES["dbt_project.yml"] + OWN_FLAG,
            "macros/generate_schema_name.sql": OWN_SCHEMA_NAMES,
        },
    )
    done(folder, "build", *WITHOUT_TESTS)
    assert edges(folder) == edges(built[0])
    assert not [
        node
        for node, parents in edges(folder).items()
        if "model.claims.dim_variants" in parents
    ]
    assert set(relations(folder)) == {
        "own",
        "own_staging",
        "own_intermediate",
        "own_marts",
    }
    assert routed(folder).startswith("Dry run")


@pytest.fixture
def copied(built: tuple[Path, str], tmp_path: Path) -> Path:
    """Return a copy of the least project as it was built, to be edited."""
    return shutil.copytree(built[0], tmp_path / "claims", symlinks=True)


@pytest.mark.parametrize(
    "seed", ["journeys", "journey_events", "calendars", "owner_roles"]
)
def test_a_seed_that_nothing_goes_without_is_named(copied: Path, seed: str) -> None:
    (copied / "seeds" / f"{seed}.csv").unlink()
    said = failed(copied, "build")
    assert f"project claims has no seed {seed}, which offpath needs" in said


def test_a_project_without_event_models_is_told_to_name_them(copied: Path) -> None:
    (copied / "dbt_project.yml").write_text("name: claims\nprofile: offpath\n")
    said = failed(copied, "build")
    assert "var event_models is not set" in said


RULES = """
        rule_id,journey,family,title,slo_id,severity,owner_role,respond_within_minutes,escalation_policy,playbook,stage,version,page_above_value
        slow,clam,latency,Slow,closed_in_time,high,claims,60,,hurry,live,1,
"""


def test_a_definition_that_comes_later_is_read_typed_and_tested(copied: Path) -> None:
    home = copied / ".offpath"
    (copied / "seeds" / "exception_rules.csv").write_text(text(RULES))
    said = failed(copied, "build")
    assert "seed exception_rules is new" in said
    done(copied, "parse", "--no-partial-parse")
    said = failed(copied, "build", "--select", "exception_rules")
    assert "seed exception_rules, row slow: journey 'clam' is not in journeys" in said
    # What it refers to is in a seed that the project does not bring.
    assert "row slow: slo_id 'closed_in_time' is not in" in said
    assert "row slow: playbook 'hurry' is not in" in said
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        types = dict(
            warehouse.execute(
                "select column_name, data_type from information_schema.columns"
                " where table_name = 'exception_rules'"
            ).fetchall()
        )
    assert types["page_above_value"].startswith("DECIMAL")
    assert types["escalation_policy"] == "VARCHAR"


def plugin(path: Path | str) -> Plugin:
    class Credentials:
        def __init__(self) -> None:
            self.path = str(path)

    return Plugin(name="home", plugin_config={}, credentials=Credentials())


def test_dbt_makes_the_folder_of_the_warehouse(tmp_path: Path) -> None:
    plugin(tmp_path / "a" / "b" / "warehouse.duckdb")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(DbtRuntimeError, match=r"no warehouse can be made in .*/a/b"):
        plugin(tmp_path / "a" / "b" / "warehouse.duckdb")


def test_a_database_without_a_file_gets_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plugin(":memory:")
    plugin("md:somewhere/else")
    assert list(tmp_path.iterdir()) == []
