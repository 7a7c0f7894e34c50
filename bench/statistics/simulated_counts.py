"""Draw the counts of windows, and let the models of volume rules judge them.

The models from `int_overdispersion_estimated` to `int_volume_exceptions` judge, as dbt
compiles them, with the shipped rules. Every series is a segment, so that one query
judges them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.backtest.replay import PROJECT
from bench.backtest.simulated_burns import day_factors
from bench.compiled import build, compiled_models, empty_warehouse

SEED = 20260413
# Events an hour at the peak of a working day.
PEAKS = (1, 2, 4, 10, 40)
WEEK = 7 * 24
# A Monday.
BEGINS = datetime(2024, 1, 1)  # noqa: DTZ001 - as the warehouse has instants
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = (
    "int_overdispersion_estimated",
    "int_windows_numbered",
    "int_windows_compared",
    "int_volume_exceptions",
)
RULES = PROJECT / "seeds" / "definitions" / "volume_rules.csv"
LABELS, FLOOD, SILENCE = "label_print_failures", "ticket_flood", "ticket_silence"
# Hours of a window and windows of a cycle, as the seed has them.
WINDOWS = {LABELS: (1, 24), FLOOD: (4, 42), SILENCE: (4, 42)}
# The share of the peak in each hour of a working day: 7 to 18 is full, two hours before
# and after are half, the night is a twelfth. A weekend has two fifths of it.
DAY = [0.08] * 5 + [0.5] * 2 + [1.0] * 11 + [0.5] * 2 + [0.08] * 4
PROFILE = np.outer([1.0] * 5 + [0.4] * 2, DAY).ravel()

Counts = npt.NDArray[np.int64]
Rates = npt.NDArray[np.float64]


class Found(NamedTuple):
    """An exception in hours since its series began; `cleared` is none while open."""

    onset: float
    detected: float
    cleared: float | None


class Series(NamedTuple):
    """The events of each hour, and what a rule raises on them."""

    hourly: Counts
    found: list[Found]


class Simulation:
    """Draws of counts, the same in every run, and the models that judge them."""

    def __init__(self, home: Path) -> None:
        """Compile the models in an empty home."""
        self._compiled = compiled_models(home, MODELS, AS_OF)
        self.generator = np.random.default_rng(SEED)

    def judged(
        self,
        rule_id: str,
        variation: float,
        factors: Sequence[Rates],
        peaks: Sequence[int] = PEAKS,
    ) -> dict[int, list[Series]]:
        """Draw a series for each peak and course, and let the rule judge them.

        A course holds what each hour has of its usual rate; days vary around that by a
        factor with the standard deviation `variation`.
        """
        drawn = {
            (peak, number): self._drawn(peak, variation, course)
            for peak in peaks
            for number, course in enumerate(factors)
        }
        found = self.found_on(rule_id, list(drawn.values()))
        series = dict(zip(drawn, map(Series, drawn.values(), found), strict=True))
        return {
            peak: [series[peak, number] for number in range(len(factors))]
            for peak in peaks
        }

    def found_on(self, rule_id: str, series: Sequence[Counts]) -> list[list[Found]]:
        """Return what a rule raises on each series of counts an hour, in order."""
        windows = [
            _windows(rule_id, str(number), hourly)
            for number, hourly in enumerate(series)
        ]
        found: list[list[Found]] = [[] for _ in series]
        with empty_warehouse() as connection:
            _with_inputs(connection, pd.concat(windows))
            build(connection, "intermediate", self._compiled)
            for number, *hours in _raised(connection):
                found[number].append(Found(*hours))
        return found

    def _drawn(self, peak: int, variation: float, course: Rates) -> Counts:
        rates = np.resize(peak * PROFILE, len(course)) * course
        if variation:
            days = day_factors(self.generator, variation, len(course) // 24)
            rates *= np.repeat(days, 24)
        return self.generator.poisson(rates)


def _windows(rule_id: str, segment: str, hourly: Counts) -> pd.DataFrame:
    """Return the windows of a series as `int_windows_counted` has them."""
    hours, cycle = WINDOWS[rule_id]
    counts = hourly.reshape(-1, hours).sum(axis=1)
    number = np.arange(len(counts))
    return pd.DataFrame(
        {
            "rule_id": rule_id,
            "segment": segment,
            "window_at": BEGINS + pd.to_timedelta(number * hours, "h"),
            "window_ended_at": BEGINS + pd.to_timedelta((number + 1) * hours, "h"),
            "event_count": counts,
            "cycle_position": number % cycle,
            "cycle_number": number // cycle,
        }
    )


def _with_inputs(connection: duckdb.DuckDBPyConnection, windows: pd.DataFrame) -> None:
    """Make what the models read: the shipped rules, by segment, and the windows."""
    connection.register("windows", windows)
    connection.execute(
        f"""
        create table warehouse.definitions.volume_rules as from '{RULES}';
        update warehouse.definitions.volume_rules set segment_by = 'location';
        create table warehouse.intermediate.int_rules_in_force as
        select rule_id, 'simulated' as journey from warehouse.definitions.volume_rules;
        create table warehouse.intermediate.int_windows_counted as from windows;
        """
    )


def _raised(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, float]]:
    """Return the number of the series of each exception, and its instants in hours."""
    return connection.execute(
        """
        select
            cast(substr(subject_id, length('location=') + 1) as integer) as number,
            epoch(onset_at - $begins) / 3600 as onset,
            epoch(detected_at - $begins) / 3600 as detected,
            epoch(cleared_at - $begins) / 3600 as cleared
        from warehouse.intermediate.int_volume_exceptions
        order by number, onset
        """,
        {"begins": BEGINS},
    ).fetchall()
