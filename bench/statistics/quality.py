"""What quality rules raise at a rate that is allowed, and how soon they find a step.

Opportunities come evenly at all hours (Poisson), and a share of them has the defect. In
half of the draws the share of each day has a factor of its own (gamma, standard
deviation 0.5), as where batches fail. Every segment is a draw. What is raised is
computed by the models from `int_defect_days_compared` to `int_quality_exceptions`, as
dbt compiles them.

How soon a step could be found is told by the cumulative sum of Page, which no rule
beats at as many false alarms if it knows both rates (Moustakides 1986, Annals of
Statistics 14, 1379-1387). Here it has as many as the goal allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.backtest.simulated_burns import day_factors
from bench.compiled import build, compiled_models, empty_warehouse
from bench.statistics.figure import Figure

SEED = 19240516
THRESHOLD = 0.04
ALLOWED = 0.75 * THRESHOLD
DOUBLED = 2 * THRESHOLD
MENDED = 0.5 * THRESHOLD
VARIATIONS = {"even days": 0.0, "days that vary": 0.5}
# Opportunities a day, and the median days until the Wilson bound at 95 % found a step.
DAYS_TO_BEAT = {5: 8.6, 20: 4.4, 100: 2.6}
FALSE_ALARMS = 0.05
# Twelve weeks until it is known how days vary, then what is counted.
WARM = 84
QUIET = np.repeat([ALLOWED], WARM + 300)
STEPPING = np.repeat([ALLOWED, DOUBLED, MENDED], [WARM, 84, 42])
FALLS = WARM + 84
# The feed dies in the middle of a step, for three weeks.
SILENCE = (WARM + 42, WARM + 63)
SEGMENTS = 160
BEGINS = datetime(2025, 1, 6)  # noqa: DTZ001 - UTC, as instants of the warehouse are
# In the order in which they read each other.
MODELS = ("int_defect_days_compared", "int_defects_rolled", "int_quality_exceptions")

Counts = npt.NDArray[np.int64]


class Drawn(NamedTuple):
    """Opportunities and defects, a row a segment and a column an hour."""

    opportunities: Counts
    defects: Counts


class Raised(NamedTuple):
    """An exception: its segment, and its days since the beginning (or infinity)."""

    segment: int
    detected_day: float
    cleared_day: float


def figures(home: Path) -> list[Figure]:
    """Judge quiet segments and stepping ones at each number of opportunities a day."""
    generator = np.random.default_rng(SEED)
    as_of = (BEGINS + timedelta(days=len(QUIET))).replace(tzinfo=UTC)
    compiled = compiled_models(home, MODELS, as_of)
    found: list[Figure] = []
    for a_day, days_to_beat in DAYS_TO_BEAT.items():
        for days, variation in VARIATIONS.items():
            kind = f"{a_day} a day, {days}"
            quiet = drawn(generator, QUIET, a_day, variation)
            stepping = drawn(generator, STEPPING, a_day, variation)
            found.append(false_figure(kind, judged(compiled, quiet)))
            raised = judged(compiled, stepping)
            soonest = soonest_day(quiet, stepping)
            found.append(step_figure(kind, days_to_beat, raised, soonest))
            found.append(lasting_figure(kind, raised))
    for a_day in DAYS_TO_BEAT:
        stepping = silenced(drawn(generator, STEPPING, a_day, 0.0))
        is_told = judged(compiled, stepping, SILENCE)
        found.append(silent_figure(f"{a_day} a day, the feed dies", is_told, 0))
        is_idle = judged(compiled, stepping)
        # What was packed before leaves the window within a week.
        found.append(silent_figure(f"{a_day} a day, nothing is packed", is_idle, 7))
    return found


def drawn(
    generator: np.random.Generator,
    shares: npt.NDArray[np.float64],
    a_day: int,
    variation: float,
) -> Drawn:
    """Draw the segments whose days have these shares in the mean."""
    size = (SEGMENTS, len(shares))
    opportunities = generator.poisson(a_day / 24, (SEGMENTS, len(shares) * 24))
    factors = np.ones(size)
    if variation:
        factors = day_factors(generator, variation, size)
    by_hour = np.repeat(np.clip(shares * factors, 0, 1), 24, axis=1)
    return Drawn(opportunities, generator.binomial(opportunities, by_hour))


def silenced(counts: Drawn) -> Drawn:
    """Return a quarter of them, without what would have happened in the silence."""
    is_heard = np.ones(counts.defects.shape[1], dtype=np.int64)
    is_heard[SILENCE[0] * 24 : SILENCE[1] * 24] = 0
    few = slice(SEGMENTS // 4)
    return Drawn(counts.opportunities[few] * is_heard, counts.defects[few] * is_heard)


def judged(
    compiled: dict[str, str], counts: Drawn, silence: tuple[int, int] = (0, 0)
) -> list[Raised]:
    """Let the models judge the segments, and return what was raised."""
    segments, hours = np.nonzero(counts.opportunities)
    frame = pd.DataFrame(
        {
            "segment": segments,
            "hour_number": hours,
            "defect_count": counts.defects[segments, hours],
            "opportunity_count": counts.opportunities[segments, hours],
        }
    )
    with empty_warehouse() as connection:
        with_inputs(connection, frame, silence)
        build(connection, "intermediate", compiled)
        rows = connection.execute(
            """
            select
                cast(split_part(subject_id, '=', 2) as integer) as segment,
                date_diff('hour', $begins, detected_at) / 24,
                coalesce(date_diff('hour', $begins, cleared_at) / 24, 'infinity')
            from warehouse.intermediate.int_quality_exceptions
            order by segment, detected_at
            """,
            {"begins": BEGINS},
        ).fetchall()
    return [Raised(*row) for row in rows]


def with_inputs(
    connection: duckdb.DuckDBPyConnection,
    frame: pd.DataFrame,
    silence: tuple[int, int],
) -> None:
    """Make what the models read: a rule, its counts, and when the feed was silent."""
    connection.register("drawn", frame)
    begins = f"timestamp '{BEGINS:%Y-%m-%d}'"
    connection.execute(
        f"""
        create table warehouse.intermediate.int_rules_in_force as
        select 'simulated' as rule_id, 'simulated' as journey;
        create table warehouse.definitions.quality_rules as
        select
            'simulated' as rule_id,
            'location' as segment_by,
            7 as window_days,
            cast({THRESHOLD} as decimal(9, 6)) as threshold_share;
        create table warehouse.intermediate.int_journey_timezones as
        select 'simulated' as journey, 'UTC' as timezone;
        create table warehouse.intermediate.int_silent_hours as
        select
            'simulated' as journey,
            {begins} + to_hours(cast(hour_number as integer)) as silent_hour
        from range({silence[0] * 24 + 1}, {silence[1] * 24 + 1}) as r (hour_number);
        create table warehouse.intermediate.int_defects_counted as
        select
            'simulated' as rule_id,
            cast(segment as varchar) as segment,
            {begins} + to_hours(cast(hour_number as integer)) as hour_at,
            defect_count,
            opportunity_count
        from drawn;
        """
    )


def false_figure(kind: str, raised: list[Raised]) -> Figure:
    """Count what begins while the share is allowed."""
    months = SEGMENTS * (len(QUIET) - WARM) / 30
    a_month = sum(each.detected_day > WARM for each in raised) / months
    return Figure(
        f"{kind}: at three quarters of the threshold at most {FALSE_ALARMS} exceptions"
        " a segment and month",
        f"{a_month:.3f}",
        a_month <= FALSE_ALARMS,
    )


def step_figure(
    kind: str, days_to_beat: float, raised: list[Raised], soonest: float
) -> Figure:
    """Tell in how many days a step to twice the threshold is found in the median."""
    waits = np.full(SEGMENTS, np.inf)
    for each in raised:
        if each.cleared_day > WARM and each.detected_day <= FALLS:
            wait = max(each.detected_day - WARM, 0)
            waits[each.segment] = min(waits[each.segment], wait)
    days = float(np.median(waits))
    return Figure(
        f"{kind}: a step to twice the threshold is found in {days_to_beat} days",
        f"{days:.1f} days (a cumulative sum: {soonest:.1f})",
        days <= days_to_beat,
    )


def lasting_figure(kind: str, raised: list[Raised]) -> Figure:
    """Tell how many exceptions a step is until the share falls, and when it is over."""
    counts = np.zeros(SEGMENTS)
    ends = []
    for each in raised:
        if each.cleared_day > WARM and each.detected_day <= FALLS:
            counts[each.segment] += 1
            if each.cleared_day > FALLS:
                ends.append(each.cleared_day - FALLS)
    is_one = float((counts[counts > 0] == 1).mean())
    return Figure(
        f"{kind}: a step to twice the threshold is one exception until it falls",
        f"{is_one:.1%} of those found in twelve weeks; over"
        f" {float(np.median(ends)):.1f} days after the fall",
        is_one == 1,
    )


def silent_figure(kind: str, raised: list[Raised], days_known: int) -> Figure:
    """Count what begins or ends in the three weeks of which nothing is known."""
    begins, ends = SILENCE[0] + days_known, SILENCE[1]
    changes = sum(
        begins < day <= ends
        for each in raised
        for day in (each.detected_day, each.cleared_day)
    )
    is_open = sum(each.detected_day <= begins < each.cleared_day for each in raised)
    return Figure(
        f"{kind} for three weeks: what was open stays open, and nothing is raised",
        f"{is_open} open, {changes} raised or cleared",
        changes == 0,
    )


def soonest_day(quiet: Drawn, stepping: Drawn) -> float:
    """Tell when a cumulative sum with the false alarms of the goal finds a step."""
    low, high = 1.0, 30.0
    months = SEGMENTS * (len(QUIET) - WARM) / 30
    for _ in range(12):
        limit = (low + high) / 2
        alarms = sum(number.sum() for number in summed(quiet, limit, WARM * 24))
        low, high = (limit, high) if alarms / months > FALSE_ALARMS else (low, limit)
    waits = np.full(SEGMENTS, np.inf)
    for hour, alarms_of_hour in enumerate(summed(stepping, high, WARM * 24)):
        waits[alarms_of_hour] = np.minimum(waits[alarms_of_hour], (hour + 1) / 24)
    return float(np.median(waits))


def summed(counts: Drawn, limit: float, begins: int) -> Iterator[npt.NDArray[np.bool_]]:
    """Yield for each hour in which segments the sum passes the limit, and begins anew.

    The sum is that of the log-likelihood ratios of the doubled and the allowed share.
    """
    of_defect = np.log(DOUBLED / ALLOWED)
    of_none = np.log((1 - DOUBLED) / (1 - ALLOWED))
    gains = (
        of_none * (counts.opportunities - counts.defects) + of_defect * counts.defects
    )
    total = np.zeros(SEGMENTS)
    for hour in range(gains.shape[1]):
        total = np.maximum(total + gains[:, hour], 0)
        is_above = total > limit
        total[is_above] = 0
        if hour >= begins:
            yield is_above
