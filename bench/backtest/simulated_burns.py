"""How often burn tiers fire on a process inside its budget, and on one that broke.

Cases are drawn; what they come to is computed by the models from `int_slo_targets` to
`fct_burn_rate_history`, as dbt compiles them, in a database of their own. Every
simulated month is an objective, so that one query judges them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.backtest.replay import PROJECT
from bench.compiled import build, compiled_models, empty_warehouse

Factors = npt.NDArray[np.float64]

SEED = 20171124
TARGET = 0.95
HEALTHY_SHARE = 0.03
BROKEN_SHARE = 0.40
BROKEN_HOURS = 48
CASES_A_DAY = (5, 20, 100)
# Hours of the window of the objective, which fills before the month begins.
MONTH = 28 * 24
BEGINS = datetime(2025, 1, 6, tzinfo=UTC)
ENDS = "2025-03-03 00:00:00"
# In the order in which they read each other.
MODELS = (
    "int_slo_targets",
    "int_slo_tiers",
    "int_slo_case_hours",
    "int_slo_hours",
    "fct_burn_rate_history",
)


class Simulated(NamedTuple):
    """What the tiers made of so many months, half of them with an incident."""

    cases_a_day: int
    month_count: int
    episode_count: int
    found_count: int
    hours_to_find: float | None

    @property
    def episodes_a_month(self) -> float:
        """False episodes in a month that is inside its budget."""
        return self.episode_count / self.month_count

    @property
    def found_share(self) -> float:
        """Share of the incidents during which a tier fired."""
        return self.found_count / self.month_count


def simulated(
    home: Path,
    month_count: int,
    every_cases_a_day: Sequence[int] = CASES_A_DAY,
    variation: float = 0,
) -> list[Simulated]:
    """Judge so many months of each kind at each number of cases a day.

    The bad share of a healthy day is off its mean by so much of it (a standard
    deviation over the mean).
    """
    as_of = datetime.fromisoformat(ENDS).replace(tzinfo=UTC)
    compiled = compiled_models(home, MODELS, as_of)
    generator = np.random.default_rng(SEED)
    return [
        judged(compiled, generator, cases_a_day, month_count, variation)
        for cases_a_day in every_cases_a_day
    ]


def judged(
    compiled: dict[str, str],
    generator: np.random.Generator,
    cases_a_day: int,
    month_count: int,
    variation: float,
) -> Simulated:
    """Draw the months, let the models judge them, and count what fired."""
    # An incident begins in any hour that lets it end within the month.
    begins = generator.integers(MONTH, 2 * MONTH - BROKEN_HOURS, month_count)
    none = [None] * month_count
    healthy = drawn_cases(generator, "healthy", cases_a_day, none, variation)
    broken = drawn_cases(generator, "broken", cases_a_day, list(begins), variation)
    with empty_warehouse() as connection:
        with_inputs(connection, pd.concat([healthy, broken]))
        build(connection, "intermediate", compiled)
        firing = connection.execute(
            """
            select
                slo_id,
                date_diff('hour', cast($begins as timestamp), judged_at) as hour_number
            from warehouse.intermediate.fct_burn_rate_history
            where is_firing and lifts_to is not null
            group by slo_id, judged_at
            order by slo_id, judged_at
            """,
            {"begins": BEGINS.replace(tzinfo=None)},
        ).fetchall()
    hours: dict[str, list[int]] = {}
    for slo_id, hour in firing:
        hours.setdefault(slo_id, []).append(hour)
    waits = [
        wait
        for number, begin in enumerate(begins)
        for wait in first_wait(hours.get(f"broken_{number}", []), int(begin))
    ]
    return Simulated(
        cases_a_day,
        month_count,
        sum(
            episode_count(hours.get(f"healthy_{number}", []))
            for number in range(month_count)
        ),
        len(waits),
        median(waits) if waits else None,
    )


def episode_count(hours: list[int]) -> int:
    """Count the spells of firing hours, of any tier, that begin within the month."""
    firing = set(hours)
    return sum(hour >= MONTH and hour - 1 not in firing for hour in firing)


def first_wait(hours: list[int], begin: int) -> list[int]:
    """Return the hours until a tier fires during an incident; empty if none does."""
    during = [hour - begin for hour in hours if begin < hour <= begin + BROKEN_HOURS]
    return during[:1]


def drawn_cases(
    generator: np.random.Generator,
    kind: str,
    cases_a_day: int,
    begins: Sequence[int | None],
    variation: float,
) -> pd.DataFrame:
    """Draw the cases of two windows each, and whether they are bad.

    They come evenly at all hours (Poisson); of those of an incident more are bad.
    """
    day_count = 2 * MONTH // 24
    months = []
    for number, begin in enumerate(begins):
        count = generator.poisson(cases_a_day * 2 * MONTH / 24)
        at = generator.uniform(0, 2 * MONTH, count)
        share = np.full(count, HEALTHY_SHARE)
        if variation:
            factors = day_factors(generator, variation, day_count)
            share *= factors[(at // 24).astype(int)]
        if begin is not None:
            share[(at >= begin) & (at < begin + BROKEN_HOURS)] = BROKEN_SHARE
        is_bad = generator.random(count) < share
        months.append(
            pd.DataFrame(
                {"slo_id": f"{kind}_{number}", "hour_number": at, "is_bad": is_bad}
            )
        )
    return pd.concat(months)


def day_factors(
    generator: np.random.Generator, variation: float, shape: int | tuple[int, ...]
) -> Factors:
    """Draw a factor of each day, by which it is off what is usual: gamma, of mean 1."""
    return generator.gamma(1 / variation**2, variation**2, shape)


def with_inputs(connection: duckdb.DuckDBPyConnection, drawn: pd.DataFrame) -> None:
    """Make what the models read: seeds, cases, a feed that is never silent."""
    connection.register("drawn", drawn)
    burn_tiers = PROJECT / "seeds" / "definitions" / "burn_tiers.csv"
    connection.execute(
        f"""
        create table warehouse.definitions.burn_tiers as from '{burn_tiers}';
        create table warehouse.definitions.slos as
        select distinct
            slo_id,
            'simulated' as journey,
            'nobody' as owner_role,
            cast({TARGET} as decimal(9, 6)) as target,
            {MONTH // 24} as window_days
        from drawn;
        create table warehouse.definitions.slo_past_targets (
            slo_id varchar, target decimal(9, 6), ended_at timestamp
        );
        create table warehouse.marts.fct_sli_cases as
        select
            slo_id,
            'drawn' as journey,
            row_number() over () as case_id,
            case when is_bad then 'bad' else 'good' end as verdict,
            to_milliseconds(cast(hour_number * 3600000 as bigint))
            + timestamp '{BEGINS:%Y-%m-%d}' as counted_at,
            counted_at as settled_at
        from drawn;
        create table warehouse.intermediate.int_calendar_span as
        select timestamp '{BEGINS:%Y-%m-%d}' as starts_at;
        create table warehouse.intermediate.int_silent_hours (
            journey varchar, silent_hour timestamp
        );
        """
    )
