"""Evidence calls no coin a prophet, overlooks no prophet, and agrees with landmarks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from landmarks import landmark_ratios, stated_ratios

from bench.statistics.evidence import (
    COINS,
    PROPHETS,
    Draw,
    compiled_evidence,
    verdicts_of,
)

DRAWS = 40


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return compiled_evidence(tmp_path_factory.mktemp("evidence"))


@pytest.mark.long
@pytest.mark.parametrize("coin", COINS.values(), ids=lambda coin: coin.__name__)
def test_a_coin_is_no_prophet(evidence: dict[str, str], coin: Draw) -> None:
    verdicts = verdicts_of(evidence, np.random.default_rng(1), coin, DRAWS)
    # At one in twenty, five or more of forty are seen in one of twenty such tests.
    assert verdicts["supported"] <= 4
    assert verdicts["refuted"] >= 10


@pytest.mark.long
@pytest.mark.parametrize("prophet", PROPHETS.values(), ids=lambda each: each.__name__)
def test_a_rule_that_doubles_the_risk_is_found(
    evidence: dict[str, str], prophet: Draw
) -> None:
    verdicts = verdicts_of(evidence, np.random.default_rng(2), prophet, DRAWS)
    assert verdicts["supported"] >= 36


def test_the_ratios_of_the_demo_are_those_of_landmarks(demo: Path) -> None:
    landmarks = landmark_ratios(demo / "warehouse.duckdb", least_fired=10)
    stated = stated_ratios(demo / "warehouse.duckdb")
    assert len(landmarks) >= 3
    assert {rule: stated[rule] for rule in landmarks} == pytest.approx(
        landmarks, rel=0.1
    )
