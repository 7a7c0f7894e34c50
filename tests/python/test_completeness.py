"""The Python model that lets Great Expectations judge the values that passed a gate."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest
from building import copied_project, dbt_done

MODEL = (
    Path(__file__).parents[2]
    / "models/exceptions/intermediate/completeness/int_gate_verdicts.py"
)

COLUMN_TYPES = {"value_key": "VARCHAR", "is_failing": "BOOLEAN", "judge": "VARCHAR"}


@dataclass
class This:
    """Where the model's table lies."""

    database: str = "memory"
    schema: str = "main"
    identifier: str = "int_gate_verdicts"


class Dbt:
    """What dbt gives to a Python model, as far as this one uses it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.this = This()

    def config(self, **_options: str) -> None:
        """Take the configuration of the model, which dbt has read before."""

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        return self.connection.table(name)


@pytest.fixture
def completeness() -> ModuleType:
    """Load the model as dbt does, outside of any package."""
    spec = importlib.util.spec_from_file_location("int_gate_verdicts", MODEL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create table rules (rule_id varchar, expectation varchar, arguments varchar);
            create table passages (
                rule_id varchar, event_id varchar, field_value varchar
            );
            create view int_gate_values as
            select
                md5(concat_ws('|', rules, field_value, field_value is null))
                    as value_key,
                rules.*,
                passed.field_value as judged_value,
                false as is_trial
            from rules
            inner join (select distinct rule_id, field_value from passages) as passed
                on rules.rule_id = passed.rule_id
            union all
            select md5(concat_ws('|', rules, 'trial')), rules.*, null, true
            from rules;
            """
        )
        yield connection


def add_rule(
    warehouse: duckdb.DuckDBPyConnection,
    expectation: str,
    arguments: dict[str, Any] | str | None,
    values: list[str | None],
    rule_id: str = "rule",
) -> None:
    """Add a rule in force and a passage, `e0`, `e1`, …, for each value."""
    text = json.dumps(arguments) if isinstance(arguments, dict) else arguments
    warehouse.execute(
        "insert into rules values (?, ?, ?)", [rule_id, expectation, text]
    )
    for number, value in enumerate(values):
        warehouse.execute(
            "insert into passages values (?, ?, ?)", [rule_id, f"e{number}", value]
        )


def judge(
    completeness: ModuleType, warehouse: duckdb.DuckDBPyConnection
) -> duckdb.DuckDBPyRelation:
    """Run the model and keep its table, as a build does."""
    relation = completeness.model(Dbt(warehouse), warehouse)
    warehouse.execute("drop table if exists built")
    relation.create("built")
    warehouse.execute("create or replace table int_gate_verdicts as from built")
    return warehouse.table("int_gate_verdicts")


def failures(
    completeness: ModuleType, warehouse: duckdb.DuckDBPyConnection
) -> list[tuple[str, str, str | None]]:
    """Run the model and return rule, event and value of every failing passage."""
    judge(completeness, warehouse)
    return warehouse.execute(
        """
        select passages.rule_id, passages.event_id, passages.field_value
        from passages
        inner join int_gate_values
            on
                passages.rule_id = int_gate_values.rule_id
                and passages.field_value
                is not distinct from int_gate_values.judged_value
        inner join int_gate_verdicts using (value_key)
        where is_failing and not is_trial
        order by all
        """
    ).fetchall()


