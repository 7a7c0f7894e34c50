"""How long it takes to restore, while some of what was detected is still open.

Exceptions are drawn with a known median, some of them open at the clock, some ended by
a review, and `fct_journey_outcomes` says what it takes for it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from bench.compiled import build, compiled_models, empty_warehouse
from bench.statistics.figure import Figure

SEED = 20260413
JOURNEYS = 200
ENDS = datetime(2026, 5, 1, tzinfo=UTC)
RESTORE_HOURS, RESTORE_SPREAD, RESTORES_A_WEEK, WEEKS = 24.0, 1.5, 20, 8
REVIEW_HOURS, REVIEWED_SHARE = 168.0, 0.2
WITHIN = 0.1


def figures(home: Path) -> list[Figure]:
    """Draw exceptions, let the mart tell how long they take, and compare."""
    query = compiled_models(home, ["fct_journey_outcomes"], ENDS)
    with empty_warehouse() as connection:
        with_exceptions(connection, np.random.default_rng(SEED))
        build(connection, "marts", query)
        weeks = connection.execute(
            """
            select
                outcomes.week_date,
                median(outcomes.median_restore_seconds) / 3600 as told,
                median(naive.seconds) / 3600 as naive,
                avg(cast(outcomes.median_restore_seconds is null as integer)) as nulls
            from warehouse.marts.fct_journey_outcomes as outcomes
            inner join (
                select
                    journey,
                    cast(date_trunc('week', detected_at) as date) as week_date,
                    median(date_diff('second', detected_at, cleared_at)) as seconds
                from warehouse.marts.fct_exceptions
                where clear_reason = 'mended'
                group by all
            ) as naive using (journey, week_date)
            where outcomes.is_complete
            group by outcomes.week_date
            order by outcomes.week_date
            """
        ).fetchall()
    found = []
    for name, (_, told, naive, nulls) in (
        ("eight weeks ago", weeks[0]),
        ("the last whole week", weeks[-1]),
    ):
        off = told / RESTORE_HOURS - 1
        said = (
            f"{told:.1f} h ({nulls:.0%} not known, {naive:.1f} h of the mended alone)"
        )
        goal = f"half are restored after 24 h: {name}, within 10 %"
        found.append(Figure(goal, said, abs(off) <= WITHIN))
    return found


def with_exceptions(
    connection: duckdb.DuckDBPyConnection, generator: np.random.Generator
) -> None:
    """Make what the mart reads of exceptions: most are mended, some only reviewed."""
    clock = np.datetime64(ENDS.replace(tzinfo=None))
    count = JOURNEYS * RESTORES_A_WEEK * WEEKS
    ages = generator.uniform(0, WEEKS * 168, count)
    lasts = RESTORE_HOURS * np.exp(RESTORE_SPREAD * generator.standard_normal(count))
    # A review ends what nobody mended by then.
    is_reviewed = (generator.random(count) < REVIEWED_SHARE) & (lasts > REVIEW_HOURS)
    lasts = np.where(is_reviewed, REVIEW_HOURS, lasts)
    drawn = pd.DataFrame(
        {
            "journey": np.char.add("j", (np.arange(count) % JOURNEYS).astype(str)),
            "detected_at": clock - pd.to_timedelta((ages * 3600).round(), unit="s"),
            "lasts": pd.to_timedelta((lasts * 3600).round(), unit="s"),
            "is_open": lasts >= ages,
            "is_reviewed": is_reviewed,
        }
    )
    connection.register("drawn", drawn)
    connection.execute(
        """
        create table warehouse.intermediate.int_journey_timezones as
        select distinct journey, 'UTC' as timezone from drawn;
        create table warehouse.intermediate.int_case_endings (
            journey varchar, case_id varchar, ended_at timestamp, ended_as varchar,
            reopened_at timestamp
        );
        create table warehouse.marts.fct_cases (
            journey varchar, ended_at timestamp, ended_as varchar,
            elapsed_seconds bigint, business_seconds bigint, rework_count bigint,
            escalation_count bigint
        );
        create table warehouse.marts.fct_exceptions as
        select
            journey, detected_at, is_open,
            case when not is_open then detected_at + lasts end as cleared_at,
            case
                when is_open then null
                when is_reviewed then 'reviewed'
                else 'mended'
            end as clear_reason
        from drawn;
        """
    )
