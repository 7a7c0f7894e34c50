"""How long states last agrees with an estimator of its own, on drawn and on real visits."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from building import rendered
from durations import SHARES, misestimated_states, quantile_of


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


def test_states_of_the_demo_last_as_long_as_their_visits(demo: Path) -> None:
    assert misestimated_states(demo / "warehouse.duckdb") == []
