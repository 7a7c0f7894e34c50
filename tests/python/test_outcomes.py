"""Time to restore in SQL against a curve that is stepped down death by death.

Every journey of the example is a cohort of one week; the curve is kept in fractions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from statistics import median

import duckdb
import pytest
from building import compiled
from hypothesis import given
from hypothesis import strategies as st
from searches import search

MONDAY = datetime.fromisoformat("2026-03-02")
# The clock of the demo, to which dbt compiles.
AS_OF = datetime.fromisoformat("2026-04-13 06:00:00")
INPUTS = """
set timezone = 'UTC';
attach ':memory:' as warehouse;
create schema warehouse.intermediate;
create schema warehouse.marts;
create table warehouse.intermediate.int_journey_timezones (
    journey varchar, timezone varchar
);
create table warehouse.intermediate.int_case_endings (
    journey varchar, case_id varchar, ended_at timestamp, ended_as varchar,
    reopened_at timestamp
);
create table warehouse.marts.fct_cases (
    journey varchar, ended_at timestamp, ended_as varchar, elapsed_seconds bigint,
    business_seconds bigint, rework_count bigint, escalation_count bigint
);
create table warehouse.marts.fct_exceptions (
    journey varchar, detected_at timestamp, cleared_at timestamp,
    clear_reason varchar, is_open boolean
);
"""


@dataclass(frozen=True)
class Found:
    """An exception: minutes from Monday to its detection, how long it lasted, the end.

    One without an end is open.
    """

    detected_minute: int
    minutes: int
    reason: str | None

    @property
    def detected_at(self) -> datetime:
        """When it was detected."""
        return MONDAY + timedelta(minutes=self.detected_minute)

    @property
    def cleared_at(self) -> datetime | None:
        """When it was over."""
        if self.reason is None:
            return None
        return self.detected_at + timedelta(minutes=self.minutes)

    @property
    def watched_seconds(self) -> int:
        """How long it was watched."""
        end = self.cleared_at or AS_OF
        return int((end - self.detected_at).total_seconds())


# Few lengths, so that some are alike. What is open has lasted for weeks; what a review
# ended was watched for any time.
found = st.builds(
    Found,
    st.integers(0, 7 * 24 * 60 - 1),
    st.sampled_from([0, 1, 2, 3, 5, 8, 60, 40 * 24 * 60]),
    st.sampled_from(["mended", "mended", "mended", "reviewed", None]),
)


def stepped_down(cohort: list[Found]) -> float | None:
    """Return the median of Kaplan and Meier; of a flat stretch at one half its middle."""
    share, reached = Fraction(1), None
    for seconds in sorted({each.watched_seconds for each in cohort}):
        at_risk = sum(each.watched_seconds >= seconds for each in cohort)
        mended = sum(
            each.watched_seconds == seconds and each.reason == "mended"
            for each in cohort
        )
        share *= 1 - Fraction(mended, at_risk)
        if reached is None and share <= Fraction(1, 2):
            reached = seconds
        if share < Fraction(1, 2) and reached is not None:
            return (reached + seconds) / 2
    return reached


@dataclass
class Outcomes:
    """The project's SQL as dbt renders it."""

    query: str = field(repr=False)

    def of(self, cohorts: list[list[Found]]) -> list[tuple[object, ...]]:
        """Return counts and median of each cohort."""
        with duckdb.connect() as connection:
            connection.execute(INPUTS)
            for number, cohort in enumerate(cohorts):
                connection.execute(
                    "insert into warehouse.intermediate.int_journey_timezones"
                    " values (?, 'UTC')",
                    [str(number)],
                )
                connection.executemany(
                    "insert into warehouse.marts.fct_exceptions values (?, ?, ?, ?, ?)",
                    [
                        (
                            *(str(number), each.detected_at, each.cleared_at),
                            *(each.reason, each.reason is None),
                        )
                        for each in cohort
                    ],
                )
            return connection.execute(
                "select detected_count, restored_count, open_count, lapsed_count,"
                f" median_restore_seconds from ({self.query})"
                " order by cast(journey as integer)"
            ).fetchall()


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    models = compiled(tmp_path_factory.mktemp("home"), "fct_journey_outcomes")
    return Outcomes(models["fct_journey_outcomes"])


def test_a_curve_that_a_book_steps_down() -> None:
    """Kaplan and Meier (1958), p. 464: deaths at 0.8, 3.1, 5.4, 9.2, losses between."""
    lasted = [(8, "mended"), (10, None), (27, None), (31, "mended"), (54, "mended")]
    lasted += [(70, None), (92, "mended"), (121, None)]
    cohort = [Found(0, minutes, reason or "reviewed") for minutes, reason in lasted]
    # 7/8, x 4/5 = 7/10, x 3/4 = 21/40, x 1/2 = 21/80.
    assert stepped_down(cohort) == 92 * 60  # noqa: PLR2004


@search(gate=40, deep=2000)
@given(st.lists(st.lists(found, min_size=1, max_size=12), min_size=1, max_size=8))
def test_half_are_restored_where_the_curve_says_so(
    outcomes: Outcomes, cohorts: list[list[Found]]
) -> None:
    assert outcomes.of(cohorts) == [
        (
            len(cohort),
            sum(each.reason == "mended" for each in cohort),
            sum(each.reason is None for each in cohort),
            sum(each.reason == "reviewed" for each in cohort),
            stepped_down(cohort),
        )
        for cohort in cohorts
    ]


@search(gate=20, deep=500)
@given(
    st.lists(
        st.builds(Found, st.just(0), st.integers(0, 500), st.just("mended")),
        min_size=1,
    )
)
def test_where_nothing_is_open_it_is_the_median(
    outcomes: Outcomes, cohort: list[Found]
) -> None:
    [(*_, found_median)] = outcomes.of([cohort])
    assert found_median == median(each.watched_seconds for each in cohort)
