"""No row breaks a build: each ends in the log or, with its reason, in quarantine."""

import csv
import json
import random
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from building import PROJECT, dbt_done

pytestmark = pytest.mark.long
RAW = {
    "raw_shop_order_log": "stg_shop__order_events",
    "raw_shop_orders": "stg_shop__orders",
    "raw_desk_ticket_audit": "stg_desk__ticket_events",
    "raw_desk_tickets": "stg_desk__tickets",
}
SPOILT_ROWS = 12_000
MEGABYTE = "x" * 1_000_000
SPOILS = [
    "",
    "   ",
    "\t",
    "0",
    "-1",
    "1e400",
    "NaN",
    "-Infinity",
    "9" * 40,
    "1.299,90",
    "null",
    "?",
    "tomorrow",
    "0000-00-00 00:00:00",
    "31.02.2026 10:00:00",
    "32.13.2026 25:61:61",
    "2026-02-30T10:00:00Z",
    "2026-02-16T10:00:00+25:00",
    "2026-02-16T10:00:00-14:00",
    "2026-02-16 10:00:00 Mars/Olympus",
    "16.02.2026",
    "01.01.1970 00:00:00",
    "1900-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00Z",
    "290000-01-01 00:00:00",
    "294300-01-01T00:00:00Z",
    "-infinity",
    "epoch",
    "\x01\x02\x1b[31m\x7f",
    "a\nb\r\nc",
    'he said "no", twice',
    "'; drop table marts.fct_cases; --",
    "{{ var('as_of') }}",
    "漢字 🙂 ñ \u202e ﻿",
    "[]",
    "{",
    '{"a": {"b": [1, 2, {}]}}',
    '{"a": 1, "a": 2}',
    '"text"',
    "true",
    "unknown_step",
]


def spoil(name: str, draw: random.Random) -> tuple[list[dict[str, Any]], int]:
    """Return the seed's rows, some of them spoilt in one column, and how many."""
    with (PROJECT / "seeds" / "demo" / f"{name}.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    columns = list(rows[0])
    spoilt = draw.sample(range(len(rows)), k=len(rows) // 3)
    for number, position in enumerate(spoilt):
        column = columns[number % len(columns)]
        rows[position][column] = SPOILS[number // len(columns) % len(SPOILS)]
    for column in columns:
        rows[draw.randrange(len(rows))][column] = MEGABYTE
    # Ids that come again with other contents, in every column another row's value.
    for _ in range(200):
        copied = dict(draw.choice(rows))
        column = draw.choice(columns)
        copied[column] = draw.choice(rows)[column]
        rows.append(copied)
    rows += [dict.fromkeys(columns, "") for _ in range(5)]
    return rows, len(spoilt) + len(columns) + 205


@pytest.fixture(scope="module")
def warehouse(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the demo from spoilt raw rows, with all tests that are not the demo's own."""
    home = tmp_path_factory.mktemp("dirty")
    path = home / "warehouse.duckdb"
    shutil.copytree(seeded, home, dirs_exist_ok=True)
    draw = random.Random(20260413)
    spoilt_count = 0
    with duckdb.connect(str(path)) as connection:
        for name in RAW:
            rows, count = spoil(name, draw)
            spoilt_count += count
            frame = pd.DataFrame(rows, dtype="str").replace("", None)  # noqa: F841
            connection.execute(f"create or replace table raw.{name} as from frame")
    assert spoilt_count > SPOILT_ROWS
    dbt_done(
        PROJECT,
        home,
        "build",
        *("--exclude-resource-type", "seed", "unit_test"),
        "--exclude",
        "assert_the_demo_raises_exactly_what_was_planted",
        # The demo's clock is pinned, and some rows claim to land long after it.
        "assert_the_clock_is_not_pinned_before_newer_rows",
    )
    return path


def read(warehouse: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_every_spoilt_row_is_accounted_for(warehouse: Path) -> None:
    raw = read(
        warehouse,
        " union all ".join(
            f"select '{RAW[name]}', count(*) from raw.{name}" for name in RAW
        ),
    )
    classified = read(
        warehouse,
        """
        select source_model, cast(sum(row_count) as bigint)
        from (
            select source_model, 1 as row_count, disposition
            from intermediate.int_events_classified
            union all
            select source_model, 1, disposition from intermediate.int_cases_classified
            union all
            select source_model, row_count, 'not_yet' from intermediate.int_landings
            where not is_landed
        )
        where disposition in ('accepted', 'quarantined', 'redelivered', 'not_yet')
        group by source_model
        """,
    )
    assert sorted(raw) == sorted(classified)


def test_each_quarantined_row_keeps_its_reason_and_what_it_was(warehouse: Path) -> None:
    rows = read(
        warehouse,
        "select quarantine_reason, raw_record from marts.fct_quarantined_rows",
    )
    assert len(rows) > SPOILT_ROWS // 4
    assert all(reason and isinstance(json.loads(raw), dict) for reason, raw in rows)
    reasons = {reason for reason, _ in rows}
    assert {
        "case_id is missing",
        "event_id is missing",
        "event_name is missing",
        "occurred_at is missing",
        "loaded_at is missing",
        "unreadable: occurred_at",
        "unreadable: loaded_at",
        "unreadable: amount",
        "unreadable: source_sequence",
        "unreadable: due_at",
        "unreadable: value_amount",
        "unreadable: is_excluded",
        "attributes is no JSON object",
        "occurred_at is before 2000-01-01 00:00:00",
    } <= reasons


def test_what_happened_is_known_of_every_accepted_row(warehouse: Path) -> None:
    ((incomplete,),) = read(
        warehouse,
        """
        select count(*)
        from marts.fct_case_events
        where trim(case_id) = '' or trim(event_id) = '' or trim(event_name) = ''
            or occurred_at not between '2000-01-01' and '2026-04-13 06:00:00'
            or loaded_at > '2026-04-13 06:00:00'
        """,
    )
    assert incomplete == 0
