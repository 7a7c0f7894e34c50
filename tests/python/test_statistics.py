"""Statistics in SQL against the tests that they stand for.

An interval of Wilson holds the shares that the score test does not reject. Here they are
found by halving, and the trials that meet a share are told in fractions. Verdicts are
held to the binomial distribution itself, and to looks whose days are drawn; what luck
explains is summed up from the binomial distribution.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
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
    {{ offpath.wilson_trials_to_meet("hits", "share") }} as trials_to_meet,
    {{ offpath.binomial_excess("hits", "trials", "share") }} as excess
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
        lower, upper, *_ = self._answer(hits=hits, trials=trials, share=0.5)
        return lower, upper

    def trials_to_meet(self, hits: int, share: str) -> int:
        """Return the fewest trials that meet a share in spite of the hits."""
        trials = self._answer(hits=hits, trials=max(hits, 1), share=float(share))[2]
        assert trials is not None
        return math.ceil(trials - 1e-9)

    def excess(self, hits: int, trials: int, share: float) -> float | None:
        """Return by how many deviations of luck so many hits are too many."""
        return self._answer(hits=hits, trials=trials, share=share)[3]

    def _answer(self, **values: float) -> tuple[float | None, ...]:
        row = self.connection.execute(self.sql, values).fetchone()
        assert row is not None
        return row


VERDICTS = """
with

budgets as (

    select
        look,
        sum(valid_count) as valid_count,
        sum(bad_count) as bad_count,
        max(error_share) * sum(valid_count) as allowed_count,
        max(error_share) as error_share,
        sum(valid_count * valid_count) as valid_squares,
        sum(valid_count * bad_count) as products,
        sum(bad_count * bad_count) as bad_squares

    from days
    group by look

),

judged as ({{ offpath.with_verdict("budgets") }})

select
    look,
    verdict,
    effective_count,
    quantile,
    valid_count_to_meet

from judged
"""


class Judged(NamedTuple):
    """What is said of one look."""

    verdict: str
    effective_count: float
    quantile: float
    valid_count_to_meet: float


@dataclass
class Verdicts:
    """The project's verdict on days that are given."""

    sql: str = field(repr=False)
    connection: duckdb.DuckDBPyConnection = field(repr=False)

    def of(
        self, looks: list[tuple[str, float, list[tuple[int, int]]]]
    ) -> dict[str, Judged]:
        """Judge looks, each of an allowed share and of valid and bad cases by day."""
        days = pd.DataFrame(
            [
                (look, share, valid, bad)
                for look, share, by_day in looks
                for valid, bad in by_day
            ],
            columns=["look", "error_share", "valid_count", "bad_count"],
        )
        self.connection.register("days", days)
        rows = self.connection.execute(self.sql).fetchall()
        return {look: Judged(*rest) for look, *rest in rows}


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


def student_95(freedom: float) -> float:
    """Abramowitz and Stegun 26.7.5 with the terms of z = 1.645."""
    return (
        1.645
        + 1.524103 / freedom
        + 1.420686 / freedom**2
        + 0.983472 / freedom**3
        + 0.434168 / freedom**4
    )


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


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    sql = rendered(VERDICTS, tmp_path_factory.mktemp("home"), wilson_z=float(Z))
    return Verdicts(sql, duckdb.connect())


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(2, 2.920), (3, 2.353), (5, 2.015), (10, 1.812), (27, 1.703), (120, 1.658)],
)
def test_student_has_the_quantiles_of_the_tables(
    tmp_path: Path, freedom: int, quantile: float
) -> None:
    """Abramowitz and Stegun (1964), table 26.10, at 95 %."""
    text = 'select {{ offpath.student_quantile(1.644854, "' + f'{freedom}")' + " }}"
    ((found,),) = duckdb.execute(rendered(text, tmp_path)).fetchall()
    assert found == pytest.approx(quantile, rel=3e-3)


