"""How long states last agrees with an estimator of its own, on drawn and on real visits."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from building import rendered

SHARES = {"median_seconds": 0.5, "p90_seconds": 0.1}


def quantile_of(
    durations: npt.NDArray[np.int64], ended: npt.NDArray[np.bool_], left: float
) -> float | None:
    """Return after how long a share is left, by the product over each who was watched.

    Kaplan and Meier in their own words: one visit after the other, by its duration, those
    that ended before those that were open for as long.
    """
    order = np.lexsort((~ended, durations))
    durations, ended = durations[order], ended[order]
    at_risk = np.arange(len(durations), 0, -1)
    curve = np.cumprod(np.where(ended, 1 - 1 / at_risk, 1.0))
    # The curve after the last of those with the same duration.
    is_last = np.append(durations[1:] != durations[:-1], True)
    steps, shares = durations[is_last], curve[is_last]
    down = steps[shares < left + 1e-9]
    below = steps[shares < left - 1e-9]
    if not len(down):
        return None
    return float(down[0] + (below[0] if len(below) else down[0])) / 2


@pytest.fixture(scope="module")
def query(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the query of the quantiles of a table of visits."""
    text = """
        select
            state,
            {{ offpath.survival_quantile("seconds", "0.5e0") }} as median_seconds,
            {{ offpath.survival_quantile("seconds", "0.1e0") }} as p90_seconds
        from (
            {{ offpath.surviving_shares("visits", ["state"], "seconds", "ended") }}
        ) as surviving
        group by state
    """
    return rendered(text, tmp_path_factory.mktemp("durations"))


@pytest.mark.parametrize("seed", range(5))
def test_quantiles_are_those_of_the_product_over_each_visit(
    query: str, seed: int
) -> None:
    """States of one to 400 visits, of which none to all are open, with many ties."""
    draw = np.random.default_rng(seed)
    visits, expected = [], {}
    for state in range(60):
        size = int(draw.integers(1, 400 if state % 2 else 8))
        durations = draw.integers(0, draw.choice([5, 50, 10**6]), size)
        ended = draw.random(size) < draw.choice([0.0, 0.2, 0.6, 1.0])
        visits.append(
            pd.DataFrame({"state": state, "seconds": durations, "ended": ended})
        )
        expected[state] = tuple(
            quantile_of(durations, ended, left) for left in SHARES.values()
        )
    with duckdb.connect() as connection:
        connection.register("visits", pd.concat(visits))
        found = {
            state: tuple(figures)
            for state, *figures in connection.sql(query).fetchall()
        }

    assert found == expected


def of_states(warehouse: Path) -> list[tuple[object, ...]]:
    """Return the states whose figures are not those of the visits, as estimated here."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        states = connection.sql(
            "select journey, state, visit_count, open_count, median_seconds, p90_seconds,"
            " median_business_seconds, p90_business_seconds"
            " from marts.fct_state_durations order by all"
        ).fetchall()
        wrong = []
        for journey, state, *figures in states:
            visits = connection.execute(
                "select elapsed_seconds, business_seconds, not is_open as ended"
                " from intermediate.int_state_visits"
                " where journey = ? and state = ? and not ends_case",
                [journey, state],
            ).fetchnumpy()
            ended = np.asarray(visits["ended"], dtype=bool)
            estimated = [
                len(ended),
                int((~ended).sum()),
                *(
                    quantile_of(np.asarray(visits[column], dtype=np.int64), ended, left)
                    for column in ("elapsed_seconds", "business_seconds")
                    for left in SHARES.values()
                ),
            ]
            if figures != estimated:
                wrong.append((journey, state, figures, estimated))
    assert len(states) > 5
    return wrong


def test_states_of_the_demo_last_as_long_as_their_visits(demo: Path) -> None:
    assert of_states(demo / "warehouse.duckdb") == []
