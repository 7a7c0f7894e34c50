"""The comparison with other tools, on results made by hand."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from bench.speed.compare import TABLES, Run, differences, ratios_table

COMPARE = Path(__file__).parents[2] / "bench" / "speed" / "compare.py"
RESULTS = {
    "variants": "('paid > sent', 2), ('paid > paid > sent', 1)",
    "dfg": "('paid', 'sent', 3, 60.0), ('paid', 'paid', 1, 30.5)",
    "start_end": "('start', 'paid', 3), ('end', 'sent', 3)",
    "rework": "('paid', 1)",
    "durations": "('A', 60.0), ('B', 60.0), ('C', 90.5)",
    "business": "('A', 60.0), ('B', 0.0), ('C', 30.0)",
}


def write(folder, **changed):
    """Write a folder of results, with other rows for the tables named."""
    folder.mkdir()
    for name, rows in {**RESULTS, **changed}.items():
        columns = (*TABLES[name].keys, *TABLES[name].rules)
        typed = ", ".join(
            f"cast({column} as double) as {column}" if "seconds" in column else column
            for column in columns
        )
        duckdb.sql(
            f"select {typed} from (values {rows}) as result ({', '.join(columns)})"
        ).write_parquet(str(folder / f"{name}.parquet"))
    return folder


def write_run(folder, seconds, *, mebibytes, business_case_count=3):
    """Write what the run took."""
    run = {
        "seconds": seconds,
        "peak_bytes": mebibytes * 2**20,
        "case_count": 3,
        "business_case_count": business_case_count,
    }
    (folder / "run.json").write_text(json.dumps(run))


def test_equal_results_have_no_difference(tmp_path):
    assert differences(write(tmp_path / "one"), write(tmp_path / "two")) == []


@pytest.mark.parametrize(
    ("table", "rows", "told"),
    [
        (
            "variants",
            "('paid > sent', 3), ('paid > paid > sent', 1)",
            "variants paid > sent: case_count is 2 in one, 3 in two",
        ),
        (
            "variants",
            "('paid > sent', 2)",
            "variants paid > paid > sent: case_count is 1 in one, None in two",
        ),
        (
            "dfg",
            "('paid', 'sent', 3, 60.001), ('paid', 'paid', 1, 30.5)",
            "dfg paid | sent: mean_seconds is 60.0 in one, 60.001 in two",
        ),
        (
            "rework",
            "('paid', 1), ('sent', 1)",
            "rework sent: case_count is None in one, 1 in two",
        ),
        (
            "durations",
            "('A', 60.0), ('B', 60.0), ('C', 89.5)",
            "durations C: seconds is 90.5 in one, 89.5 in two",
        ),
        (
            "durations",
            "('A', 60.0), ('B', 60.0), ('B', 60.0), ('C', 90.5)",
            "durations B: seconds is 60.0 in one, 120.0 in two",
        ),
        (
            "business",
            "('A', 60.0), ('D', 5.0)",
            "business D: seconds is None in one, 5.0 in two",
        ),
    ],
)
def test_a_difference_is_named(tmp_path, table, rows, told):
    one, two = write(tmp_path / "one"), write(tmp_path / "two", **{table: rows})
    assert differences(one, two) == [told]


def test_dropped_fractions_of_a_second_are_within_the_slack(tmp_path):
    one = write(tmp_path / "one")
    two = write(
        tmp_path / "two",
        dfg="('paid', 'sent', 3, 60.0), ('paid', 'paid', 1, 30.0)",
        durations="('A', 60.0), ('B', 60.0), ('C', 90.0)",
    )
    assert len(differences(one, two)) == 1
    assert differences(one, two, slack_seconds=1) == []


def test_business_hours_of_a_sample_are_enough(tmp_path):
    one = write(tmp_path / "one")
    two = write(tmp_path / "two", business="('B', 0.0)")
    assert differences(one, two) == []


def test_a_missing_file_is_a_difference(tmp_path):
    one, two = write(tmp_path / "one"), write(tmp_path / "two")
    (two / "rework.parquet").unlink()
    assert differences(one, two) == [f"rework: there is no {two}/rework.parquet"]


def test_many_differences_are_counted(tmp_path):
    one = write(tmp_path / "one")
    two = write(
        tmp_path / "two", rework=", ".join(f"('event {n:02}', 1)" for n in range(20))
    )
    found = differences(one, two)
    assert len(found) == 11
    assert found[-1] == "rework: case_count differs in 11 more rows"


def test_ratios_are_to_the_first_run(tmp_path):
    one, two = write(tmp_path / "one"), write(tmp_path / "two")
    write_run(one, {"variants": 0.5, "business": 0.1}, mebibytes=100)
    write_run(
        two,
        {"read": 1.0, "variants": 2.0, "business": 1.0},
        mebibytes=250,
        business_case_count=1,
    )
    assert ratios_table([Run.of(one), Run.of(two)]).splitlines() == [
        "| step | one, s | two, s | two / one |",
        "| --- | ---: | ---: | ---: |",
        "| variants | 0.50 | 2.00 | 4.0 |",
        "| read |  | 1.00 |  |",
        "| total | 0.50 | 3.00 | 6.0 |",
        "| business hours | 0.10 | 3.00 | 30.0 |",
        "| peak memory, MiB | 100 | 250 | 2.5 |",
        "",
        "Business hours of two are scaled up from 1 of 3 cases.",
    ]


@pytest.mark.parametrize(("count", "code"), [(1, 0), (2, 1)])
def test_the_command_fails_where_results_differ(tmp_path, count, code):
    folders = [
        write(tmp_path / "one"),
        write(tmp_path / "two", rework=f"('paid', {count})"),
    ]
    for folder in folders:
        write_run(folder, {"variants": 1.0}, mebibytes=1)
    done = subprocess.run(
        [sys.executable, COMPARE, *folders], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert "| total | 1.00 | 1.00 | 1.0 |" in done.stdout
    assert ("rework paid" in done.stderr) == bool(code)