@pytest.mark.parametrize("share", [0.5, 0.2, 0.1, 0.05, 0.01, 0.005])
def test_independent_cases_are_judged_falsely_once_in_twenty_times(
    verdicts: Verdicts, share: float
) -> None:
    """However few they are: the chances are those of the binomial distribution."""
    counts = [1, 2, 3, 5, 7, 12, 20, 33, 52, 60, 83, 120, 200, 409, 539, 700]
    rows = [
        (f"{n} {k}", share, [(n, k)]) for n in counts for k in range(min(n, 60) + 1)
    ]
    said = verdicts.of(rows)
    for n in counts:
        chances = {
            verdict: sum(
                math.comb(n, k) * share**k * (1 - share) ** (n - k)
                for k in range(min(n, 60) + 1)
                if said[f"{n} {k}"].verdict == verdict
            )
            for verdict in ("met", "missed")
        }
        assert max(chances.values()) <= 0.051, (n, chances)


def test_the_examples_of_the_documents_hold(verdicts: Verdicts) -> None:
    """60 at 95 %; eight bad of 1,894 at 99.5 %, which 985 more good cases make met."""
    rows = [(f"{k} of 60", 0.05, [(60, k)]) for k in range(9)]
    rows += [(f"8 of {n}", 0.005, [(n, 8)]) for n in (1894, 2878, 2879)]
    said = verdicts.of(rows)
    assert said["0 of 60"].verdict == "met"
    assert {said[f"{k} of 60"].verdict for k in range(1, 7)} == {"too few"}
    assert {said[f"{k} of 60"].verdict for k in (7, 8)} == {"missed"}
    assert said["8 of 1894"].valid_count_to_meet == 1894 + 985
    assert [said[f"8 of {n}"].verdict for n in (2878, 2879)] == ["too few", "met"]


@pytest.mark.parametrize(
    ("share", "days"),
    [
        (0.005, [(200, 0), (1, 1)]),
        (0.005, [(10_000, 50), (1, 1)]),
        (0.05, [(1000, 0), (1, 1)]),
        (0.05, [(1000, 50), (10, 3)]),
    ],
)
def test_a_window_that_has_just_begun_its_second_day_is_too_few(
    verdicts: Verdicts, share: float, days: list[tuple[int, int]]
) -> None:
    """One day tells next to nothing of how days differ, and nothing gets out of hand."""
    said = verdicts.of([("days", share, days)])["days"]
    assert said.verdict == "too few"
    assert 1 <= said.effective_count <= sum(valid for valid, _ in days)
    assert said.quantile < 6.1
    assert said.valid_count_to_meet < 1e9


