"""Wilson bounds in SQL against the test that they invert.

An interval of Wilson holds the shares that the score test does not reject. Here they are
found by halving, and the fewest trials are told in fractions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

import duckdb
import pytest
from building import rendered
from hypothesis import given
from hypothesis import strategies as st
from searches import search

Z = "1.645"
QUERY = """
select
    {{ offpath.wilson_lower("hits", "trials") }} as share_lower,
    {{ offpath.wilson_upper("hits", "trials") }} as share_upper,
    {{ offpath.wilson_trials_to_meet("hits", "share") }} as trials_to_meet
from (
    select
        cast($hits as bigint) as hits,
        cast($trials as bigint) as trials,
        cast($share as double) as share
)
"""


@dataclass
class Statistics:
    """The project's macros as dbt renders them."""

    sql: str = field(repr=False)
    connection: duckdb.DuckDBPyConnection = field(repr=False)

    def bounds(self, hits: int, trials: int) -> tuple[float | None, float | None]:
        """Return the lower and the upper bound of a share."""
        lower, upper, _ = self._answer(hits=hits, trials=trials, share=0.5)
        return lower, upper

    def trials_to_meet(self, hits: int, share: str) -> int:
        """Return the fewest trials that meet a share in spite of the hits."""
        trials = self._answer(hits=hits, trials=max(hits, 1), share=float(share))[2]
        assert trials is not None
        return int(trials)

    def _answer(self, **values: float) -> tuple[float | None, ...]:
        row = self.connection.execute(self.sql, values).fetchone()
        assert row is not None
        return row


@pytest.fixture(scope="module")
def statistics(tmp_path_factory: pytest.TempPathFactory) -> Statistics:
    sql = rendered(QUERY, tmp_path_factory.mktemp("home"), wilson_z=float(Z))
    return Statistics(sql, duckdb.connect())


def last_not_rejected(
    hits: int, trials: int, rejected: float, z: float = float(Z)
) -> float:
    """Return the share furthest towards 0 or 1 that the score test does not reject."""
    passed = hits / trials
    for _ in range(60):
        share = (passed + rejected) / 2
        spread = z * math.sqrt(share * (1 - share) / trials)
        if abs(hits / trials - share) > spread:
            rejected = share
        else:
            passed = share
    return passed


def meets(hits: int, trials: int, share: str) -> bool:
    """Return whether the score test rejects every share above this one."""
    allowed = Fraction(share)
    spare = trials * allowed - hits
    spread = Fraction(Z) ** 2 * trials * allowed * (1 - allowed)
    return trials > 0 and spare >= 0 and spare**2 >= spread


@pytest.mark.parametrize(
    ("hits", "trials", "lower", "upper"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_halving_finds_the_bounds_that_newcombe_printed(
    hits: int, trials: int, lower: float, upper: float
) -> None:
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3."""
    found = [last_not_rejected(hits, trials, end, 1.959964) for end in (0.0, 1.0)]
    assert found == pytest.approx([lower, upper], abs=5e-5)


@search(gate=100, deep=5000)
@given(
    st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
)
def test_the_bounds_are_the_last_shares_that_are_not_rejected(
    statistics: Statistics, case: tuple[int, int]
) -> None:
    expected = last_not_rejected(*case, 0.0), last_not_rejected(*case, 1.0)
    assert statistics.bounds(*case) == pytest.approx(expected, abs=1e-9)


def test_no_trial_has_no_bounds(statistics: Statistics) -> None:
    assert statistics.bounds(0, 0) == (None, None)


@search(gate=100, deep=5000)
@given(st.integers(0, 2_000), st.integers(1, 999))
def test_the_trials_that_meet_a_share_are_the_fewest(
    statistics: Statistics, hits: int, thousandths: int
) -> None:
    share = f"0.{thousandths:03}"
    trials = statistics.trials_to_meet(hits, share)
    assert meets(hits, trials, share)
    assert not meets(hits, trials - 1, share)


@pytest.mark.parametrize(
    ("hits", "share", "trials"),
    [(79_671, "0.5", 400**2), (199_342, "0.2", 1000**2), (199_671, "0.8", 500**2)],
)
def test_whole_trials_are_not_rounded_up(
    statistics: Statistics, hits: int, share: str, trials: int
) -> None:
    """They solve n share - k = z sqrt(n share (1 - share)) without a remainder."""
    assert meets(hits, trials, share)
    assert not meets(hits + 1, trials, share)
    assert statistics.trials_to_meet(hits, share) == trials


def test_the_example_of_the_documents_holds(statistics: Statistics) -> None:
    """Eight bad of 1,894 at a target of 99.5 %: 942 more good cases will tell."""
    assert meets(8, 1894 + 942, "0.005")
    assert not meets(8, 1894 + 941, "0.005")
    assert statistics.trials_to_meet(8, "0.005") == 1894 + 942
