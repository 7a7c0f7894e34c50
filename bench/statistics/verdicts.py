"""How often verdicts are false, and burn tiers fire, where days vary.

Looks at objectives that are exactly at their target are drawn and judged by
`fct_error_budget_history` as dbt compiles it: its last day is the look. Burn tiers are
judged on the generated months of the backtest.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd

from bench.backtest.simulated_burns import BEGINS, day_factors, simulated
from bench.compiled import build, compiled_models, empty_warehouse
from bench.statistics.figure import Figure

SEED = 14
LOOK_COUNT = 10_000
WINDOW_DAYS = 28
TARGETS = (0.9, 0.95, 0.995)
CASES_A_DAY = (20, 100, 250)
VARIATIONS = (0.0, 0.5, 1.0)
MOST_FALSE = 0.06
MONTH_COUNT = 100
BURN_CASES_A_DAY = (20, 100)
BURN_VARIATION = 0.5
MOST_FALSE_EPISODES = 0.2
LEAST_FOUND = 0.95


class Looks(NamedTuple):
    """Of so many looks at one kind of objective, the shares that say something."""

    target: float
    cases_a_day: int
    variation: float
    missed_share: float
    met_share: float

    @property
    def name(self) -> str:
        """What kind of objective it is."""
        return f"{self.cases_a_day} cases a day at {100 * self.target:g} %"


def figures(home: Path) -> list[Figure]:
    """Judge the looks and the months; return the goals."""
    looks = list(judged_looks(home))
    return [
        *(
            worst_figure(looks, variation, verdict)
            for variation in VARIATIONS
            for verdict in ("missed", "met")
        ),
        *burn_figures(home),
    ]


def worst_figure(looks: list[Looks], variation: float, verdict: str) -> Figure:
    """Return the figure of the kind of objective that does worst."""
    false = {
        each: each.missed_share if verdict == "missed" else each.met_share
        for each in looks
        if each.variation == variation
    }
    worst = max(false, key=lambda each: false[each])
    return Figure(
        f"exactly at target, days vary by {variation:g}: falsely {verdict} in at most"
        f" {MOST_FALSE:.0%} of single looks, at 90, 95 and 99.5 % and 20, 100 and 250"
        " cases a day",
        f"{min(false.values()):.1%} to {false[worst]:.1%} ({worst.name})",
        false[worst] <= MOST_FALSE,
    )


def judged_looks(home: Path) -> Iterator[Looks]:
    """Draw the looks at each kind of objective, and let the model judge them."""
    generator = np.random.default_rng(SEED)
    compiled = compiled_models(home, ["fct_error_budget_history"], BEGINS)
    for target, cases_a_day, variation in product(TARGETS, CASES_A_DAY, VARIATIONS):
        with empty_warehouse() as connection:
            with_days(connection, generator, target, cases_a_day, variation)
            build(connection, "marts", compiled)
            ((missed_share, met_share),) = connection.execute(
                """
                select
                    avg(case when verdict = 'missed' then 1 else 0 end),
                    avg(case when verdict = 'met' then 1 else 0 end)
                from warehouse.marts.fct_error_budget_history
                where counted_date = (
                    select max(counted_date) from warehouse.marts.fct_sli_daily
                )
                """
            ).fetchall()
        yield Looks(target, cases_a_day, variation, missed_share, met_share)


def with_days(
    connection: duckdb.DuckDBPyConnection,
    generator: np.random.Generator,
    target: float,
    cases_a_day: int,
    variation: float,
) -> None:
    """Make what the model reads: an objective for each look, and its days."""
    shape = (LOOK_COUNT, WINDOW_DAYS)
    valid = generator.poisson(cases_a_day, shape)
    share = np.full(shape, 1 - target)
    if variation:
        share = np.minimum(share * day_factors(generator, variation, shape), 1)
    look, day = np.indices(shape)
    drawn = pd.DataFrame(
        {
            "look": look.ravel(),
            "day": day.ravel(),
            "valid_count": valid.ravel(),
            "bad_count": generator.binomial(valid, share).ravel(),
        }
    )
    connection.register("drawn", drawn)
    connection.execute(
        f"""
        create table warehouse.definitions.slos as
        select distinct
            look as slo_id,
            {WINDOW_DAYS} as window_days,
            cast(null as varchar) as calendar_window
        from drawn;
        create table warehouse.marts.fct_sli_daily as
        select
            look as slo_id,
            'simulated' as journey,
            date '{BEGINS:%Y-%m-%d}' + cast(day as integer) as counted_date,
            cast({target} as double) as target,
            valid_count,
            bad_count,
            0 as excluded_count,
            (1 - cast({target} as double)) * valid_count as allowed_count
        from drawn;
        """
    )


def burn_figures(home: Path) -> Iterator[Figure]:
    """Judge months whose days vary by the burn tiers."""
    for month in simulated(home, MONTH_COUNT, BURN_CASES_A_DAY, BURN_VARIATION):
        begin = f"{month.cases_a_day} cases a day whose days vary by {BURN_VARIATION:g}"
        yield Figure(
            f"{begin}, 3 % bad at a target of 95 %: at most {MOST_FALSE_EPISODES:g}"
            " false episodes of burn tiers a month",
            f"{month.episodes_a_month:.2f}",
            month.episodes_a_month <= MOST_FALSE_EPISODES,
        )
        yield Figure(
            f"{begin}: at least {LEAST_FOUND:.0%} of incidents (48 h with 40 % bad)"
            " found",
            f"{month.found_share:.1%}",
            month.found_share >= LEAST_FOUND,
        )
