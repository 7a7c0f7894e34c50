"""What acts on the past has a validity in time: nothing turns what was settled."""

import csv
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest
from building import Runs, built_in_full, copied_project, dbt_done
from hypothesis import example, given
from hypothesis import strategies as st
from raw_logs import BEGIN, DAYS, RAW_TABLES, RawRow, add_lines, add_rows, random_log
from same_marts import differences
from searches import search

pytestmark = pytest.mark.long
SLA = "tickets_resolved_within_sla"
# What a build counted, and what it said then.
SETTLED = """
    select slo_id, case_id, verdict, counted_at, deadline_at, settled_at, severity
    from marts.fct_sli_cases
    where verdict in ('good', 'bad') and not is_provisional
    order by all
"""


def append(project: Path, seed: str, rows: list[tuple[object, ...]]) -> None:
    """Append rows to a definition of a copy of the project."""
    with (project / "seeds" / "definitions" / f"{seed}.csv").open("a") as lines:
        csv.writer(lines, lineterminator="\n").writerows(rows)


def change_definitions(project: Path, draw: Random, since: datetime, days: int) -> None:
    """Change hours, special days and thresholds on random days from an instant on."""

    def day() -> str:
        later = since + timedelta(days=1 + draw.randrange(days))
        return f"{later:%Y-%m-%d}"

    changed = set()
    for _ in range(6):
        calendar = draw.choice(["warehouse_hours", "support_hours"])
        row = (calendar, draw.randrange(1, 8), day())
        # Hours of a weekday change once a day.
        if row in changed:
            continue
        changed.add(row)
        hours = draw.choice([("08:00", "20:00"), ("10:30", "12:00"), ("", "")])
        append(
            project, "calendars", [(row[0], "Europe/Berlin", row[1], *hours, row[2])]
        )
    special = {
        (draw.choice(["warehouse_hours", "support_hours"]), day()) for _ in "123"
    }
    for each in special:
        hours = draw.choice([("07:00", "11:00"), ("", "")])
        append(project, "calendar_exceptions", [(*each, *hours, "special")])
    thresholds = {(draw.choice(["P1", "P2", "P3"]), day()) for _ in "123"}
    append(
        project,
        "slo_thresholds",
        [
            (SLA, severity, draw.choice([30, 240, 4000]), f"{since_day} 00:00:00")
            for severity, since_day in thresholds
        ],
    )


OBJECTIVES = """
shipped_when_due,order_to_ship,outcome,,,,0.9,28,,,,fulfilment,,,
tickets_right,ticket_to_resolution,composite,,,,0.9,28,,,,support,,,
"""


def add_objectives(project: Path) -> None:
    """Add an outcome without thresholds, and a composite of which a step pauses."""
    append(project, "slos", [tuple(line.split(",")) for line in OBJECTIVES.split()])
    steps = (SLA, "tickets_resolved_first_time")
    append(project, "slo_steps", [("tickets_right", step) for step in steps])


def landed_by(row: RawRow, instant: datetime) -> bool:
    """Return whether a row is there by an instant, as a build sees it."""
    landing = row.values[RAW_TABLES[row.table][-1]]
    return landing is None or datetime.fromisoformat(landing[:-1]) <= instant


def known_cases(home: Path) -> list[str]:
    """Return the cases of which the source has said something."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        found = connection.sql(
            "select case_id from intermediate.int_case_attributes order by case_id"
        ).fetchall()
    return [case_id for (case_id,) in found]


def said_again(draw: Random, case: str, instant: datetime) -> RawRow:
    """Return a row that says another severity and due time of a case."""
    landing = (
        f"{instant + timedelta(minutes=1 + draw.randrange(2000)):%Y-%m-%dT%H:%M:%SZ}"
    )
    if case.startswith("T"):
        values: dict[str, str | None] = {
            "ticket": case,
            "priority": draw.choice(["P1", "P2", "P3"]),
            "customer_value": "99.00",
            "is_test": "false",
            "synced_at": landing,
        }
        return RawRow("raw_desk_tickets", values, 0)
    due_at = BEGIN + timedelta(hours=draw.randrange(DAYS * 24))
    values = {
        "order_no": case,
        "priority": draw.choice(["standard", "express"]),
        "ship_by": f"{due_at:%d.%m.%Y %H:%M:%S}",
        "order_value": "99,00",
        "is_test": "no",
        "exported_at": landing,
    }
    return RawRow("raw_shop_orders", values, 0)


def settled(home: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        return connection.sql(SETTLED).fetchall()


@search(gate=0, deep=20)
@example(seed=20261129)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_later_change_moves_a_settled_verdict(
    seed: int, empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    draw = Random(seed)
    instant = BEGIN + timedelta(days=8)
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(empty, home, dirs_exist_ok=True)
    project = copied_project(tmp_path_factory.mktemp("settled") / "project")
    append(project, "slo_pauses", [(SLA, "awaiting_customer", "")])
    add_objectives(project)
    dbt_done(project, home, "seed", "--select", "offpath.definitions")
    rows = random_log(draw, batch_count=1)
    add_rows(home, [row for row in rows if landed_by(row, instant)])
    run = Runs(project)
    run(home, str(instant), "--select", "+fct_sli_cases")
    before = settled(home)

    change_definitions(project, draw, instant, days=6)
    append(project, "slo_pauses", [(SLA, "in_progress", f"{instant}")])
    dbt_done(project, home, "seed", "--select", "offpath.definitions")
    cases = known_cases(home)
    add_rows(home, [said_again(draw, case, instant) for case in cases for _ in "12"])
    run(home, str(instant + timedelta(days=3)), "--select", "+fct_sli_cases")

    assert len(before) > 15
    assert set(before) - set(settled(home)) == set()


@search(gate=0, deep=10)
@example(seed=7)
@given(seed=st.integers(0, 2**32 - 1))
def test_dated_definitions_replay_and_add_up(
    seed: int, empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A build of the past, and builds in turn, give what they would have given."""
    draw = Random(seed)
    then, later = (BEGIN + timedelta(days=days) for days in (6, 14))
    project = copied_project(tmp_path_factory.mktemp("dated") / "project")
    change_definitions(project, draw, BEGIN, days=DAYS)
    append(
        project,
        "slo_pauses",
        [(SLA, "awaiting_customer", ""), (SLA, "escalated", f"{then}")],
    )
    rows = random_log(draw, batch_count=1)
    homes = {name: tmp_path_factory.mktemp(name) for name in ("in_turn", "replayed")}
    run = Runs(project)
    for home in homes.values():
        shutil.copytree(empty, home, dirs_exist_ok=True)
        dbt_done(project, home, "seed", "--select", "offpath.definitions")
    in_turn, replayed = homes.values()
    add_rows(in_turn, [row for row in rows if landed_by(row, then)])
    add_rows(replayed, rows)

    run(in_turn, str(then))
    run(replayed, str(then))

    # What has not landed yet is counted, and nothing else is known of it.
    not_landed = ["raw_count", "not_yet_count"]
    counts = {"fct_event_log_quality": not_landed, "fct_case_log_quality": not_landed}
    warehouses = [home / "warehouse.duckdb" for home in homes.values()]
    assert differences(*warehouses, counts) == []

    add_rows(in_turn, [row for row in rows if not landed_by(row, then)])
    said = run(in_turn, str(later))
    assert not built_in_full(said)
    run(replayed, str(later), "--full-refresh")

    assert differences(*warehouses) == []