@search(gate=30, deep=1000)
@given(
    st.lists(
        st.integers(1, 200).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from([0.5, 0.2, 0.05, 0.005]),
)
def test_a_verdict_asks_how_far_days_are_off(
    verdicts: Verdicts, days: list[tuple[int, int]], share: float
) -> None:
    """The formulas once more, over the days themselves and the test of the share."""
    n, k = (sum(values) for values in zip(*days, strict=True))
    kish = n * n / sum(valid * valid for valid, _ in days)
    found = k / n
    off = sum((bad - found * valid) ** 2 for valid, bad in days)
    effect = 1.0
    if k and kish > 1:
        beyond = off * kish / (kish - 1) - n * found * (1 - found)
        power = 2 - 2 / 3 * (1 - 1 / float(Z) ** 2)
        factor = (share / found) ** power / (n * share * (1 - share))
        effect = min(effect + max(beyond * factor, 0), n)
    said = verdicts.of([("days", share, days)])["days"]
    assert said.effective_count == pytest.approx(n / effect, rel=1e-6, abs=1e-6)
    freedom = math.inf
    if effect > 1:
        freedom = max((kish - 1) * (effect / (effect - 1)) ** 2, 1)
    assert said.quantile == pytest.approx(student_95(freedom), rel=1e-5)
    skew = (float(Z) ** 2 - 0.7) / 6 * (1 - 2 * share)
    spread = said.quantile * math.sqrt(effect * n * share * (1 - share))
    slack = 1e-6 * max(spread, 1)
    if n * share - k - 0.5 + skew > spread + slack:
        assert said.verdict == "met"
    elif k - 0.5 - skew - n * share > spread + slack:
        assert said.verdict == "missed"
    elif (
        n * share - k - 0.5 + skew < spread - slack
        and k - 0.5 - skew - n * share < spread - slack
    ):
        assert said.verdict == "too few"
    to_meet = said.valid_count_to_meet
    for trials, is_met in ((to_meet + 1, True), (to_meet - 1, False)):
        spread = said.quantile * math.sqrt(effect * trials * share * (1 - share))
        assert (trials * share - k - 0.5 + skew >= spread) is is_met


@pytest.mark.parametrize("variation", [0.5, 1.0])
def test_days_that_vary_do_not_make_verdicts_false(
    verdicts: Verdicts, variation: float
) -> None:
    """Exactly at target; as independent cases up to a fifth would be false each way."""
    generator = np.random.default_rng(5)
    rows = []
    for look in range(1500):
        valid = generator.poisson(100, 28)
        share = 0.05 * generator.gamma(1 / variation**2, variation**2, 28)
        bad = generator.binomial(valid, np.minimum(share, 1))
        rows.append((str(look), 0.05, list(zip(valid, bad, strict=True))))
    said = Counter(each.verdict for each in verdicts.of(rows).values())
    # 6 %, and two standard errors of as many looks.
    assert max(said["met"], said["missed"]) <= 1500 * 0.072


@st.composite
def counts_near_luck(draw: st.DrawFn) -> tuple[int, int, float]:
    """Draw hits of trials near the count that luck at a share hardly explains."""
    trials = draw(st.integers(2, 2000))
    share = draw(st.sampled_from([0.001, 0.005, 0.01, 0.04, 0.08, 0.15, 0.5, 0.9]))
    spread = math.sqrt(trials * share * (1 - share))
    usual = trials * share + draw(st.floats(1, 5)) * spread
    return min(max(2, round(usual)), trials), trials, share


def chance_of_as_many(hits: int, trials: int, share: float) -> float:
    """Return the chance of so many hits or more."""
    logs = [
        math.lgamma(trials + 1)
        - math.lgamma(number + 1)
        - math.lgamma(trials - number + 1)
        + number * math.log(share)
        + (trials - number) * math.log1p(-share)
        for number in range(hits, trials + 1)
    ]
    return math.fsum(map(math.exp, logs))


@pytest.mark.parametrize(("z", "risk"), [(2.326348, 0.01), (2.807034, 0.0025)])
@search(gate=100, deep=5000)
@given(case=counts_near_luck())
def test_what_is_beyond_luck_has_so_small_a_chance(
    statistics: Statistics, case: tuple[int, int, float], z: float, risk: float
) -> None:
    """It errs to the side of luck, and by less than a factor of three."""
    excess = statistics.excess(*case)
    assert excess is not None
    if excess > z:
        assert chance_of_as_many(*case) < 1.01 * risk
    else:
        assert chance_of_as_many(*case) > 0.35 * risk


@pytest.mark.parametrize(
    ("hits", "trials", "share", "excess"),
    [(13, 140, 0.04, 2.6323), (41, 700, 0.04, 2.2928), (32, 140, 0.15, 2.3699)],
)
def test_the_excess_is_the_quantile_of_the_exact_chance(
    statistics: Statistics, hits: int, trials: int, share: float, excess: float
) -> None:
    assert statistics.excess(hits, trials, share) == pytest.approx(excess, abs=0.02)


def test_no_hit_and_no_trial_have_no_excess(statistics: Statistics) -> None:
    assert statistics.excess(0, 20, 0.04) is None
    assert statistics.excess(0, 0, 0.04) is None
    assert statistics.excess(9, 0, 0.04) is None


def test_of_a_share_of_nothing_the_first_hit_is_too_many(
    statistics: Statistics,
) -> None:
    assert (statistics.excess(2, 1000, 0) or 0) > 2.81
    assert (statistics.excess(1000, 1000, 1) or 0) < 0
