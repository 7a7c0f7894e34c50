"""Past instants of real logs, with the truth that the log tells later.

Each log is built as of the instant at which its example stands, and its open cases are
predicted at five instants before, from what had happened until then. What came of them
is read from a second build as of the end of the file, so that no case is left out for
lasting long.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from bench.backtest.replay import LOGS, Log, Runs
from bench.statistics.figure import Figure
from bench.table import table_line

# The build, and the end of the file.
INSTANTS = {
    "demo": (
        datetime(2026, 4, 13, 6, tzinfo=UTC),
        datetime(2026, 4, 13, 6, tzinfo=UTC),
    ),
    "olist": (datetime(2018, 8, 29, tzinfo=UTC), datetime(2018, 8, 29, tzinfo=UTC)),
    "incidents": (datetime(2016, 6, 1, tzinfo=UTC), datetime(2017, 6, 1, tzinfo=UTC)),
}
# The objectives whose probabilities have a goal, and the goal.
SKILLED = ("delivered_on_time", "resolved_within_sla")
LEAST_SKILL = 0.1
MOST_ERROR = 0.85
MID_COURSE = ("second quarter", "third quarter")
BIN_CASES = 100
BIN_OFF = 0.05
# The clock of the journey, as `open_seconds_at` reads it.
MACROS = """
create temp macro open_at(before, minutes, instant) as
    before
    + cast(bit_count(minutes & ((1::bigint << minute(instant)) - 1)) as bigint) * 60
    + case
        when minutes & ((1::bigint << minute(instant)) - 1)
            < minutes & ((1::bigint << (minute(instant) + 1)) - 1)
            then second(instant)
        else 0
    end
"""
COMPARED = """
create temp table compared as
with told as (
    select
        predicted.*, spells.closed_at, calendars.calendar,
        medians.median_seconds as global_seconds
    from told.intermediate.int_targets_predicted as predicted
    inner join truth.intermediate.int_open_spells as spells
        on predicted.journey = spells.journey and predicted.case_id = spells.case_id
        and predicted.predicted_at >= spells.opened_at
        and (spells.closed_at is null or predicted.predicted_at < spells.closed_at)
    inner join told.marts.dim_journeys as calendars
        on predicted.journey = calendars.journey
    left join told.intermediate.int_medians_learnt as medians
        on predicted.journey = medians.journey
        and predicted.instant_number = medians.instant_number
        and predicted.target = medians.target
        and medians.state = '[any]'
    where predicted.target = '[end]' and not predicted.is_now
)
select
    told.*,
    case
        when told.calendar is null then epoch(closed_at) - epoch(predicted_at)
        else
            open_at(until.open_seconds_before, until.open_minutes, closed_at)
            - open_at(since.open_seconds_before, since.open_minutes, predicted_at)
    end as came_seconds
from told
left join truth.intermediate.int_calendar_hours as since
    on told.calendar = since.calendar
    and date_trunc('hour', predicted_at) = since.hour_started_at
left join truth.intermediate.int_calendar_hours as until
    on told.calendar = until.calendar
    and date_trunc('hour', closed_at) = until.hour_started_at
"""
TIMES = """
select
    journey,
    count(*) as asked,
    count(median_seconds) as told,
    avg(abs(came_seconds - median_seconds)) / 3600 as error,
    avg(abs(came_seconds - global_seconds)) filter (median_seconds is not null) / 3600
        as global_error,
    avg(cast(coalesce(came_seconds <= median_seconds, false) as integer))
        filter (median_seconds is not null) as median_coverage,
    avg(
        cast(
            coalesce(came_seconds between p10_seconds and p90_seconds, false) as integer
        )
    ) filter (p90_seconds is not null) as band_coverage,
    count(p90_seconds) as banded,
    median(came_seconds) filter (median_seconds < 3600) / 86400 as now_days
from compared
group by journey
order by journey
"""
SKILLS = """
select target, slice_value, breach_judged_count, breach_share, mean_probability,
    brier_skill, auc
