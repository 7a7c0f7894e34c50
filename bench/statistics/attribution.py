"""What stands out where nothing does, and whether what does is found.

Orders are drawn that wait in four states one after the other. Why they fail is known:
a coin, one state that is slow for some, days on which all is slow. Every draw is an
objective of its own, and `fct_budget_attribution` says what stands out of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd

from bench.compiled import build, compiled_models, empty_warehouse
from bench.statistics.figure import Figure

SEED = 20260413
DRAWS = 200
DAYS = 28
CASES = 1_900
BEGINS = np.datetime64("2026-03-16T00:00:00")
ENDS = datetime(2026, 5, 1, tzinfo=UTC)
DEADLINE_HOURS = 24.0
BAD_SHARE = 0.03
# Median hours in each state, in their order, and the spread of their logarithms.
STATES = {"payment": 0.5, "inventory": 3.0, "picking": 1.0, "carrier": 8.0}
SPREAD = 0.5
CHANNELS, LOCATIONS, ACTORS_A_STATE = 3, 50, 3
RULE_AFTER_HOURS = 12.0
# In the order in which they read each other.
MODELS = {
    "int_valid_cases": "intermediate",
    "int_valid_case_attributes": "intermediate",
    "int_cut_values_counted": "intermediate",
    "fct_budget_attribution": "marts",
}
LUCK = 0.05
FOUND = 0.9
COIN = 0.5


class Scene(NamedTuple):
    """Why the orders of a draw fail."""

    name: str
    indicator: str
    draw: Callable[[np.random.Generator, pd.DataFrame], None]
    # Of the cuts whose values do not matter here.
    idle_cuts: tuple[str, ...]


def figures(home: Path) -> list[Figure]:
    """Draw and judge everything, and hold it to the goals."""
    attribution = compiled_models(home, list(MODELS), ENDS)
    generator = np.random.default_rng(SEED)
    found = []
    for scene in SCENES:
        with empty_warehouse() as connection:
            with_orders(connection, generator, scene)
            for model, schema in MODELS.items():
                build(connection, schema, {model: attribution[model]})
            found += judged(connection, scene)
    return found


def judged(connection: duckdb.DuckDBPyConnection, scene: Scene) -> list[Figure]:
    """Say how often what does not matter stands out, and what does."""
    mart = "warehouse.marts.fct_budget_attribution"
    idle = share_of_draws(
        connection,
        f"from {mart} where stands_out and cut in {scene.idle_cuts}",
    )
    goal = f"{scene.name}: {', '.join(scene.idle_cuts)} stand out in at most 5 %"
    found = [Figure(goal, f"{idle:.1%}", idle <= LUCK)]
    if scene.indicator == "latency":
        inventory = share_of_draws(
            connection,
            f"from {mart} where stands_out and cut_value = 'inventory'",
        )
        carrier = share_of_draws(
            connection,
            f"from {mart} where stands_out and cut_value = 'carrier'",
        )
        if scene.name == SLOW_STATE:
            goal = f"{scene.name}: it stands out in at least 90 %"
            found.append(Figure(goal, f"{inventory:.1%}", inventory >= FOUND))
        goal = f"{scene.name}: where most wait is not named"
        found.append(Figure(goal, f"{carrier:.1%}", carrier <= LUCK))
        coin = share_of_draws(
            connection,
            f"from {mart} where cut = 'rule' and cut_value = 'coin'"
            " and excess_count_lower > 0",
        )
        named = share_of_draws(
            connection, f"from {mart} where cut = 'rule' and stands_out"
        )
        goal = f"{scene.name}: a coin in place of a rule does not stand out"
        said = f"{named:.1%} (its interval alone: {coin:.1%})"
        found.append(Figure(goal, said, named == 0))
    return found


def share_of_draws(connection: duckdb.DuckDBPyConnection, rows: str) -> float:
    """Return the share of the draws that have such a row."""
    [(number,)] = connection.execute(f"select count(distinct slo_id) {rows}").fetchall()
    return float(number) / DRAWS


def with_orders(
    connection: duckdb.DuckDBPyConnection, generator: np.random.Generator, scene: Scene
) -> None:
    """Make what the models read of the orders of all draws."""
    orders = drawn_orders(generator)
    scene.draw(generator, orders)
    visits = visited(generator, orders)
    connection.register("orders", counted(orders, scene))
    connection.register("visits", visits)
    connection.execute(
        f"""
        create table warehouse.definitions.slos as
        select distinct slo_id, '{scene.indicator}' as indicator from orders;
        create table warehouse.definitions.slo_steps (
            slo_id varchar, step_slo_id varchar
        );
        create table warehouse.intermediate.int_journey_timezones as
        select 'shop' as journey, 'UTC' as timezone;
        create table warehouse.definitions.journey_attributes (
            journey varchar, attribute varchar
        );
        create table warehouse.intermediate.int_declared_attributes (
            journey varchar, case_id varchar, event_number integer,
            occurred_at timestamp, attribute varchar, attribute_value varchar
        );
        create table warehouse.marts.fct_error_budgets as
        select
            slo_id, timestamp '1970-01-01' as window_started_at,
            cast(null as varchar) as calendar_window, 100.0 as budget_cases
        from warehouse.definitions.slos;
        create table warehouse.marts.fct_sli_cases as
        select
            slo_id, 'shop' as journey, case_id, from_at, counted_at, settled_at,
            case when is_bad then 'bad' else 'good' end as verdict
        from orders;
        create table warehouse.marts.fct_cases as
        select 'shop' as journey, case_id, 'one' as variant_id from orders;
        create table warehouse.marts.dim_variants (
            journey varchar, variant_id varchar, variant varchar
        );
        create table warehouse.intermediate.int_state_visits as
        select
            'shop' as journey, case_id, state, visit_number, entered_at, exited_at,
            ends_case
        from visits;
        create table warehouse.marts.fct_case_events as
        select
            'shop' as journey, case_id, visit_number as event_number,
            entered_at as occurred_at, state as enters_state, false as is_staying,
            is_rework, actor, channel, location, case_id || visit_number as event_id
        from visits;
        create table warehouse.intermediate.int_exceptions_detected as
        select
            'coin' as rule_id, 'shop' as journey, 'case' as subject_type,
            case_id as subject_id, case_id as exception_id,
            from_at + interval '{RULE_AFTER_HOURS:.0f} hours' as detected_at
        from orders
        where coin and hours > {RULE_AFTER_HOURS};
        """
    )


def drawn_orders(generator: np.random.Generator) -> pd.DataFrame:
    """Draw the orders of all draws: when they begin, and how long each state takes."""
    count = DRAWS * CASES
    numbers = np.arange(count)
    orders = pd.DataFrame(
        {
            "slo_id": np.char.add("d", (numbers // CASES).astype(str)),
            "case_id": np.char.add("c", numbers.astype(str)),
            "day": generator.integers(0, DAYS, count),
            "at": generator.uniform(0, 24, count),
            "channel": generator.integers(0, CHANNELS, count),
            "location": zipf(generator, count),
            "coin": generator.random(count) < COIN,
            "is_bad": False,
            "rework": 0.0,
            "reopened": False,
        }
    )
    for state, hours in STATES.items():
        orders[state] = hours * np.exp(SPREAD * generator.standard_normal(count))
    return orders


def zipf(generator: np.random.Generator, count: int) -> np.ndarray:
    """Draw places, few of them large and many small."""
    weights = 1 / np.arange(1, LOCATIONS + 1)
    return generator.choice(LOCATIONS, count, p=weights / weights.sum())


def reopened_by_coin(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Open some again two days after their end."""
    orders["is_bad"] = generator.random(len(orders)) < BAD_SHARE
    orders["reopened"] = orders["is_bad"]


