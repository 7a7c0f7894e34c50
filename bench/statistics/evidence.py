"""How often a coin is called a prophet, and a prophet overlooked.

Cases are bad where they take longer than a day. Rules fire on them while they are open:
by a coin, or where the risk is higher. Each draw is a build of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd

from bench.backtest.simulated_burns import day_factors
from bench.compiled import build, compiled_models, empty_warehouse
from bench.statistics.figure import Figure

SEED = 19850303
DRAWS = 200
CASES = 2_000
# The last ninety of them are recent.
DAYS = 150
BEGINS = datetime(2026, 1, 5, tzinfo=UTC)
AS_OF = datetime(2026, 6, 8, tzinfo=UTC)
DEADLINE_HOURS = 24.0
FIRES_AT = 12.0
BAD_SHARE = 0.1
DAY_VARIATION = 0.5
# Of the days of a coin for days, and of the cases of a prophet, what it fires on.
FIRING_SHARE = 0.25
# The risk of cases that are open when a prophet fires: silent ones, and those it names.
OPEN_SHARE = 0.25
SILENT_RISK = 0.2
NAMED_RISK = 0.4
MOST_SUPPORTED = 0.05
LEAST_FOUND = 0.9
COINS_BESIDE = 9
WORKINGS = (
    "int_cases_settled",
    "int_rule_firings",
    "int_risk_set_changes",
    "int_risk_ratios",
)
MART = "fct_rule_evidence"


class Drawn(NamedTuple):
    """Cases by the day they begin and their hours, and when each rule fires on each."""

    days: np.ndarray
    hours: np.ndarray
    fired_after: list[np.ndarray]


Draw = Callable[[np.random.Generator], Drawn]


def figures(home: Path) -> list[Figure]:
    """Judge three coins, and a rule that doubles the risk, alone and beside others."""
    compiled = compiled_evidence(home)
    generator = np.random.default_rng(SEED)
    found = []
    for words, coin in COINS.items():
        verdicts = verdicts_of(compiled, generator, coin, DRAWS)
        supported = verdicts["supported"] / DRAWS
        found.append(
            Figure(
                f"a coin {words} is supported in at most {MOST_SUPPORTED:.0%} of"
                f" {DRAWS} draws",
                f"{supported:.1%}; refuted in {verdicts['refuted'] / DRAWS:.1%}",
                supported <= MOST_SUPPORTED,
            )
        )
    for words, prophet in PROPHETS.items():
        supported = (
            verdicts_of(compiled, generator, prophet, DRAWS)["supported"] / DRAWS
        )
        found.append(
            Figure(
                f"a ratio of 2 on {CASES:,} cases, {words}, is found in at least"
                f" {LEAST_FOUND:.0%}",
                f"{supported:.1%}",
                supported >= LEAST_FOUND,
            )
        )
    return found


def compiled_evidence(home: Path) -> dict[str, str]:
    """Return the SQL of the evidence, by model."""
    return compiled_models(home, (*WORKINGS, MART), AS_OF)


def coin_at_one_age(generator: np.random.Generator) -> Drawn:
    """Toss a coin over each case at one age, if it is open then."""
    days, hours = drawn_cases(generator, variation=0)
    return Drawn(days, hours, [fired_on(generator.random(CASES) < 1 / 2)])


def coin_at_every_hour(generator: np.random.Generator) -> Drawn:
    """Let each open case fire with one in twenty at each full hour of its age."""
    days, hours = drawn_cases(generator, variation=0)
    return Drawn(days, hours, [generator.geometric(1 / 20, CASES).astype(float)])


def coin_for_days(generator: np.random.Generator) -> Drawn:
    """Toss a coin for each day: all its cases fire, or none does; the days vary."""
    days, hours = drawn_cases(generator, variation=DAY_VARIATION)
    fires = generator.random(DAYS) < FIRING_SHARE
    return Drawn(days, hours, [fired_on(fires[days])])


def prophet(generator: np.random.Generator) -> Drawn:
    """Fire on cases of which twice as many will be bad as of the silent ones."""
    is_named = generator.random(CASES) < FIRING_SHARE
    is_open = generator.random(CASES) < OPEN_SHARE
    is_bad = generator.random(CASES) < np.where(is_named, NAMED_RISK, SILENT_RISK)
    hours = np.where(
        is_open,
        np.where(
            is_bad,
            DEADLINE_HOURS + 1,
            generator.uniform(FIRES_AT + 1, DEADLINE_HOURS, CASES),
        ),
        generator.uniform(0, FIRES_AT, CASES),
    )
    return Drawn(generator.integers(0, DAYS, CASES), hours, [fired_on(is_named)])


def prophet_beside_coins(generator: np.random.Generator) -> Drawn:
    """Put coins beside the prophet, so that its bounds are wider."""
    drawn = prophet(generator)
    coins = [
        fired_on(generator.random(CASES) < FIRING_SHARE) for _ in range(COINS_BESIDE)
    ]
    return drawn._replace(fired_after=drawn.fired_after + coins)


def drawn_cases(
    generator: np.random.Generator, *, variation: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the days of cases and their hours; the risk of the days varies so much."""
    days = generator.integers(0, DAYS, CASES)
    factor = np.ones(DAYS)
    if variation:
        factor = day_factors(generator, variation, DAYS)
    is_bad = generator.random(CASES) < BAD_SHARE * factor[days]
    good_hours = DEADLINE_HOURS * generator.beta(1, 2, CASES)
    return days, np.where(is_bad, DEADLINE_HOURS + 1, good_hours)


