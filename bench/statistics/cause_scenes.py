"""Orders whose reasons to be late are known, and what would fool who looks for them.

A scene draws the orders of many draws at once; each draw is a journey of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from bench.backtest.simulated_burns import day_factors

CASES = 1_500
DAYS = 42
BEGINS = np.datetime64("2026-03-02T00:00:00")
DEADLINE_HOURS = 24.0
BAD_SHARE = 0.1
DAY_VARIATION = 0.5
RATIO = 2.0
CHANNELS, LOCATIONS, PICKERS, CARRIERS = 3, 30, 6, 4
REPICKED_SHARE = 0.2
# Of the orders of the bad day, and of those of any other, what has one attribute.
ON_BAD_DAY, ON_OTHER_DAYS, BAD_DAY_RISK = 0.5, 0.05, 0.6
# Of urgent and of other orders: how many are bad, and how many the night shift picks.
URGENT_RISK, OTHER_RISK = 0.4, 0.05
NIGHT_URGENT, NIGHT_OTHER, NIGHT_RATIO = 0.85, 0.15, 0.6
# How much more comes, and how many more are late, in the second half of the weeks; and
# how much more on its Mondays.
LATER_VOLUME, LATER_RISK, LATER_MONDAYS = 2.0, 3.0, 4.0
VALUES = 1_000
TOLD_SHARE = 0.9
FEW = 30, 60


Draw = Callable[[np.random.Generator, pd.DataFrame], None]


class Scene(NamedTuple):
    """Why the orders of a draw are late, and what is not to be named, or is."""

    name: str
    draw: Draw
    # A condition on the rows that nobody should be shown; none where all may be.
    idle: str | None
    # A condition for each cause, in words.
    causes: dict[str, str]
    # Orders go on for as long as they like, and are picked again for as long.
    is_endless: bool = False
    # What is done with the orders when it is known which are late.
    draw_after: Draw | None = None
    # Orders of each draw.
    cases: int = CASES


def drawn_orders(
    generator: np.random.Generator, scene: Scene, draws: int
) -> pd.DataFrame:
    """Draw the orders of all draws; a bad one is shipped after its deadline."""
    count = draws * scene.cases
    numbers = np.arange(count)
    orders = pd.DataFrame(
        {
            "draw": numbers // scene.cases,
            "case_id": np.char.add("c", numbers.astype(str)),
            "day": generator.integers(0, DAYS, count),
            "hour": generator.uniform(0, 24, count),
            "severity": np.where(generator.random(count) < 1 / 3, "urgent", "usual"),
            "value": np.exp(generator.standard_normal(count)),
            "channel": named("channel", generator.integers(0, CHANNELS, count)),
            "location": named("place", zipf(generator, count)),
            "carrier": named("carrier", generator.integers(0, CARRIERS, count)),
            "picker": named("picker", generator.integers(0, PICKERS, count)),
            "picked": 4 * np.exp(0.5 * generator.standard_normal(count)),
            "is_repicked": generator.random(count) < REPICKED_SHARE,
            "risk": BAD_SHARE,
            "told_at_end": None,
        }
    )
    orders["picked"] = orders["picked"].clip(upper=8)
    scene.draw(generator, orders)
    is_bad = generator.random(count) < orders["risk"].clip(upper=1)
    # Nothing of the way until the landmark says when it will be shipped.
    orders["shipped"] = generator.uniform(12.5, 23.5, count) + 12 * is_bad
    orders["repicked"] = np.where(
        orders["is_repicked"], orders["picked"] + generator.uniform(0, 2, count), np.nan
    )
    orders["packed"] = orders["picked"] + generator.uniform(2, 12, count)
    if scene.is_endless:
        orders["shipped"] = 12 * np.exp(0.6 * generator.standard_normal(count))
        orders["picked"] = orders["shipped"] * 0.01
        orders["repicked"] = generator.exponential(24, count)
        orders["packed"] = generator.exponential(12, count)
        for step in ("repicked", "packed"):
            orders.loc[orders[step] >= orders["shipped"], step] = np.nan
    if scene.draw_after:
        scene.draw_after(generator, orders)
    return orders


def named(kind: str, numbers: np.ndarray) -> np.ndarray:
    """Return a name for each number."""
    return np.char.add(f"{kind} ", numbers.astype(str))


def zipf(generator: np.random.Generator, count: int) -> np.ndarray:
    """Draw places, few of them large and many small."""
    weights = 1 / np.arange(1, LOCATIONS + 1)
    return generator.choice(LOCATIONS, count, p=weights / weights.sum())


def of_days(generator: np.random.Generator, orders: pd.DataFrame) -> np.ndarray:
    """Return the factor of the day of each order; every draw has days of its own."""
    draws = orders["draw"].nunique()
    factors = np.stack(
        [day_factors(generator, DAY_VARIATION, DAYS) for _ in range(draws)]
    )
    return factors[orders["draw"], orders["day"]]


def by_coin(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Let nothing matter."""


