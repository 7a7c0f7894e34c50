"""The ratio of risks of a rule, computed case by case from the marts.

Each case that fired is held against those that were neither settled nor fired at the very
age at which it did, one by one and without bins.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np

CASES = """
select
    rules.rule_id,
    coalesce(cases.severity, '') as severity,
    cases.verdict = 'bad' as is_bad,
    epoch(cases.settled_at) - epoch(cases.from_at) as settled_age,
    min(epoch(exceptions.detected_at) - epoch(cases.from_at)) as fired_age
from marts.dim_exception_rules as rules
inner join marts.fct_sli_cases as cases on rules.slo_id = cases.slo_id
left join marts.fct_exceptions as exceptions
    on
        rules.rule_id = exceptions.rule_id
        and cases.case_id = exceptions.subject_id
        and exceptions.subject_type = 'case'
        and exceptions.detected_at < cases.settled_at
where cases.verdict in ('good', 'bad') and not cases.is_provisional
group by
    rules.rule_id,
    cases.case_id,
    cases.severity,
    cases.verdict,
    cases.settled_at,
    cases.from_at
"""


def landmark_ratios(warehouse: Path, least_fired: int) -> dict[str, float]:
    """Return the ratio of each rule that fired on so many cases, by rule."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        cases = connection.execute(CASES).df()
    return {
        str(rule_id): landmark_ratio(of_rule)
        for rule_id, of_rule in cases.groupby("rule_id")
        if of_rule.fired_age.notna().sum() >= least_fired
    }


def landmark_ratio(cases) -> float:
    fired_sum = silent_sum = 0.0
    for _, alike in cases.groupby("severity"):
        settled = alike.settled_age.to_numpy()
        fired = alike.fired_age.fillna(np.inf).clip(lower=0).to_numpy()
        is_bad = alike.is_bad.to_numpy()
        for age in np.unique(fired[np.isfinite(fired)]):
            here = (fired == age) & (settled > age)
            silent = (fired > age) & (settled > age)
            if not here.any() or not silent.any():
                continue
            everyone = here.sum() + silent.sum()
            fired_sum += (here & is_bad).sum() * silent.sum() / everyone
            silent_sum += (silent & is_bad).sum() * here.sum() / everyone
    return fired_sum / silent_sum if silent_sum else np.nan


def stated_ratios(warehouse: Path) -> dict[str, float]:
    """Return the ratio of each rule as the mart has it, by rule."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return dict(
            connection.execute(
                "select rule_id, risk_ratio from marts.fct_rule_evidence"
            ).fetchall()
        )
