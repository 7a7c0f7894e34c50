"""Instants in what is published: the same in every zone and to every reader."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from building import PROJECT
from click.testing import Result
from conftest import an_exception, build_warehouse
from routed import ROUTE

Offpath = Callable[..., Result]

ZONES = ("UTC", "Europe/Berlin", "America/New_York")
NOW = "2026-04-01 12:00:00+00"
# Due in UTC. As a wall clock of Berlin four of them were past at noon UTC (14:00 there),
# as one of New York (08:00) none.
DUE = ("10:00:00", "11:30:00", "12:30:00", "13:30:00")
OVERDUE = {"overdue": 2, "open": len(DUE), "first_due": "2026-04-01T10:00:00+00:00"}

# Readers are programs of their own, in a session of another zone; each prints what it
# makes of both forms of the set, or of the Parquet alone.
DUCKDB = """
import json, sys
from datetime import datetime, timezone
import duckdb
current, now = sys.argv[1:]
connection = duckdb.connect(f"{current}/marts.duckdb", read_only=True)
for source in ("marts.fct_exceptions", f"'{current}/fct_exceptions.parquet'"):
    answer = connection.execute(
        "select count(*), count(case when respond_by_at < timestamptz '" + now + "' then 1 end),"
        " epoch_ms(min(respond_by_at)), current_setting('TimeZone')"
        f" from {source} where is_open"
    )
    number, overdue, first, zone = answer.fetchall()[0]
    first = datetime.fromtimestamp(first / 1000, timezone.utc)
    print(json.dumps({"overdue": overdue, "open": number, "first_due": first.isoformat()}))
