"""What this project does on Spark in ways of its own, on a Spark of this machine."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from building import PROJECT, invoke, parse_of
from test_completeness import MODEL, Dbt

IS_INSTALLED = importlib.util.find_spec("dbt.adapters.spark") and (
    "JAVA_HOME" in os.environ or shutil.which("java")
)
pytestmark = pytest.mark.skipif(
    not IS_INSTALLED, reason="needs dbt-spark and Java: `make spark`"
)
SHOW = ("show", "--no-populate-cache", "--limit", "-1", "--output", "json", "--inline")
AWKWARD = """\
number,said,day,amount,is_on
1,it's,2026-02-28,1.50,true
2,"say ""yes"" \\ no\\n",,,
3,Köln ✓ 😀,2028-02-29,-0.01,false
4,"two
lines",1969-12-31,1e3,
5,,,,
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home for all: a process has one Spark session, and it one warehouse."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return what lets dbt work on Spark in a project."""
    monkeypatch.setenv("DBT_TARGET", "spark")

    def asked(project: Path, *arguments: str) -> Any:
        manifest = parse_of(PROJECT) if project == PROJECT else None
        outcome, said = invoke(project, home, manifest, *arguments, home=home)
        assert outcome.success, said[-5:]
        return outcome.result

    return asked


def rows_of(result: Any) -> list[dict[str, Any]]:
    """Return the rows that `dbt show` found."""
    table = result.results[0].agate_table
    return [dict(zip(table.column_names, row, strict=True)) for row in table.rows]


def test_a_seed_is_what_its_file_says(
    asked: Callable[..., Any], tmp_path: Path
) -> None:
    project = {
        "name": "tiny",
        "profile": "offpath",
        "seeds": {
            "+file_format": "parquet",
            "+column_types": {
                "said": "string",
                "day": "date",
                "amount": "decimal(18, 2)",
                "is_on": "boolean",
            },
        },
    }
    (tmp_path / "dbt_project.yml").write_text(json.dumps(project))
    for folder in ("macros", "seeds"):
        (tmp_path / folder).mkdir()
    shutil.copy(
        PROJECT / "macros/project/spark__load_csv_rows.sql", tmp_path / "macros"
    )
    (tmp_path / "seeds" / "awkward.csv").write_text(AWKWARD)

    asked(tmp_path, "seed")

    columns = "number, said, cast(day as string), cast(amount as string), is_on"
    query = f"select {columns} from {{{{ ref('awkward') }}}} order by number"
    assert [tuple(row.values()) for row in rows_of(asked(tmp_path, *SHOW, query))] == [
        (1, "it's", "2026-02-28", "1.50", True),
        (2, 'say "yes" \\ no\\n', None, None, None),
        (3, "Köln ✓ 😀", "2028-02-29", "-0.01", False),
        (4, "two\nlines", "1969-12-31", "1000.00", None),
        (5, None, None, None, None),
    ]


def test_a_definition_that_a_project_does_not_bring_is_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "incidents"
    made = shutil.ignore_patterns("dbt_packages", "target", "logs", ".offpath")
    shutil.copytree(PROJECT / "examples" / "incidents", project, ignore=made)
    (project / "packages.yml").write_text(f"packages: [{{local: {PROJECT}}}]")
    (project / "seeds" / "burn_tiers.csv").unlink()
    monkeypatch.setenv("DBT_TARGET", "spark")
    invoke(project, home, None, "deps")
    outcome, said = invoke(project, home, None, "parse", "--no-write-json")
    assert not outcome.success
    assert "seed burn_tiers: on spark a project brings it itself; copy" in said[-1]