def reworked_by_coin(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Send some back after picking, for hours that differ."""
    orders["is_bad"] = generator.random(len(orders)) < BAD_SHARE
    hours = 4 * np.exp(generator.standard_normal(len(orders)))
    orders["rework"] = np.where(orders["is_bad"], hours, 0)


def slow_in_inventory(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Let the stock of some come late, so that with it they are late more often."""
    is_slow = generator.random(len(orders)) < BAD_SHARE
    orders.loc[is_slow, "inventory"] *= 5
    judge_by_deadline(orders)


def slow_days(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Let all be slower on some days, another pace every day of each draw."""
    pace = np.exp(0.3 * generator.standard_normal((DRAWS, DAYS)))
    draw = np.arange(len(orders)) // CASES
    for state in STATES:
        orders[state] *= pace[draw, orders["day"]]
    judge_by_deadline(orders)


def slow_days_of_a_place(generator: np.random.Generator, orders: pd.DataFrame) -> None:
    """Let a third of each day's orders be of one place too."""
    draw = np.arange(len(orders)) // CASES
    place = generator.integers(0, LOCATIONS, (DRAWS, DAYS))[draw, orders["day"]]
    is_of_day = generator.random(len(orders)) < 1 / 3
    orders["location"] = np.where(is_of_day, place, orders["location"])
    slow_days(generator, orders)


def judge_by_deadline(orders: pd.DataFrame) -> None:
    """Call bad what takes longer than the deadline allows."""
    orders["is_bad"] = orders[list(STATES)].sum(axis=1) > DEADLINE_HOURS


def instants(hours: pd.Series[float]) -> pd.Series[pd.Timestamp]:
    """Return instants, so many hours after the window begins."""
    return BEGINS + pd.to_timedelta((hours * 3600).round(), unit="s")


def counted(orders: pd.DataFrame, scene: Scene) -> pd.DataFrame:
    """Say when each order counts, and since when its verdict stands."""
    begin = orders["day"] * 24 + orders["at"]
    orders["hours"] = orders[[*STATES, "rework"]].sum(axis=1)
    end = begin + orders["hours"]
    orders["from_at"] = instants(begin)
    if scene.indicator == "latency":
        deadline = begin + DEADLINE_HOURS
        orders["counted_at"] = instants(deadline)
        orders["settled_at"] = instants(end.clip(upper=deadline))
    else:
        turned = end + 48 * orders["reopened"]
        orders["counted_at"] = instants(end)
        orders["settled_at"] = instants(turned.where(orders["is_bad"], end + 168))
    return orders


def visited(generator: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    """Return the visits of the orders, each with the event that begins it."""
    begin = orders["day"] * 24 + orders["at"]
    parts = []

    def visit(
        rows: pd.Series[bool], state: str, hours: pd.Series[float], number: int
    ) -> None:
        nonlocal begin
        some = orders[rows]
        actor = generator.integers(0, ACTORS_A_STATE, len(some)).astype(str)
        parts.append(
            pd.DataFrame(
                {
                    "case_id": some["case_id"],
                    "state": state,
                    "visit_number": number,
                    "entered_at": instants(begin[rows]),
                    "exited_at": instants((begin + hours)[rows]),
                    "ends_case": state == "shipped",
                    "is_rework": state in ("repacking", "returned"),
                    "actor": np.char.add(f"{state} ", actor),
                    "channel": some["channel"].astype(str),
                    "location": some["location"].astype(str),
                }
            )
        )
        begin = begin + hours.where(rows, 0)

    everyone = pd.Series(data=True, index=orders.index)
    is_reworked = orders["rework"] > 0
    for number, state in enumerate(("payment", "inventory", "picking")):
        visit(everyone, state, orders[state], number)
    visit(is_reworked, "repacking", orders["rework"], 3)
    visit(everyone, "carrier", orders["carrier"], 4)
    visit(everyone, "shipped", pd.Series(48.0, index=orders.index), 5)
    visit(orders["reopened"], "returned", orders["picking"], 6)
    return pd.concat(parts)


SLOW_STATE = "stock that comes late for 3 %"
SCENES = (
    Scene(
        "a coin opens cases again",
        "first_time_right",
        reopened_by_coin,
        ("state", "actor", "channel", "location"),
    ),
    Scene(
        "a coin sends cases back",
        "first_time_right",
        reworked_by_coin,
        ("state", "actor", "channel", "location"),
    ),
    Scene(SLOW_STATE, "latency", slow_in_inventory, ("channel", "location")),
    Scene("days differ in pace", "latency", slow_days, ("channel", "location")),
    Scene(
        "days differ in pace and in places",
        "latency",
        slow_days_of_a_place,
        ("channel", "location"),
    ),
)
