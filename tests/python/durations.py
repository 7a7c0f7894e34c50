"""How long states last, estimated from the visits alone."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

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


def misestimated_states(warehouse: Path) -> list[tuple[object, ...]]:
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
    assert len(states) >= 3
    return wrong