PINNED = """
HD9101,1,Open,2026-03-23T08:00:00Z,customer,email,berlin,,,2026-03-23T08:05:20Z
HD9101,2,Solved,2026-03-27T14:00:00Z,agent_a,email,berlin,R-101,"{""resolution_code"": ""R-101""}",2026-03-27T14:05:20Z
HD9102,1,Open,2026-03-23T08:00:00Z,customer,email,berlin,,,2026-03-23T08:05:20Z
HD9102,2,Solved,2026-03-25T08:00:00Z,agent_a,email,berlin,R-101,"{""resolution_code"": ""R-101""}",2026-03-25T08:05:20Z
HD9103,1,Open,2026-03-24T08:00:00Z,customer,email,berlin,,,2026-03-24T08:05:20Z
HD9103,2,Working,2026-03-24T09:00:00Z,agent_a,email,berlin,,,2026-03-24T09:05:20Z
HD9103,3,Pending,2026-03-24T12:00:00Z,agent_a,email,berlin,,,2026-03-24T12:05:20Z
HD9103,4,Working,2026-03-26T12:00:00Z,customer,email,berlin,,,2026-03-26T12:05:20Z
HD9103,5,Solved,2026-03-26T14:00:00Z,agent_a,email,berlin,R-101,"{""resolution_code"": ""R-101""}",2026-03-26T14:05:20Z
HD9104,1,Open,2026-04-09T08:00:00Z,customer,email,berlin,,,2026-04-09T08:05:20Z
HD9104,2,Pending,2026-04-09T12:00:00Z,agent_a,email,berlin,,,2026-04-09T12:05:20Z
"""
SAID = """
HD9101,P1,100.00,false,2026-03-23T08:05:20Z
HD9101,P3,100.00,false,2026-04-10T08:05:20Z
HD9102,P3,100.00,false,2026-03-23T08:05:20Z
HD9102,P1,100.00,false,2026-03-26T08:05:20Z
HD9103,P1,100.00,false,2026-03-24T08:05:20Z
HD9104,P1,100.00,false,2026-04-09T08:05:20Z
"""


def test_cases_that_became_others_and_one_that_waits(
    seeded: Path, tmp_path: Path
) -> None:
    project = copied_project(tmp_path / "project")
    append(project, "slo_pauses", [(SLA, "awaiting_customer", "")])
    home = tmp_path / "home"
    shutil.copytree(seeded, home)
    dbt_done(project, home, "seed", "--select", "offpath.definitions")
    add_lines(home, "raw_desk_ticket_audit", PINNED)
    add_lines(home, "raw_desk_tickets", SAID)
    dbt_done(project, home, "run", "--select", "+fct_sli_cases")

    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        verdicts = connection.sql(
            "select case_id, severity, verdict,"
            " strftime(deadline_at, '%d.%m. %H:%M'), is_paused"
            f" from marts.fct_sli_cases where slo_id = '{SLA}'"
            " and case_id like 'HD91%' order by case_id"
        ).fetchall()

    # Berlin is an hour ahead of UTC until 29 March; a day has nine and a half hours.
    assert verdicts == [
        # Late as a P1 of eight hours on Monday, made a P3 when nobody waited any more.
        ("HD9101", "P1", "bad", "23.03. 16:30", False),
        # Solved in time as a P3 of forty hours, made a P1 the day after.
        ("HD9102", "P3", "good", "27.03. 10:00", False),
        # Three and a half hours were worked on it, then it waited for two days.
        ("HD9103", "P1", "good", "26.03. 16:30", False),
        ("HD9104", "P1", "pending", None, True),
    ]