@pytest.mark.parametrize(
    ("expectation", "arguments", "passing", "failing"),
    [
        ("expect_column_values_to_not_be_null", {}, ["a", "0"], [None]),
        ("expect_column_values_to_not_be_null", None, ["a"], [None]),
        ("expect_column_values_to_be_null", {}, [None], ["a"]),
        (
            "expect_column_values_to_be_in_set",
            {"value_set": ["dhl", "gls"]},
            ["dhl", "gls", None],
            ["DHL", "ups"],
        ),
        (
            "expect_column_values_to_be_in_set",
            {"value_set": [1, 2.5]},
            ["1", "1.0", "2.50", None],
            ["3", "one", "nan"],
        ),
        ("expect_column_values_to_not_be_in_set", {"value_set": ["-"]}, ["a"], ["-"]),
        (
            "expect_column_values_to_match_regex",
            {"regex": "^R-[0-9]{3}$"},
            ["R-100", None],
            ["R-1", "xR-100", "R-1000"],
        ),
        ("expect_column_values_to_not_match_regex", {"regex": "b"}, ["a"], ["abc"]),
        (
            "expect_column_values_to_match_regex_list",
            {"regex_list": ["^A", "^B"], "match_on": "any"},
            ["A1", "B1", None],
            ["C1"],
        ),
        (
            "expect_column_values_to_be_between",
            {"min_value": 0.05, "max_value": 31.5},
            ["0.05", "31.50", "1e1", None],
            ["0.04", "31.6", "9000", "12 kg", "1,5", "nan", "inf", "-inf"],
        ),
        (
            "expect_column_values_to_be_between",
            {"min_value": 5, "strict_min": True},
            ["5.01", "1000", None],
            ["5", "-7", "heavy", "inf"],
        ),
        (
            "expect_column_values_to_be_between",
            {"min_value": "2026-01-01 00:00:00"},
            ["2026-01-01 00:00:00", "2026-02-01", None],
            ["2025-12-31 23:59:59", "soon", "infinity"],
        ),
        (
            "expect_column_value_lengths_to_be_between",
            {"min_value": 2, "max_value": 3},
            ["12", "abc", None],
            ["a", "1000"],
        ),
        ("expect_column_value_lengths_to_equal", {"value": 3}, ["abc", None], ["ab"]),
        (
            "expect_column_values_to_match_strftime_format",
            {"strftime_format": "%Y-%m-%d"},
            ["2026-03-01", None],
            ["01.03.2026"],
        ),
        ("expect_column_values_to_be_json_parseable", {}, ["{}", None], ["{"]),
        (
            "expect_column_values_to_match_json_schema",
            {"json_schema": {"required": ["street"]}},
            ['{"street": "Unter den Linden"}', None],
            ["{}", "no JSON"],
        ),
    ],
)
def test_an_expectation_finds_exactly_the_failing_passages(
    completeness: ModuleType,
    warehouse: duckdb.DuckDBPyConnection,
    expectation: str,
    arguments: dict[str, Any] | None,
    passing: list[str | None],
    failing: list[str | None],
) -> None:
    add_rule(warehouse, expectation, arguments, failing + passing)

    assert failures(completeness, warehouse) == sorted(
        ("rule", f"e{number}", value) for number, value in enumerate(failing)
    )


def test_only_passages_of_the_rule_are_judged(
    completeness: ModuleType, warehouse: duckdb.DuckDBPyConnection
) -> None:
    not_null = "expect_column_values_to_not_be_null"
    add_rule(warehouse, not_null, {}, ["a", None], "must_be")
    add_rule(warehouse, "expect_column_values_to_be_null", {}, ["b"], "must_not_be")
    add_rule(warehouse, not_null, {}, [], "never_passed")
    add_rule(warehouse, not_null, {}, [None], "retired")
    warehouse.execute("delete from rules where rule_id = 'retired'")

    assert failures(completeness, warehouse) == [
        ("must_be", "e1", None),
        ("must_not_be", "e0", "b"),
    ]


@pytest.mark.parametrize("rules", [[], [[]], [["a"]]])
def test_columns_have_types_without_any_failure(
    completeness: ModuleType,
    warehouse: duckdb.DuckDBPyConnection,
    rules: list[list[str | None]],
) -> None:
    for passages in rules:
        add_rule(warehouse, "expect_column_values_to_not_be_null", {}, passages)

    relation = judge(completeness, warehouse)

    assert not any(is_failing for _, is_failing, _ in relation.fetchall())
    types = map(str, relation.types)
    assert dict(zip(relation.columns, types, strict=True)) == COLUMN_TYPES