print(json.dumps({"zone": zone}))
"""
PANDAS = """
import json, os, sys
import pandas
current, now = sys.argv[1:]
table = pandas.read_parquet(f"{current}/fct_exceptions.parquet", engine="pyarrow")
due = table[table.is_open].respond_by_at
overdue = int((due < pandas.Timestamp(now)).sum())
print(json.dumps({"overdue": overdue, "open": len(due), "first_due": due.min().isoformat()}))
print(json.dumps({"zone": os.environ["TZ"]}))
"""
POLARS = """
import json, os, sys
from datetime import datetime
import polars
current, now = sys.argv[1:]
table = polars.read_parquet(f"{current}/fct_exceptions.parquet")
due = table.filter("is_open")["respond_by_at"]
overdue = int((due < datetime.fromisoformat(now)).sum())
print(json.dumps({"overdue": overdue, "open": len(due), "first_due": due.min().isoformat()}))
print(json.dumps({"zone": os.environ["TZ"]}))
"""
PROGRAMS = {"duckdb": DUCKDB, "pyarrow": PANDAS, "polars": POLARS}
READERS = [
    line
    for line in (Path(__file__).parent / "readers.txt").read_text().splitlines()
    if not line.startswith("#")
]


def build_due(home: Path) -> None:
    """Build an open exception for each due time, and one that is over."""
    rows = [
        an_exception(number, respond_by_at=f"2026-04-01 {due}")
        for number, due in enumerate(DUE)
    ]
    build_warehouse(home, [*rows, an_exception(9, is_open=False)])


def asked(program: str, packages: Path | None, home: Path, zone: str) -> list[object]:
    """Run a reader over the set, in a session of a zone; return what it printed."""
    run = subprocess.run(
        [sys.executable, "-c", program, str(home / "published/current"), NOW],
        env=os.environ
        | {"TZ": zone}
        | ({"PYTHONPATH": str(packages)} if packages else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    *answers, session = map(json.loads, run.stdout.splitlines())
    assert session == {"zone": zone}
    return answers


@pytest.mark.parametrize("zone", ZONES)
def test_what_is_overdue_is_the_same_in_every_zone(
    home: Path, offpath: Offpath, zone: str
) -> None:
    build_due(home)
    assert offpath("publish").exit_code == 0
    assert asked(DUCKDB, None, home, zone) == [OVERDUE, OVERDUE]


@pytest.mark.parametrize("reader", READERS)
def test_another_reader_makes_the_same_of_a_set_in_every_zone(
    home: Path, offpath: Offpath, reader: str
) -> None:
    packages = PROJECT / "target" / "readers" / reader
    if not packages.exists():
        pytest.skip(f"{reader} is not in target/readers: `make readers`")
    program = PROGRAMS[reader.partition("==")[0]]
    build_due(home)
    assert offpath("publish").exit_code == 0
    for zone in ZONES:
        answers = asked(program, packages, home, zone)
        assert answers == [OVERDUE] * (2 if program is DUCKDB else 1), zone


def test_the_warehouse_has_no_zone_and_the_set_has_it_in_both_forms(
    home: Path, offpath: Offpath
) -> None:
    build_due(home)
    with duckdb.connect(str(home / "warehouse.duckdb")) as warehouse:
        warehouse.execute(
            "create table marts.fct_own as select"
            " timestamptz '2026-04-01 12:00:00+02' as zoned_at,"
            " timestamp_ns '2026-04-01 12:00:00' as exact_at,"
            " [timestamp '2026-04-01 12:00:00'] as several_at"
        )
    assert offpath("publish").exit_code == 0
    types = (
        "select table_name, column_name, data_type from duckdb_columns()"
        " where data_type like 'TIMESTAMP%' and not internal order by all"
    )
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        built = {tuple(row[:2]): row[2] for row in warehouse.execute(types).fetchall()}
    current = home / "published/current"
    with duckdb.connect(str(current / "marts.duckdb"), read_only=True) as connection:
        found = {tuple(row[:2]): row[2] for row in connection.execute(types).fetchall()}
        (own,) = connection.execute(
            "select epoch_ms(zoned_at), epoch_ms(exact_at) from fct_own"
        ).fetchall()
    assert built.keys() == found.keys()
    assert set(built.values()) > {"TIMESTAMP"}
    assert found.pop(("fct_own", "several_at")) == "TIMESTAMP[]"
    assert set(found.values()) == {"TIMESTAMP WITH TIME ZONE"}
    ((noon,),) = duckdb.sql(
        "select epoch_ms(timestamp '2026-04-01 12:00:00')"
    ).fetchall()
    assert own == (noon - 2 * 3600 * 1000, noon)
    for table, column in found:
        ((logical,),) = duckdb.sql(
            f"select logical_type from parquet_schema('{current}/{table}.parquet')"
            f" where name = '{column}'"
        ).fetchall()
        assert "isAdjustedToUTC=1" in logical, (table, column)


COMMANDS = (
    ("status", "--as-of", "2026-04-01T12:00:00Z", "--json"),
    ("report", "--json"),
    ("report",),
    ("why", "00000001", "--json"),
    (*ROUTE, "--dry-run", "--json"),
)


def test_commands_read_a_set_as_they_read_a_warehouse(
    home: Path,
    tmp_path: Path,
    start: Callable[..., subprocess.Popen[str]],
    offpath: Offpath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a session of any zone, and publish the set anew as it is."""
    build_due(home)
    at_home = [offpath(*command).stdout for command in COMMANDS]
    assert "2026-04-01T10:00:00Z" in at_home[1]
    assert offpath("publish").exit_code == 0
    first = asked(DUCKDB, None, home, "UTC")
    (home / "warehouse.duckdb").rename(tmp_path / "away.duckdb")
    monkeypatch.setenv("TZ", "America/New_York")
    for command, expected in zip(COMMANDS, at_home, strict=True):
        run = start(*command)
        told, _ = run.communicate(timeout=60)
        assert (run.returncode, told) == (0, expected), command
    run = start("publish")
    _, noise = run.communicate(timeout=60)
    assert noise.startswith("warning: the set has no board")
    assert noise.count("\n") == 1
    assert asked(DUCKDB, None, home, "UTC") == first
