"""What is named as a cause where nothing is, and whether what is one is found.

Orders are drawn that are placed, picked, sometimes picked again, packed and shipped.
Why they are late is known: a coin, one day, a channel, a person. Every draw is a
journey of its own, and `fct_outcome_factors` says what goes with its late and its slow
orders.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from bench.compiled import build, compiled_models, empty_warehouse
from bench.statistics.cause_scenes import (
    BEGINS,
    DEADLINE_HOURS,
    SCENES,
    Scene,
    drawn_orders,
)
from bench.statistics.figure import Figure

SEED = 19950101
DRAWS = 200
ENDS = datetime(2026, 6, 1, tzinfo=UTC)
LUCK = 0.05
FOUND = 0.9
# In the order in which they read each other.
MODELS = {
    "int_variant_steps": "intermediate",
    "int_slow_thresholds": "intermediate",
    "int_outcomes_judged": "intermediate",
    "int_outcomes_numbered": "intermediate",
    "int_cases_described": "intermediate",
    "int_strata_described": "intermediate",
    "int_cases_compared": "intermediate",
    "int_actors_numbered": "intermediate",
    "int_actors_until_landmark": "intermediate",
    "int_variants_until_landmark": "intermediate",
    "int_variant_beginnings": "intermediate",
    "int_declared_attributes": "intermediate",
    "int_attributes_told": "intermediate",
    "int_factors_counted": "intermediate",
    "int_factors_tested": "intermediate",
    "int_factors_stratified": "intermediate",
    "fct_outcome_factors": "marts",
}


def figures(home: Path, draws: int = DRAWS) -> list[Figure]:
    """Draw and judge everything, and hold it to the goals."""
    compiled = compiled_models(home, list(MODELS), ENDS)
    generator = np.random.default_rng(SEED)
    found = []
    for scene in SCENES:
        with empty_warehouse() as connection:
            judge(connection, compiled, generator, scene, draws)
            found += judged(connection, scene, draws)
    return found


def judge(
    connection: duckdb.DuckDBPyConnection,
    compiled: dict[str, str],
    generator: np.random.Generator,
    scene: Scene,
    draws: int,
) -> None:
    """Draw the orders of a scene, and let the models say what goes with lateness."""
    with_orders(connection, drawn_orders(generator, scene, draws))
    for model, schema in MODELS.items():
        build(connection, schema, {model: compiled[model]})


def judged(
    connection: duckdb.DuckDBPyConnection, scene: Scene, draws: int
) -> list[Figure]:
    """Say how often what is no cause is named, and what is one."""
    found = []
    if scene.idle:
        for outcome, words in (("in_a_day", "late"), ("[slow]", "slow")):
            named = share_of_draws(
                connection, draws, f"outcome = '{outcome}' and ({scene.idle})"
            )
            found.append(
                Figure(
                    f"{scene.name}: what is no cause of {words} orders is notable in"
                    f" at most {LUCK:.0%} of the draws",
                    f"{named:.1%}",
                    named <= LUCK,
                )
            )
    for words, condition in scene.causes.items():
        named = share_of_draws(
            connection, draws, f"outcome = 'in_a_day' and ({condition})"
        )
        found.append(
            Figure(
                f"{scene.name}: {words} in at least {FOUND:.0%}",
                f"{named:.1%}",
                named >= FOUND,
            )
        )
    return found


def share_of_draws(
    connection: duckdb.DuckDBPyConnection, draws: int, condition: str
) -> float:
    """Return the share of the draws that have such a notable row."""
    [(number,)] = connection.execute(
        "select count(distinct journey) from warehouse.marts.fct_outcome_factors"
        f" where is_notable and {condition}"
    ).fetchall()
    return float(number) / draws


def with_orders(connection: duckdb.DuckDBPyConnection, orders: pd.DataFrame) -> None:
    """Make what the models read of the orders of all draws."""
    connection.register("orders", orders)
    connection.execute(
        f"""
        create table orders_placed as
        select
            'd' || draw as journey, case_id, severity, channel, location, carrier,
            picker, cast(told_at_end as varchar) as told_at_end,
            cast("value" as decimal(18, 2)) as value_amount,
            timestamp '{BEGINS}' + to_seconds(cast(3600 * (24 * day + hour) as bigint))
                as placed_at,
            picked, repicked, packed, shipped
        from orders;
        create table steps as
        select *, case_id || '-' || event_number as event_id
        from (
            select
                *,
                row_number() over (
                    partition by journey, case_id order by occurred_at, event_name
                ) as event_number
            from (
                select
                    *,
                    placed_at + to_seconds(cast(3600 * hours as bigint)) as occurred_at
                from (
                    select *, 'placed' as event_name, 0.0 as hours,
                        cast(null as varchar) as actor from orders_placed
                    union all
                    select *, 'picked', picked, picker from orders_placed
                    union all
                    select *, 'picked', repicked, picker from orders_placed
                    where repicked is not null and not isnan(repicked)
                    union all
                    select *, 'packed', packed, 'packer' from orders_placed
                    where packed < shipped
                    union all
                    select *, 'shipped', shipped, 'carrier' from orders_placed
                )
            )
        );
        create table warehouse.marts.fct_case_events as
        select
            *,
            lag(event_name) over (partition by journey, case_id order by event_number)
                as previous_event_name,
            false as is_repeat,
            true as is_defined
        from steps;
        create table warehouse.marts.fct_event_attributes as
        select
            journey, case_id, event_id, json_object('carrier', carrier) as attributes
        from steps where event_name = 'placed'
        union all
        select
            journey, case_id, event_id, json_object('note', told_at_end) as attributes
        from steps where event_name = 'shipped' and told_at_end is not null;
        create table warehouse.definitions.journey_attributes as
        select distinct journey, unnest(['carrier', 'note']) as attribute
        from orders_placed;
        create table warehouse.definitions.journeys as
        select distinct journey, cast(null as varchar) as calendar from orders_placed;
        create table warehouse.intermediate.int_journey_timezones as
        select journey, 'UTC' as timezone from warehouse.definitions.journeys;
        create table warehouse.definitions.slos as
        select
            journey, 'in_a_day' as slo_id, 'latency' as indicator,
            'shipped' as to_event, null::integer as maturity_days
        from warehouse.definitions.journeys;
        create table warehouse.definitions.slo_steps (
            slo_id varchar, step_slo_id varchar
        );
        create table warehouse.definitions.journey_events as
        select journey, 'shipped' as event_name, 'good' as ends_case_as
        from warehouse.definitions.journeys;
        create table warehouse.marts.fct_sli_cases as
        select
            journey, 'in_a_day' as slo_id, case_id, placed_at as from_at,
            placed_at + interval '{DEADLINE_HOURS:.0f} hours' as counted_at,
            placed_at + to_seconds(
                cast(3600 * least(shipped, {DEADLINE_HOURS}) as bigint)
            ) as settled_at,
            case when shipped > {DEADLINE_HOURS} then 'bad' else 'good' end as verdict,
            false as is_provisional
        from orders_placed;
        create table warehouse.intermediate.int_slo_clocks as
        select
            journey, slo_id, case_id, counted_at as deadline_at,
            cast(null as timestamp) as promised_at, cast(null as varchar) as calendar,
            {DEADLINE_HOURS * 60} as minutes_to_deadline
        from warehouse.marts.fct_sli_cases;
        create table warehouse.marts.fct_cases as
        select
            journey, case_id, any_value(severity) as severity,
            any_value(value_amount) as value_amount, false as is_excluded,
            any_value(placed_at) as started_at, max(occurred_at) as ended_at,
            'good' as ended_as,
            md5(string_agg(event_name, '>' order by event_number)) as variant_id,
            cast(epoch(max(occurred_at) - any_value(placed_at)) as bigint)
                as business_seconds
        from steps group by journey, case_id;
        create table warehouse.intermediate.int_case_endings as
        select
            journey, case_id, ended_at, cast(null as timestamp) as reopened_at
        from warehouse.marts.fct_cases;
        create table warehouse.intermediate.int_case_versions as
        select
            journey, case_id, severity, value_amount,
            timestamp '1000-01-01' as known_from
        from warehouse.marts.fct_cases where false;
        create table warehouse.intermediate.int_calendar_hours (
            calendar varchar, hour_started_at timestamp, open_seconds_before bigint,
            open_minutes bigint
        );
        create table warehouse.intermediate.int_calendar_open_hours (
            calendar varchar, open_hour bigint, opened_at timestamp,
            open_seconds_before bigint, open_seconds_until bigint
        );
        create table warehouse.intermediate.int_state_visits as
        select
            journey, case_id, event_name as state, event_number as visit_number,
            row_number() over (
                partition by journey, case_id, event_name order by event_number
            ) as state_visit_number,
            occurred_at as entered_at,
            lead(occurred_at) over (partition by journey, case_id order by event_number)
                as exited_at,
            event_name = 'shipped' as ends_case
        from steps;
        """
    )
