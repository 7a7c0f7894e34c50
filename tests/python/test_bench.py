"""The log of the benchmark is what it says, and the same on every run."""

import os
import sys
from pathlib import Path

import duckdb
import pytest
from building import PROJECT
from conftest import an_exception, build_warehouse
from offpath.warehouse.marts import load_mart

from bench import builds, dialects, routing
from bench.process import measured_with_all
from bench.speed import generate

CASES = 6000
ENDS = "('shipped', 'order_cancelled', 'fulfilment_failed')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench_log")
    generate.write_log(folder, CASES)
    generate.write_increment(folder, CASES)
    return folder


@pytest.fixture(scope="module")
def log(folder: Path) -> duckdb.DuckDBPyConnection:
    """Tables: `deliveries` and `increment`; `events`, the first delivery of each."""
    connection = duckdb.connect()
    connection.execute(
        f"""
        create table deliveries as
        select
            *,
            row_number() over (partition by event_id order by loaded_at)
                as delivery_number
        from '{folder}/events/log_*.parquet';
        create table events as
        from deliveries where delivery_number = 1 and case_id is not null;
        create table increment as from '{folder}/events/increment_*.parquet';
        """
    )
    return connection


def value(log: duckdb.DuckDBPyConnection, query: str) -> float:
    return float(log.sql(query).fetchall()[0][0])


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*.parquet")
    }


def test_a_second_run_writes_the_same_files(folder, tmp_path):
    generate.write_log(tmp_path, CASES)
    generate.write_increment(tmp_path, CASES)
    assert files(tmp_path) == files(folder)


