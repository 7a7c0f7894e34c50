"""What the comparison of two engines takes for the same, and what not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from bench.engines.compare import compared_with_files, differing, left_out

HERE = "select 1 as id, 'a' as name, 0.5e0 as share, 7 as run_number"


def sentences(tmp_path: Path, here: str, there: dict[str, str]) -> list[str]:
    """Compare the table `marts.one` with Parquet files; return what differs."""
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as warehouse:
        warehouse.execute("create schema marts; create schema intermediate")
        warehouse.execute("create table intermediate.offpath_plan as select 1 as node")
        warehouse.execute(f"create table marts.one as {here}")
        files = {}
        for table, query in there.items():
            file = tmp_path / f"{table}.parquet"
            warehouse.execute(f"copy ({query}) to '{file}'")
            files["marts", table] = str(file)
    return differing(compared_with_files(tmp_path / "warehouse.duckdb", files))


@pytest.mark.parametrize(
    "there",
    [
        HERE,
        # Another type of the same value, another order of columns, another run.
        "select 0.5e0 as share, 'a' as name, cast(1 as bigint) as id, 0 as run_number",
        # The last digits of a double.
        "select 1 as id, 'a' as name, 0.5e0 + 1e-12 as share, 7 as run_number",
    ],
)
def test_tables_of_the_same_rows_are_equal(tmp_path: Path, there: str) -> None:
    assert sentences(tmp_path, HERE, {"one": there}) == []


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        (f"{HERE} union all {HERE}", "1 rows are not in both"),
        (f"{HERE} limit 0", "1 rows are not in both"),
        (HERE.replace("'a'", "'b'"), "2 rows are not in both"),
        (HERE.replace("0.5e0", "0.5e0 + 1e-6"), "2 rows are not in both"),
        (HERE.replace("0.5e0", "cast(null as double)"), "2 rows are not in both"),
        (f"{HERE}, 1 as more", "columns of one engine only: more"),
    ],
)
def test_what_differs_is_told(tmp_path: Path, there: str, sentence: str) -> None:
    assert sentences(tmp_path, HERE, {"one": there}) == [f"marts.one: {sentence}"]


def test_doubles_are_paired_within_the_rows_of_the_same_other_columns(
    tmp_path: Path,
) -> None:
    here = "select 'a' as name, unnest([1.0e0, 2.0e0]) as share"
    there = "select 'a' as name, unnest([2.0e0, 1.0e0 + 1e-12]) as share"
    assert sentences(tmp_path, here, {"one": there}) == []


def test_a_table_of_one_engine_is_told(tmp_path: Path) -> None:
    assert sentences(tmp_path, HERE, {"other": HERE}) == [
        "marts.one: of one engine only",
        "marts.other: of one engine only",
    ]


def test_what_is_left_out_is_named_with_its_reason(tmp_path: Path) -> None:
    assert sentences(tmp_path, HERE, {"one": HERE}) == []
    files = {("marts", "one"): str(tmp_path / "one.parquet")}
    told = left_out(compared_with_files(tmp_path / "warehouse.duckdb", files))
    assert "run_number of one: counts builds, where increments are kept" in told
