"""Volume rules on counts that are drawn: what chance raises, and what does not pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import duckdb
import numpy as np
import pytest
from building import rendered

from bench.statistics.figure import Figure
from bench.statistics.simulated_counts import (
    FLOOD,
    LABELS,
    SEED,
    SILENCE,
    WEEK,
    Simulation,
)
from bench.statistics.volume import (
    course,
    dead_feeds,
    false_alarms,
    recoveries,
)

BASELINE_WINDOWS = 14


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    return Simulation(tmp_path_factory.mktemp("home"))


@pytest.fixture
def simulation(compiled: Simulation) -> Simulation:
    """Return the simulation from its first draw on, whichever test comes before."""
    compiled.generator = np.random.default_rng(SEED)
    return compiled


@pytest.fixture(scope="module")
def deviation(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return SQL that deviates drawn counts from drawn usual ones."""
    return rendered(
        """
        select {{ offpath.root_deviation(
            "event_count", "usual_count", "overdispersion", "baseline_windows", "windows"
        ) }} as z_score
        from drawn
        """,
        tmp_path_factory.mktemp("home"),
    )


@pytest.mark.parametrize("windows", [1, BASELINE_WINDOWS])
@pytest.mark.parametrize("overdispersion", [0.0, 0.25])
@pytest.mark.parametrize("usual", [4, 40, 400])
def test_a_count_deviates_by_a_standard_error_at_every_rate(
    deviation: str, usual: int, overdispersion: float, windows: int
) -> None:
    """Of many draws of a negative binomial the deviations have mean 0 and variance 1."""
    generator = np.random.default_rng(20260413)
    shape = (20_000, windows + BASELINE_WINDOWS)
    rates = np.full(shape, float(usual))
    if overdispersion:
        rates *= generator.gamma(1 / overdispersion, overdispersion, shape)
    counts = generator.poisson(rates)
    drawn = {
        "event_count": counts[:, :windows].mean(axis=1),
        "usual_count": counts[:, windows:].mean(axis=1),
    }
    with duckdb.connect() as connection:
        connection.register("means", drawn)
        connection.execute(
            f"""
            create table drawn as
            select
                *,
                {overdispersion} as overdispersion,
                {BASELINE_WINDOWS} as baseline_windows,
                {windows} as windows
            from means
            """
        )
        found = connection.execute(deviation).fetchnumpy()["z_score"]
    # What is left is the skewness of roots, which roots of small counts keep.
    assert found.mean() == pytest.approx(0, abs=0.2)
    assert found.std() == pytest.approx(1, abs=0.12)


def test_a_count_of_the_documents_may_be_chance(deviation: str) -> None:
    """Nine where two are usual are 2.9 standard errors too many, ten are 3.2."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table drawn as select event_count, 2 as usual_count,"
            " 0 as overdispersion, 14 as baseline_windows, 1 as windows"
            " from (values (9), (10)) as counts (event_count)"
        )
        found = [z for (z,) in connection.execute(deviation).fetchall()]
    assert found == pytest.approx([2.938, 3.246], abs=0.001)


@pytest.mark.parametrize(
    ("kind", "variation"),
    [(false_alarms, 0.3), (dead_feeds, 0.3), (recoveries, 0.0)],
)
def test_few_segments_hold_the_goals(
    simulation: Simulation,
    kind: Callable[[Simulation, float, int], Iterator[Figure]],
    variation: float,
) -> None:
    figures = kind(simulation, variation, 4)
    assert [figure for figure in figures if not figure.is_reached] == []


def test_what_is_raised_is_the_same_in_every_build(simulation: Simulation) -> None:
    """A build two weeks earlier raised what was detected by then, open where it was."""
    weeks, before = 18, 16 * WEEK
    factors = course(weeks, 13 * WEEK + 9, 2 * WEEK, 0.0)
    factors[15 * WEEK :] = 4.0
    for rule_id in (LABELS, FLOOD, SILENCE):
        late = simulation.judged(rule_id, 0.3, [factors] * 3, [4])[4]
        early = simulation.found_on(rule_id, [each.hourly[:before] for each in late])
        assert any(each.found for each in late)
        assert early == [
            [
                one._replace(
                    cleared=one.cleared
                    if one.cleared is not None and one.cleared <= before
                    else None
                )
                for one in each.found
                if one.detected <= before
            ]
            for each in late
        ]