@pytest.mark.parametrize(
    ("expectation", "arguments", "reason"),
    [
        ("expect_column_values_to_be_nice", {}, "not known"),
        ("expect_column_mean_to_be_between", {"min_value": 1}, "by itself"),
        ("expect_column_values_to_be_unique", {}, "by itself"),
        ("expect_column_values_to_not_be_null", '{"a":', "no JSON"),
        ("expect_column_values_to_not_be_null", "[]", "no JSON object"),
        ("expect_column_values_to_not_be_null", {"mostly": 0.5}, "takes none"),
        ("expect_column_values_to_match_regex", {"regx": "a"}, "takes regex"),
        ("expect_column_values_to_match_regex", {"column": "a"}, "takes regex"),
        ("expect_column_values_to_match_regex", {}, "takes regex"),
        ("expect_column_values_to_match_regex", {"regex": "("}, "unterminated"),
        ("expect_column_values_to_be_in_set", {"value_set": "a"}, "valid list"),
        ("expect_column_values_to_be_in_set", {"value_set": {"a": 1}}, "value_set"),
        ("expect_column_values_to_be_in_set", {"value_set": []}, "must compare"),
        ("expect_column_values_to_be_in_set", {"value_set": [1, "a"]}, "must compare"),
        ("expect_column_values_to_be_in_set", {"value_set": [True]}, "must compare"),
        ("expect_column_values_to_be_between", {"min_value": "a"}, "valid float"),
        ("expect_column_values_to_be_between", {"min_value": None}, "None"),
        (
            "expect_column_values_to_be_between",
            {"min_value": 1, "max_value": "2026-01-01 00:00:00"},
            "must compare",
        ),
        (
            "expect_column_values_to_be_between",
            {"min_value": 3, "max_value": 2},
            "greater than max_value",
        ),
        ("expect_column_values_to_match_like_pattern", {"like_pattern": "a"}, "Pandas"),
    ],
)
@pytest.mark.parametrize("passages", [["a"], []])
def test_a_rule_that_cannot_be_applied_is_refused_by_name(
    completeness: ModuleType,
    warehouse: duckdb.DuckDBPyConnection,
    expectation: str,
    arguments: dict[str, Any] | str,
    reason: str,
    passages: list[str | None],
) -> None:
    add_rule(warehouse, "expect_column_values_to_be_null", {}, [None], "another")
    add_rule(warehouse, expectation, arguments, passages, "mistaken")

    with pytest.raises(
        ValueError,
        match=f"seed completeness_rules, row mistaken: {expectation} .*(?s:.*){reason}",
    ):
        completeness.model(Dbt(warehouse), warehouse)


def add_random_passages(warehouse: duckdb.DuckDBPyConnection, count: int) -> None:
    """Add four rules with `count` passages each, a tenth of their values absent."""
    for rule_id, expectation, arguments in [
        ("there", "expect_column_values_to_not_be_null", {}),
        ("known", "expect_column_values_to_be_in_set", {"value_set": ["12", "ab"]}),
        ("formed", "expect_column_values_to_match_regex", {"regex": "^[0-9]+$"}),
        (
            "plausible",
            "expect_column_values_to_be_between",
            {"min_value": 10, "max_value": 90},
        ),
    ]:
        add_rule(warehouse, expectation, arguments, [], rule_id)
    warehouse.execute(
        """
        insert into passages
        select
            rules.rule_id,
            'event' || numbers.number,
            case
                when hash(numbers.number, 1) % 10 = 0 then null
                when hash(numbers.number, 2) % 10 = 0 then 'ab'
                else cast(hash(numbers.number, 3) % 100 as varchar)
            end

        from rules
        cross join range($count) as numbers (number)
        """,
        {"count": count},
    )