from marts.fct_prediction_backtest
where slice in ('all', 'earliness') and breach_judged_count > 0
order by target, slice desc, slice_value
"""
BINS = """
select slo_id, probability_from, case_count, mean_probability, breach_share
from marts.fct_prediction_calibration
order by slo_id, probability_from
"""


def tables(home: Path) -> str:
    """Return what was told of each log beside what came, and the goals."""
    times, skills, figures = [], [], []
    for name, (built, ended) in INSTANTS.items():
        log = LOGS[name]
        if not log.is_there:
            sys.stderr.write(f"{name} is not there (OFFPATH_DATA_DIR)\n")
            continue
        told = warehouse_of(log, home / f"{name}_told", built)
        truth = warehouse_of(log, home / f"{name}_truth", ended)
        with duckdb.connect() as connection:
            connection.execute(f"attach '{told}' as told (read_only)")
            connection.execute(f"attach '{truth}' as truth (read_only)")
            connection.execute(MACROS)
            connection.execute(COMPARED)
            of_times = rows_of(connection, TIMES)
            connection.execute("use told")
            of_skills = rows_of(connection, SKILLS)
            bins = rows_of(connection, BINS)
        times += [{"log": name} | row for row in of_times]
        skills += [{"log": name} | row for row in of_skills]
        figures += list(figures_of(name, of_times, of_skills, bins))
    head = ["goal", "figure", "reached"]
    goals = [table_line(head), table_line(["---"] * 3)]
    goals += [table_line(figure.cells()) for figure in figures]
    return "\n\n".join([table_of(times), table_of(skills), "\n".join(goals)])


def warehouse_of(log: Log, home: Path, as_of: datetime) -> Path:
    """Build a log as of an instant, as far as predictions need it."""
    home.mkdir()
    run = Runs(log.project, home)
    if log.is_public:
        run("deps")
    run("seed")
    selected = ("+fct_promise_predictions", "+fct_prediction_calibration")
    run("run", "--select", *selected, "+dim_journeys", as_of=as_of)
    return home / "warehouse.duckdb"


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Return the rows of a query by the names of its columns."""
    found = connection.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def figures_of(
    name: str,
    times: Iterable[dict[str, Any]],
    skills: Iterable[dict[str, Any]],
    bins: Iterable[dict[str, Any]],
) -> Iterable[Figure]:
    """Hold the figures of a log to the goals."""
    for row in times:
        of = f"{name}, {row['journey']}:"
        for words, value, low, high in (
            ("the median covers 45 to 55 %", row["median_coverage"], 0.45, 0.55),
            ("p10 to p90 covers 75 to 85 %", row["band_coverage"], 0.75, 0.85),
        ):
            yield Figure(f"{of} {words}", f"{value:.1%}", low <= value <= high)
        ratio = row["error"] / row["global_error"]
        goal = f"{of} error at most 0.85 of that of the global median"
        yield Figure(goal, f"{ratio:.2f}", ratio <= MOST_ERROR)
        days = row["now_days"] or 0
        goal = f"{of} nobody told less than an hour took another day in the median"
        yield Figure(goal, f"{days:.2f} days", days < 1)
    for row in skills:
        if row["target"] in SKILLED and row["slice_value"] in MID_COURSE:
            goal = f"{name}, {row['target']}: Brier skill of 0.10, {row['slice_value']}"
            skill = row["brier_skill"]
            yield Figure(goal, f"{skill:.2f}", skill >= LEAST_SKILL)
    for target in SKILLED:
        off = [
            abs(row["mean_probability"] - row["breach_share"])
            for row in bins
            if row["slo_id"] == target and row["case_count"] >= BIN_CASES
        ]
        if off:
            goal = f"{name}, {target}: no tenth of 100 cases off by more than 0.05"
            yield Figure(goal, f"{max(off):.3f} at most", max(off) <= BIN_OFF)


def table_of(rows: list[dict[str, Any]]) -> str:
    """Return rows as a Markdown table."""
    names = list(rows[0])
    lines = [table_line(names), table_line(["---"] * len(names))]
    for row in rows:
        cells = (
            f"{value:.3f}" if isinstance(value, float) else str(value)
            for value in row.values()
        )
        lines.append(table_line(cells))
    return "\n".join(lines)