def by_days(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Let days differ, and a third of each day's orders be of one place."""
    orders["risk"] *= of_days(generator, orders)
    draws = orders["draw"].nunique()
    places = generator.integers(0, LOCATIONS, (draws, DAYS))
    place = places[orders["draw"], orders["day"]]
    is_of_day = generator.random(len(orders)) < 1 / 3
    orders["location"] = np.where(is_of_day, named("place", place), orders["location"])


def by_one_day(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Let one day be bad, on which one carrier has half of the orders."""
    is_bad_day = orders["day"] == DAYS // 2
    orders["risk"] = np.where(is_bad_day, BAD_DAY_RISK, orders["risk"])
    has_carrier = generator.random(len(orders)) < np.where(
        is_bad_day, ON_BAD_DAY, ON_OTHER_DAYS
    )
    orders["carrier"] = np.where(has_carrier, "carrier of the day", orders["carrier"])


def by_three(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Let a channel, a person and rework each double the risk, and days differ."""
    orders["risk"] *= of_days(generator, orders)
    for is_caused in (
        orders["channel"] == "channel 0",
        orders["picker"] == "picker 0",
        orders["is_repicked"],
    ):
        orders["risk"] *= np.where(is_caused, RATIO, 1)


def by_urgency(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Let a carrier that is better with any order be given the hardest ones."""
    is_urgent = orders["severity"] == "urgent"
    is_night = generator.random(len(orders)) < np.where(
        is_urgent, NIGHT_URGENT, NIGHT_OTHER
    )
    orders["carrier"] = np.where(is_night, "night", "day")
    orders["risk"] = np.where(is_urgent, URGENT_RISK, OTHER_RISK)
    orders["risk"] *= np.where(is_night, NIGHT_RATIO, 1)


def by_volume(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Let more come and more be late in later weeks, and most of it on Mondays."""
    days = np.arange(DAYS)
    is_later = days >= DAYS // 2
    weights = np.where(is_later, LATER_VOLUME, 1.0)
    weights[is_later & (days % 7 == 0)] *= LATER_MONDAYS
    orders["day"] = generator.choice(DAYS, len(orders), p=weights / weights.sum())
    orders["risk"] *= np.where(orders["day"] >= DAYS // 2, LATER_RISK, 1)


def by_none_of_many(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Let nothing matter, and the carrier have a thousand values."""
    weights = 1 / np.arange(1, VALUES + 1)
    numbers = generator.choice(VALUES, len(orders), p=weights / weights.sum())
    orders["carrier"] = named("carrier", numbers)


def by_twins(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Let a channel double the risk, each of which has a carrier of its own."""
    orders["carrier"] = orders["channel"].str.replace("channel", "carrier")
    orders["risk"] *= of_days(generator, orders)
    orders["risk"] *= np.where(orders["channel"] == "channel 0", RATIO, 1)


def told_when_late(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Let late orders be picked again when they are, and say of all how they ended."""
    is_late = orders["shipped"] > DEADLINE_HOURS
    is_told = generator.random(len(orders)) < TOLD_SHARE
    orders.loc[is_told, "told_at_end"] = np.where(is_late, "late", "in time")[is_told]
    is_repicked_late = is_late & ~orders["is_repicked"]
    orders.loc[is_repicked_late, "repicked"] = DEADLINE_HOURS + 0.1


SCENES = (
    Scene("a coin", by_coin, "true", {}),
    Scene("days differ, and so do their places", by_days, "true", {}),
    Scene("orders that take longer see more", by_coin, "true", {}, is_endless=True),
    Scene(
        "one day is bad, and one carrier has half of it",
        by_one_day,
        "factor_value = 'carrier of the day'",
        {},
    ),
    Scene(
        "three causes double the risk, and days differ",
        by_three,
        None,
        {
            "the channel is notable": "factor_value = 'channel 0'",
            "the person is notable": "factor_value = 'picker 0'",
            "rework is notable": "factor_kind = 'rework' and factor_value = 'picked'",
        },
    ),
    Scene(
        "a carrier that is better is given what is harder",
        by_urgency,
        "factor_value = 'night' and not reverses",
        {
            "the reversal is told, by severity,": "factor_value = 'night' and reverses"
            " and stratified_by = 'severity'"
        },
    ),
    Scene(
        "what is told and done when an order is late",
        by_coin,
        "true",
        {},
        draw_after=told_when_late,
    ),
    Scene("more come, late, on Mondays of later weeks", by_volume, "true", {}),
    Scene("an attribute of a thousand values", by_none_of_many, "true", {}),
    Scene(
        "a carrier is a copy of the channel that doubles the risk",
        by_twins,
        "factor_value not in ('channel 0', 'carrier 0')",
        {
            "the channel is notable": "factor_value = 'channel 0'",
            "its copy is notable": "factor_value = 'carrier 0'",
        },
    ),
    *(
        Scene(f"a coin, {cases} orders", by_coin, "true", {}, cases=cases)
        for cases in FEW
    ),
)
