"""How often verdicts are false, and burn tiers fire, where days vary.

Looks at objectives that are exactly at their target are drawn and judged by
`fct_error_budget_history` as dbt compiles it: its last day is the look. Burn tiers are
judged on the generated months of the backtest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.backtest.simulated_burns import BEGINS, day_factors, simulated
from bench.compiled import build, compiled_models, empty_warehouse
from bench.statistics.figure import Figure

SEED = 14
OBJECTIVE_COUNT = 10_000
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


class Kind(NamedTuple):
    """What an objective exactly at its target is like.

    `variation` is the standard deviation of the factor of a day, `carried` how much of
    what a day is off goes on to the next.
    """

    target: float
    cases_a_day: int
    variation: float
    window_days: int = WINDOW_DAYS
    carried: float = 0.0
    look_count: int = 1

    @property
    def name(self) -> str:
        """How many cases it has, and what is asked of them."""
        return f"{self.cases_a_day} cases a day at {100 * self.target:g} %"


class Looks(NamedTuple):
    """Of objectives of one kind, the shares that a look falsely says something of."""

    kind: Kind
    missed_share: float
    met_share: float


# What verdicts do not promise: few days, bad days in a row, and many looks.
FEW_DAYS = Kind(0.95, 100, 1.0, window_days=7)
DAYS_IN_A_ROW = Kind(0.95, 100, 0.5, carried=0.5)
DAILY_LOOKS = Kind(0.95, 100, 0.5, look_count=WINDOW_DAYS)


def figures(home: Path) -> list[Figure]:
    """Judge the looks and the months; return the goals."""
    kinds = [Kind(*each) for each in product(TARGETS, CASES_A_DAY, VARIATIONS)]
    looks = judged_looks(home, [*kinds, FEW_DAYS, DAYS_IN_A_ROW, DAILY_LOOKS])
    usual, special = looks[: len(kinds)], looks[len(kinds) :]
    return [
        *(
            worst_figure(
                [each for each in usual if each.kind.variation == variation],
                verdict,
                f"days vary by {variation:g}: falsely {verdict} in at most"
                f" {MOST_FALSE:.0%} of single looks, at 90, 95 and 99.5 % and 20, 100"
                " and 250 cases a day",
            )
            for variation in VARIATIONS
            for verdict in ("missed", "met")
        ),
        *(
            worst_figure(
                [each],
                verdict,
                f"{named(each.kind)}: falsely {verdict} in at most {MOST_FALSE:.0%}",
            )
            for each in special
            for verdict in ("missed", "met")
        ),
        *burn_figures(home),
    ]


def named(kind: Kind) -> str:
    """Return what is special about the objective, in words."""
    begin = f"days vary by {kind.variation:g}"
    if kind.look_count > 1:
        return f"{begin}, a look a day for {kind.look_count} days"
    if kind.carried:
        return f"{begin}, and {kind.carried:g} of it goes on to the next day"
    return f"{begin}, a window of {kind.window_days} days"


def worst_figure(looks: list[Looks], verdict: str, goal: str) -> Figure:
    """Return the figure of the kind of objective that does worst."""
    false = {
        each.kind: each.missed_share if verdict == "missed" else each.met_share
        for each in looks
    }
    worst = max(false, key=lambda kind: false[kind])
    best = f"{min(false.values()):.1%} to " if len(false) > 1 else ""
    return Figure(
        f"exactly at target, {goal}",
        f"{best}{false[worst]:.1%} ({worst.name})",
        false[worst] <= MOST_FALSE,
    )


def judged_looks(home: Path, kinds: Sequence[Kind]) -> list[Looks]:
    """Draw objectives of each kind, and let the model judge their last days."""
    generator = np.random.default_rng(SEED)
    compiled = compiled_models(home, ["fct_error_budget_history"], BEGINS)
    looks = []
    for kind in kinds:
        with empty_warehouse() as connection:
            with_days(connection, generator, kind)
            build(connection, "marts", compiled)
            ((missed_share, met_share),) = connection.execute(
                """
                with said as (
                    select
                        slo_id,
                        max(case when verdict = 'missed' then 1 else 0 end) as missed,
                        max(case when verdict = 'met' then 1 else 0 end) as met
                    from warehouse.marts.fct_error_budget_history
                    where counted_date > (
                        select max(counted_date) - cast($look_count as integer)
                        from warehouse.marts.fct_sli_daily
                    )
                    group by slo_id
                )
                select avg(missed), avg(met)
                from said
                """,
                {"look_count": kind.look_count},
            ).fetchall()
        looks.append(Looks(kind, missed_share, met_share))
    return looks


def with_days(
    connection: duckdb.DuckDBPyConnection,
    generator: np.random.Generator,
    kind: Kind,
) -> None:
    """Make what the model reads: objectives of a kind, and their days."""
    shape = (OBJECTIVE_COUNT, kind.window_days + kind.look_count - 1)
    valid = generator.poisson(kind.cases_a_day, shape)
    share = np.full(shape, 1 - kind.target)
    if kind.variation:
        share = np.minimum(share * varying(generator, kind, shape), 1)
    objective, day = np.indices(shape)
    drawn = pd.DataFrame(
        {
            "objective": objective.ravel(),
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
            objective as slo_id,
            {kind.window_days} as window_days,
            cast(null as varchar) as calendar_window
        from drawn;
        create table warehouse.marts.fct_sli_daily as
        select
            objective as slo_id,
            'simulated' as journey,
            date '{BEGINS:%Y-%m-%d}' + cast(day as integer) as counted_date,
            cast({kind.target} as double) as target,
            valid_count,
            bad_count,
            0 as excluded_count,
            (1 - cast({kind.target} as double)) * valid_count as allowed_count
        from drawn;
        """
    )


def varying(
    generator: np.random.Generator, kind: Kind, shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Draw the factors of days: mean 1, and a part of each goes on to the next."""
    factors = day_factors(generator, kind.variation, shape)
    if not kind.carried:
        return factors
    # What is new in a day varies by so much more that the days vary as they should.
    new_variation = kind.variation * ((1 + kind.carried) / (1 - kind.carried)) ** 0.5
    for day in range(1, shape[1]):
        new = day_factors(generator, new_variation, shape[0])
        factors[:, day] = kind.carried * factors[:, day - 1] + (1 - kind.carried) * new
    return factors


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