def test_a_large_log_fails_as_plain_sql_says(
    completeness: ModuleType, warehouse: duckdb.DuckDBPyConnection
) -> None:
    add_random_passages(warehouse, 50_000)
    expected = warehouse.execute(
        """
        select rule_id, event_id, field_value
        from passages
        where
            case rule_id
                when 'there' then field_value is null
                when 'known' then field_value not in ('12', 'ab')
                when 'formed' then field_value = 'ab'
                when 'plausible'
                    then
                        field_value = 'ab'
                        or try_cast(field_value as integer) not between 10 and 90
            end
        order by rule_id, event_id
        """
    ).fetchall()

    assert len({rule_id for rule_id, *_ in expected}) == 4
    assert failures(completeness, warehouse) == expected


def test_chunks_find_what_one_chunk_finds(
    completeness: ModuleType,
    warehouse: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_random_passages(warehouse, 2_000)
    at_once = failures(completeness, warehouse)

    warehouse.execute("drop table int_gate_verdicts")
    monkeypatch.setattr(completeness, "CHUNK_ROWS", 30)

    assert failures(completeness, warehouse) == at_once


@pytest.mark.parametrize(("passages", "is_imported"), [([], False), (["a"], True)])
def test_great_expectations_is_imported_only_where_there_is_something_to_check(
    warehouse: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    passages: list[str | None],
    is_imported: bool,
) -> None:
    add_rule(warehouse, "expect_column_values_to_not_be_null", {}, passages)
    warehouse.execute(f"export database '{tmp_path}'")
    script = f"""
import importlib.util, logging, sys
import duckdb
logging.basicConfig(level=logging.INFO)
spec = importlib.util.spec_from_file_location("int_gate_verdicts", {str(MODEL)!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
assert "great_expectations" not in sys.modules
connection = duckdb.connect()
connection.execute("import database '{tmp_path}'")
class Dbt:
    class this:
        database, schema, identifier = "memory", "main", "int_gate_verdicts"
    ref = staticmethod(connection.table)
    config = staticmethod(lambda **_: None)
module.model(Dbt, connection)
assert ("great_expectations" in sys.modules) is {is_imported}
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_a_value_is_judged_once(
    completeness: ModuleType,
    warehouse: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_set = "expect_column_values_to_be_in_set"
    add_rule(warehouse, in_set, {"value_set": ["a"]}, ["a", "b"])
    first = failures(completeness, warehouse)
    start = completeness.frame_batches
    monkeypatch.setattr(completeness, "frame_batches", lambda: pytest.fail("asked"))

    warehouse.execute("insert into passages values ('rule', 'again', 'b')")
    assert failures(completeness, warehouse) == [
        ("rule", "again", "b"),
        *first,
    ]
    monkeypatch.setattr(completeness, "frame_batches", start)
    # Another value is judged, another definition asks again, and so does another judge.
    warehouse.execute("insert into passages values ('rule', 'new', 'c')")
    assert failures(completeness, warehouse)[-1] == ("rule", "new", "c")
    warehouse.execute("update rules set arguments = ?", ['{"value_set": ["b", "c"]}'])
    assert failures(completeness, warehouse) == [("rule", "e0", "a")]
    warehouse.execute(
        "update int_gate_verdicts set is_failing = not is_failing, judge = 'other'"
    )
    assert failures(completeness, warehouse) == [("rule", "e0", "a")]


def test_where_no_python_model_runs_a_build_names_the_rules(
    demo: Path, tmp_path: Path
) -> None:
    project = copied_project(tmp_path / "project")
    (project / "macros/project/runs_python_models.sql").write_text(
        "{% macro runs_python_models() -%}{{ return(false) }}{%- endmacro %}"
    )
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(demo / "warehouse.duckdb", home)

    said = dbt_done(project, home, "run", "--select", "int_gate_failures")

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        (rules,) = warehouse.execute(
            "select string_agg(rule_id, ', ' order by rule_id)"
            " from intermediate.int_gate_values where is_trial"
        ).fetchone()
        assert warehouse.table("intermediate.int_gate_failures").fetchall() == []
    assert any(
        line.endswith(f"since this engine runs no Python models: {rules}")
        for line in said
    )
