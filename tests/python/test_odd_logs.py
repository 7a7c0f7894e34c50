"""Small logs that are easily read wrong, and what is right."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from building import PROJECT, dbt_done
from raw_logs import add_lines

pytestmark = pytest.mark.long
# Rows as they stand in the demo's raw tables.
ADDED = {
    # Times with offsets; two updates of one second, of which the later opens the ticket
    # again; a severity that nothing orders; a tab behind an id.
    "raw_desk_ticket_audit": """
HD9001,1,Open,2026-04-10T10:00:00+02:00,customer,email,berlin,,,2026-04-10T08:05:20Z
HD9001,2,Working,2026-04-10T10:20:00+0200,agent_a,email,berlin,,,2026-04-10T10:25:20+02
HD9001,3,Solved,2026-04-10T04:30:00-05:00,agent_b,email,berlin,R-101,"{""resolution_code"": ""R-101""}",2026-04-10T09:35:20Z
HD9002,1,Open,2026-04-09T08:00:00Z,customer,email,berlin,,,2026-04-09T08:05:20Z
HD9002,2,Working,2026-04-09T08:30:00Z,agent_a,email,berlin,,,2026-04-09T08:35:20Z
HD9002,3,Solved,2026-04-09T09:00:00Z,agent_a,email,berlin,R-101,"{""resolution_code"": ""R-101""}",2026-04-09T09:05:20Z
HD9002,4,Working,2026-04-09T09:00:00Z,automation,email,berlin,,,2026-04-09T09:05:20Z
HD9004,1,Open,2026-04-09T08:00:00Z,customer,email,berlin,,,2026-04-09T08:05:20Z
HD9004,2,Working,2026-04-09T08:30:00Z,agent_a,email,berlin,,,2026-04-09T08:35:20Z
HD9004,3,Solved,2026-04-10T12:00:00Z,agent_a,email,berlin,R-101,"{""resolution_code"": ""R-101""}",2026-04-10T12:05:20Z
HD9005,1,Open,2026-04-09T08:00:00Z,customer,email,berlin,,,2026-04-09T08:05:20Z
HD9005,2,Working,2026-04-09T08:30:00Z,agent_a,email,berlin,,,2026-04-09T08:35:20Z
HD9005\t,3,Solved,2026-04-09T09:00:00Z,agent_a,email,berlin,R-101,"{""resolution_code"": ""R-101""}",2026-04-09T09:05:20Z
hd9005,1,Open,2026-04-09T08:00:00Z,customer,email,berlin,,,2026-04-09T08:05:20Z
""",
    "raw_desk_tickets": """
HD9001,P1,100.00,false,2026-04-10T10:05:20+02:00
HD9002,P1,100.00,false,2026-04-09T08:05:20Z
HD9003,P1,100.00,false,2026-04-09T08:05:20Z
HD9004,P3,100.00,false,2026-04-09T08:05:20Z
HD9004,P1,100.00,false,2026-04-09T08:05:20Z
HD9005,P1,100.00,false,2026-04-09T08:05:20Z
""",
    # Cancelled the day after it was due.
    "raw_shop_order_log": """
SO-109001,990001,SO-109001-01,PLACED,06.04.2026 08:00:00,,shop,phone,62.76,,,2026-04-06T06:05:20Z
SO-109001,990002,SO-109001-02,PAID,06.04.2026 08:05:00,,payment_service,phone,62.76,,,2026-04-06T06:10:20Z
SO-109001,990003,SO-109001-03,VOIDED,09.04.2026 09:00:00,,shop,phone,62.76,,,2026-04-09T07:05:20Z
""",
    "raw_shop_orders": """
SO-109001,standard,08.04.2026 22:00:00,"62,76",no,2026-04-06T06:05:20Z
""",
}
Ask = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def ask(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Build the demo with the rows added; return queries on its marts."""
    home = tmp_path_factory.mktemp("odd") / "home"
    shutil.copytree(demo, home)
    warehouse = str(home / "warehouse.duckdb")
    for table, text in ADDED.items():
        add_lines(home, table, text)
    dbt_done(PROJECT, home, "run")

    def answer(query: str) -> list[tuple[object, ...]]:
        with duckdb.connect(warehouse, read_only=True) as connection:
            return connection.execute(f"use marts; {query}").fetchall()

    return answer


def timeline(ask: Ask, case: str) -> list[tuple[object, ...]]:
    return ask(
        "select event_name, strftime(occurred_at, '%d %H:%M'), status_after"
        f" from fct_case_events where case_id = '{case}' order by event_number"
    )


def verdicts(ask: Ask, case: str) -> list[tuple[object, ...]]:
    return ask(
        "select slo_id, early_verdict, strftime(settled_at, '%d %H:%M')"
        f" from fct_sli_cases where case_id = '{case}' order by slo_id"
    )


def test_an_offset_says_when_it_was(ask: Ask) -> None:
    assert timeline(ask, "HD9001") == [
        ("new", "10 08:00", "open"),
        ("in_progress", "10 08:20", "open"),
        ("resolved", "10 09:30", "good"),
    ]
    assert ask(
        "select strftime(max(loaded_at), '%d %H:%M:%S') from fct_case_events"
        " where case_id = 'HD9001' and event_name = 'in_progress'"
    ) == [("10 08:25:20",)]
    assert ask("select is_open from fct_cases where case_id = 'HD9001'") == [(False,)]
    assert verdicts(ask, "HD9001") == [
        ("tickets_resolved_first_time", "good", "17 09:30"),
        ("tickets_resolved_within_sla", "good", "10 09:30"),
    ]


def test_an_audit_table_knows_the_order_of_one_second(ask: Ask) -> None:
    assert timeline(ask, "HD9002")[2:] == [
        ("resolved", "09 09:00", "good"),
        ("in_progress", "09 09:00", "open"),
    ]
    assert ask(
        "select is_open, reopening_count from fct_cases where case_id = 'HD9002'"
    ) == [(True, 1)]
    assert [verdict for _, verdict, _ in verdicts(ask, "HD9002")] == ["bad", "good"]


def test_a_row_about_a_case_without_an_event_is_accounted_for(ask: Ask) -> None:
    assert ask("select * from fct_cases where case_id = 'HD9003'") == []
    assert ask(
        "select without_event_count from fct_case_log_quality"
        " where journey = 'ticket_to_resolution'"
    ) == [(1,)]


def test_what_nothing_orders_is_told(ask: Ask) -> None:
    assert ask(
        "select subject, row_count from fct_warnings"
        " where warning = 'rows of one load disagree'"
    ) == [("stg_desk__tickets", 1)]


def test_an_id_is_what_one_sees_of_it(ask: Ask) -> None:
    assert [name for name, *_ in timeline(ask, "HD9005")] == [
        *("new", "in_progress", "resolved"),
    ]
    assert ask(
        "select event_id from fct_case_events where case_id = 'HD9005' order by event_id"
    ) == [
        *(("HD9005/1",), ("HD9005/2",), ("HD9005/3",)),
    ]
    assert ask(
        "select visible_id, similar_to, event_count from fct_similar_ids order by all"
    ) == [("HD9005", "hd9005", 3), ("hd9005", "HD9005", 1)]


def test_cancelled_when_it_was_late_is_late(ask: Ask) -> None:
    # Due on the 8th at 22:00 in Berlin, and a day after it was placed.
    assert verdicts(ask, "SO-109001") == [
        ("orders_shipped", "bad", "08 20:00"),
        ("orders_shipped_within_24h", "bad", "07 06:00"),
    ]
    assert ask("select ended_as from fct_cases where case_id = 'SO-109001'") == [
        ("excluded",)
    ]