def test_the_routing_log_is_a_source(
    asked: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    columns = {"message_id": "string", "state": "string", "sent_at": "timestamp"}
    query = f"{{{{ offpath.routing_log_files('messages', {json.dumps(columns)}) }}}}"
    assert rows_of(asked(PROJECT, *SHOW, query)) == []

    # As an older router wrote it, which knew no `message_id`.
    file = tmp_path / "messages" / "1.parquet"
    file.parent.mkdir()
    duckdb.sql(
        "select 'sent' as state, timestamp '2026-03-29 01:30:00' as sent_at"
    ).write_parquet(str(file))
    for statement in (
        "create schema if not exists routing_log",
        f"create table routing_log.messages using parquet location '{file.parent}'",
    ):
        given = json.dumps({"sql": statement})
        asked(PROJECT, "run-operation", "run_query", "--args", given)

    (row,) = rows_of(asked(PROJECT, *SHOW, query))
    assert (row["message_id"], row["state"]) == (None, "sent")
    assert f"{row['sent_at']:%Y-%m-%d %H:%M:%S}" == "2026-03-29 01:30:00"


def test_raw_rows_must_be_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_TARGET", "spark")
    given = json.dumps({"raw_kept_from": "2026-01-01 00:00:00"})
    outcome, said = invoke(PROJECT, home, None, "parse", "--vars", given, home=home)
    assert not outcome.success
    assert "var raw_kept_from: each build on spark" in said[-1]


@pytest.mark.parametrize(
    ("target", "is_judged"),
    [("thrift", False), ("databricks", False), ("connect", True)],
)
def test_the_profiles_of_the_page_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, is_judged: bool
) -> None:
    page = (PROJECT / "docs" / "past-one-machine.md").read_text()
    (profiles,) = re.findall(r"```yaml\n(offpath:.*?)```", page, re.DOTALL)
    (tmp_path / "profiles.yml").write_text(
        profiles.replace("offpath:", "offpath_demo:")
    )
    monkeypatch.setenv("DATABRICKS_CLUSTER", "0000-000000-example")
    monkeypatch.setenv("DATABRICKS_TOKEN", "none")
    given = ("--profiles-dir", str(tmp_path), "--target", target)
    outcome, said = invoke(PROJECT, tmp_path, None, "parse", *given, home=tmp_path)
    assert outcome.success, said[-5:]
    verdicts = "model.offpath.int_gate_verdicts"
    assert (verdicts in outcome.result.nodes) is is_judged
    failures = outcome.result.nodes["model.offpath.int_gate_failures"]
    assert (verdicts in failures.depends_on.nodes) is is_judged


RULES = [
    ("expect_column_values_to_not_be_null", {}),
    ("expect_column_values_to_match_regex", {"regex": "^a+$"}),
    ("expect_column_values_to_be_between", {"min_value": 0, "max_value": 10.5}),
    (
        "expect_column_values_to_be_between",
        {"min_value": "2026-01-31T00:00:00", "max_value": "2026-12-31T00:00:00"},
    ),
    ("expect_column_values_to_be_in_set", {"value_set": ["a", "1"]}),
    ("expect_column_values_to_match_json_schema", {"json_schema": {"type": "object"}}),
]
JSON_RULE = 5
ASKED = (
    "value_key string, rule_id string, expectation string, arguments string,"
    " judged_value string, is_trial boolean"
)
VALUES = (
    *(None, "a", "aa", "A", "1", "-1", "10.5", "1e1", "1d", "nan", "infinity", "0x1p3"),
    *("2026-02-28", "2026-02-28 12:00:00", "2026-02-29", "2025-01-01T00:00:00"),
    *("{}", "[]", '{"a": 1}', '{"a": 1', "null", "it's", "10,5"),
)


def test_values_are_judged_as_on_duckdb(
    asked: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    asked(PROJECT, *SHOW, "select 1 as begun")
    from pyspark.sql import SparkSession

    spec = importlib.util.spec_from_file_location("int_gate_verdicts", MODEL)
    verdicts = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verdicts)
    rows = [
        (f"{rule}-{place}", f"rule {rule}", kind, json.dumps(given), value, place == 0)
        for rule, (kind, given) in enumerate(RULES)
        for place, value in enumerate((None, *VALUES))
        # To DuckDB these are JSON, which Python's reader of it does not take.
        if rule != JSON_RULE or value not in {"nan", "infinity"}
    ]
    with duckdb.connect() as warehouse:
        warehouse.execute(f"create table int_gate_values ({ASKED})")
        warehouse.executemany(
            "insert into int_gate_values values (?, ?, ?, ?, ?, ?)", rows
        )
        on_duckdb = verdicts.model(Dbt(warehouse), warehouse).fetchall()
    values = SparkSession.active().createDataFrame(rows, ASKED)
    on_spark = verdicts.spark_verdicts(values).collect()

    failing = {key for key, is_failing, _ in on_duckdb if is_failing}
    assert {row.value_key for row in on_spark if row.is_failing} == failing
    assert len(on_spark) == len(on_duckdb) == len(rows)
    assert {key.partition("-")[0] for key in failing} == {"0", "1", "2", "3", "4", "5"}


def test_a_rule_that_cannot_be_applied_is_refused_on_spark(
    asked: Callable[..., Any],
) -> None:
    asked(PROJECT, *SHOW, "select 1 as begun")
    from pyspark.sql import SparkSession

    spec = importlib.util.spec_from_file_location("int_gate_verdicts", MODEL)
    verdicts = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verdicts)
    rows = [
        ("trial", "rule", RULES[1][0], '{"regex": "("}', None, True),
        ("value", "rule", RULES[1][0], '{"regex": "("}', "a", False),
    ]
    values = SparkSession.active().createDataFrame(rows, ASKED)
    with pytest.raises(ValueError, match="seed completeness_rules, row rule"):
        verdicts.spark_verdicts(values)