def fired_on(cases: np.ndarray) -> np.ndarray:
    """Return the age at which a rule fires on these cases; on others it never does."""
    return np.where(cases, FIRES_AT, np.inf)


COINS: dict[str, Draw] = {
    f"tossed at {FIRES_AT:.0f} h": coin_at_one_age,
    "tossed at every hour": coin_at_every_hour,
    f"tossed for each day, of days that vary by {DAY_VARIATION},": coin_for_days,
}
PROPHETS: dict[str, Draw] = {
    "alone": prophet,
    f"one of {COINS_BESIDE + 1} rules": prophet_beside_coins,
}


def verdicts_of(
    compiled: dict[str, str], generator: np.random.Generator, draw: Draw, count: int
) -> Counter[str]:
    """Count the verdicts on the first rule of so many draws."""
    verdicts: Counter[str] = Counter()
    workings = {model: compiled[model] for model in WORKINGS}
    with empty_warehouse() as connection:
        for _ in range(count):
            with_inputs(connection, draw(generator))
            build(connection, "intermediate", workings)
            [(verdict,)] = connection.execute(
                f"select verdict from ({compiled[MART]}) where rule_id = 'rule_0'"
            ).fetchall()
            verdicts[verdict] += 1
    return verdicts


def with_inputs(connection: duckdb.DuckDBPyConnection, drawn: Drawn) -> None:
    """Make what the models read: settled cases, and what was raised on them."""
    cases = pd.DataFrame({"begin_hour": drawn.days * 24.0, "hours": drawn.hours})
    cases["case_id"] = cases.index.astype(str)
    raised = pd.concat(
        cases.assign(rule_id=f"rule_{number}", fired_after=fired_after)
        for number, fired_after in enumerate(drawn.fired_after)
    )
    connection.register("cases", cases)
    connection.register("raised", raised[raised.fired_after < raised.hours])
    connection.execute(
        f"""
        create or replace table warehouse.marts.fct_sli_cases as
        select
            'in_a_day' as slo_id,
            'simulated' as journey,
            case_id,
            cast(null as varchar) as severity,
            timestamp '{BEGINS:%Y-%m-%d}' + to_seconds(begin_hour * 3600) as from_at,
            from_at + to_seconds(least(hours, {DEADLINE_HOURS}) * 3600) as settled_at,
            if(hours > {DEADLINE_HOURS}, 'bad', 'good') as verdict,
            false as is_provisional
        from cases;
        create or replace table warehouse.intermediate.int_exceptions_detected as
        select
            rule_id,
            'case' as subject_type,
            case_id as subject_id,
            timestamp '{BEGINS:%Y-%m-%d}'
            + to_seconds((begin_hour + fired_after) * 3600) as detected_at
        from raised;
        create or replace table warehouse.intermediate.int_journey_timezones as
        select 'simulated' as journey, 'UTC' as timezone;
        create or replace table warehouse.intermediate.int_rules_tested as
        select distinct
            rule_id,
            'in_a_day' as slo_id,
            cast(null as varchar) as untested_reason
        from raised;
        """
    )