def test_a_log_of_several_files_has_the_rows_of_one(log, tmp_path, monkeypatch):
    monkeypatch.setattr(generate, "CASES_PER_FILE", CASES // 4 + 1)
    generate.write_log(tmp_path, CASES)
    assert len(list(tmp_path.glob("events/*.parquet"))) == 4
    log.execute(f"create or replace view parts as from '{tmp_path}/events/*.parquet'")
    missing = log.sql(
        "select * exclude (delivery_number) from deliveries except all from parts"
    )
    assert missing.fetchall() == []
    assert value(log, "select count(*) from parts") == value(
        log, "select count(*) from deliveries"
    )


def test_a_case_has_about_eight_events(log):
    mean = value(log, "select count(*) / count(distinct case_id) from events")
    assert mean == pytest.approx(8, rel=0.1)


def test_every_event_is_one_of_the_journey(log):
    definitions = PROJECT / "seeds" / "definitions" / "journey_events.csv"
    unknown = log.sql(
        f"""
        select distinct event_name
        from (
                select event_name from deliveries
                union all
                select event_name from increment
            )
        where event_name not in (
            select event_name from '{definitions}' where journey = 'order_to_ship'
        )
        """
    ).fetchall()
    assert unknown == []


SLOW = """
    with entered as (
        select
            case_id,
            min(occurred_at) filter (event_name = 'order_placed') as placed_at,
            min(occurred_at) filter (event_name = 'payment_captured') as paid_at,
            min(occurred_at) filter (event_name = 'inventory_allocated') as held_at
        from events
        group by case_id
    )
    select count(*) from entered
    where paid_at - placed_at > interval 15 minutes
        or held_at - paid_at > interval 2 hours
"""
INCOMPLETE = """
    select count(distinct case_id) from events
    where event_name = 'shipped' and (attributes->>'tracking_number') is null
        or event_name = 'shipped' and (attributes->>'carrier') = 'by hand'
        or event_name = 'packed' and cast(attributes->>'weight_kg' as double) > 31.5
"""
OFF_PATH = """
    select count(distinct case_id) from (
        select
            *,
            lag(event_name) over (partition by case_id order by source_sequence)
                as previous_event_name
        from events
    )
    where event_name = 'fulfilment_escalated'
        and previous_event_name <> 'label_print_failed'
"""
OPEN = f"""
    select count(*) from (
        select case_id from events
        group by case_id having not bool_or(event_name in {ENDS})
    )
"""


@pytest.mark.parametrize(
    ("query", "share"),
    [(SLOW, 0.02), (INCOMPLETE, 0.01), (OFF_PATH, 0.01), (OPEN, 0.0035)],
    ids=["slow", "incomplete", "off_path", "open"],
)
def test_so_many_cases_are(log, query, share):
    assert value(log, query) / CASES == pytest.approx(share, rel=0.3)


@pytest.mark.parametrize(
    ("condition", "share"),
    [
        ("delivery_number > 1 and reason_code is null", 0.005),
        ("delivery_number > 1 and reason_code = 'corrected'", 0.001),
        ("case_id is null", 0.0001),
    ],
    ids=["delivered_again", "corrected", "without_case"],
)
def test_so_many_deliveries_are(log, condition, share):
    found = value(log, f"select count(*) from deliveries where {condition}")
    total = value(log, "select count(*) from deliveries")
    assert found / total == pytest.approx(share, rel=0.5)


def test_what_is_delivered_again_is_the_same_and_what_is_corrected_is_not(log):
    content = "* exclude (loaded_at, delivery_number)"
    differing = log.sql(
        f"""
        select distinct reason_code from (
            select {content} from deliveries where delivery_number > 1
            except all select {content} from events
        )
        """
    ).fetchall()
    assert differing == [("corrected",)]


def test_the_log_has_landed_by_its_end_and_the_increment_in_the_day_after(log):
    landed = "select min(loaded_at), max(loaded_at), max(occurred_at) from"
    _, log_landed, _ = log.sql(f"{landed} deliveries").fetchall()[0]
    first, last, occurred = log.sql(f"{landed} increment").fetchall()[0]
    assert log_landed <= generate.ENDS_AT < first
    assert occurred < last <= generate.INCREMENT_ENDS_AT


def test_the_increment_touches_one_case_in_a_hundred(log):
    share = value(log, "select count(distinct case_id) from increment") / CASES
    assert share == pytest.approx(0.01, abs=0.003)


def test_a_few_rows_of_the_increment_are_of_cases_that_ended_long_ago(log):
    late = value(
        log,
        f"""
        select count(distinct case_id) from increment
        semi join (select case_id from events where event_name in {ENDS}) using (case_id)
        """,
    )
    touched = value(log, "select count(distinct case_id) from increment")
    assert 0 < late < touched / 2


def test_each_case_of_the_log_has_one_row_of_its_own(folder, log):
    orders = f"'{folder}/orders/log_*.parquet'"
    assert value(log, f"select count(distinct case_id) from {orders}") == CASES
    assert value(log, f"select count(*) from {orders}") == CASES


def test_marts_that_are_not_the_same_are_named(tmp_path):
    one, other = (
        build_warehouse(tmp_path / name, [an_exception(1)]) for name in ("a", "b")
    )
    assert builds.differences(one, other) == []
    with duckdb.connect(str(other)) as connection:
        connection.execute("update marts.fct_exceptions set priority = 1")
    assert builds.differences(one, other) == ["fct_exceptions: 2 rows are not in both"]


def test_the_router_is_measured_on_marts_that_it_can_read(tmp_path):
    routing.make_warehouse(tmp_path, 50)
    routing.make_old(tmp_path, 50)
    assert len(load_mart(tmp_path / "warehouse.duckdb").exceptions) == 50


def test_what_another_dialect_lacks_does_not_know_or_cannot_read_is_told():
    models = {
        "plain": "select count(*) as number from cases",
        "unknown": "select to_seconds(1) as span",
        "lacking": "select last_value(a ignore nulls) over (order by b) as c from d",
    }
    outcome = dialects.translated(models, "postgres")
    assert outcome.translated == 3
    assert outcome.unknown == {"`to_seconds`": 1}
    assert outcome.remarks == {"PostgreSQL does not support IGNORE NULLS": 1}
    assert dialects.translated({"broken": "select (("}, "trino").unread == ["broken"]


def test_what_a_command_starts_is_measured_with_it(tmp_path):
    child = "import time; kept = b'x' * 200_000_000; sum(range(10**7)); time.sleep(1.5)"
    command = [
        sys.executable,
        "-c",
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])",
    ]
    usage = measured_with_all(command, os.environ, tmp_path, tmp_path / "output.txt")
    assert usage.peak_bytes > 200_000_000
    assert 0 < usage.cpu_seconds < 60 * usage.seconds
    assert usage.seconds > 1.5
