"""What the marts predict of an open case, and of which cases they know it."""

from pathlib import Path
from typing import Any

from offpath.errors import MartError
from offpath.warehouse.marts import aware_rows, literal, open_marts

CASE_COLUMNS = (
    *("journey", "case_id", "predicted_at", "state"),
    *("expected_end_at", "p10_end_at", "p90_end_at", "time_has_skill"),
    *("support_count", "alike_in", "reason", "slowest_state"),
    *("next_event_1", "next_event_1_probability"),
)
PROMISE_COLUMNS = (
    *("slo_id", "deadline_at", "breach_probability", "has_skill"),
    *("known_count", "late_count", "support_count", "alike_in", "reason"),
    *("expected_at", "value_at_stake"),
)


def predictions_of(warehouse: Path, case_id: str) -> list[dict[str, Any]]:
    """Return what is predicted of the open cases of that id, one a journey at most.

    Each holds the columns of ``fct_case_predictions``, and as ``promises`` those of
    ``fct_promise_predictions``, the likeliest to break first. Empty where no case of
    that id is open, or the marts hold no predictions or are not to be read.
    """
    try:
        with open_marts(warehouse, patience=0) as connection:
            named = f"case_id = {literal(case_id)}"
            cases = [
                dict(zip(CASE_COLUMNS, row, strict=True))
                for row in aware_rows(
                    connection,
                    f"select {', '.join(CASE_COLUMNS)} from fct_case_predictions"  # noqa: S608
                    f" where {named} order by journey",
                )
            ]
            for case in cases:
                case["promises"] = [
                    dict(zip(PROMISE_COLUMNS, row, strict=True))
                    for row in aware_rows(
                        connection,
                        f"select {', '.join(PROMISE_COLUMNS)}"  # noqa: S608
                        f" from fct_promise_predictions where {named}"
                        f" and journey = {literal(case['journey'])}"
                        " order by breach_probability desc nulls last, slo_id",
                    )
                ]
    except MartError:
        return []
    return cases
