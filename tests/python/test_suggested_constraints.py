"""Suggested rules of order against the definitions, on small and on public logs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import permutations
from math import sqrt

import duckdb
import pytest
from building import compiled, public_log
from declare import keeps
from hypothesis import given
from hypothesis import strategies as st
from searches import search

MODELS = (
    "int_variant_events_placed",
    "int_frequent_events",
    "int_event_pairs",
    "fct_suggested_constraints",
)
OF_ONE = ("existence", "exactly_once", "init")
OF_TWO = (
    *("responded_existence", "response", "chain_response", "precedence"),
    *("succession", "co_existence", "not_co_existence"),
)
IN_ORDER = ("co_existence", "not_co_existence")
Z = 1.645

INPUTS = """
attach ':memory:' as warehouse;
create schema warehouse.definitions;
create schema warehouse.intermediate;
create schema warehouse.marts;
create table warehouse.definitions.conformance_rules (
    rule_id varchar, template varchar, activation_event varchar, target_event varchar
);
create table warehouse.definitions.exception_rules (
    rule_id varchar, journey varchar, stage varchar
);
create table warehouse.intermediate.int_variant_steps (
    journey varchar, variant_id varchar, event_number integer, event_name varchar,
    previous_event_name varchar, is_repeat boolean
);
create table warehouse.marts.fct_cases (
    journey varchar, case_id integer, variant_id varchar, ended_as varchar
);
"""
# A suggested rule and the counts of the cases that it asks, and that keep it.
Suggested = dict[tuple[str, str, str | None], tuple[int, int]]


class Suggestions:
    """The project's SQL: the models in the order of their building."""

    def __init__(self, models: dict[str, str]) -> None:
        self.models = models

    def of(self, variants: Mapping[tuple[str, ...], int]) -> Suggested:
        """Return what is suggested of variants with so many cases."""
        with duckdb.connect() as connection:
            connection.execute(INPUTS)
            for number, (names, count) in enumerate(variants.items()):
                connection.executemany(
                    "insert into warehouse.intermediate.int_variant_steps"
                    " values ('j', ?, ?, ?, ?, false)",
                    [
                        (str(number), n + 1, name, names[n - 1] if n else None)
                        for n, name in enumerate(names)
                    ],
                )
                connection.execute(
                    "insert into warehouse.marts.fct_cases"
                    " select 'j', range, ?, 'good' from range(?)",
                    [str(number), count],
                )
            # Open cases and those called off say nothing.
            connection.execute(
                "insert into warehouse.marts.fct_cases"
                " values ('j', -1, '0', null), ('j', -2, '0', 'excluded')"
            )
            for name, query in self.models.items():
                schema = "marts" if name.startswith("fct_") else "intermediate"
                connection.execute(f"create table warehouse.{schema}.{name} as {query}")
            rows = connection.execute(
                "select template, activation_event, target_event, activated_count,"
                " satisfied_count from warehouse.marts.fct_suggested_constraints"
            ).fetchall()
        return {tuple(rule): (asked, kept) for *rule, asked, kept in rows}  # type: ignore[misc]


def lower_bound(count: int, trials: int) -> float:
    """Return the lower bound of Wilson's interval."""
    share = count / trials
    middle = share + Z * Z / 2 / trials
    half = Z * sqrt(share * (1 - share) / trials + Z * Z / 4 / trials / trials)
    return (middle - half) / (1 + Z * Z / trials)


def expected(variants: Mapping[tuple[str, ...], int]) -> Suggested:
    """Return what the definitions suggest, going through each trace for each rule."""
    total = sum(variants.values())
    having = Counter[str]()
    for names, count in variants.items():
        for name in set(names):
            having[name] += count
    frequent = sorted(name for name in having if having[name] >= 0.05 * total)
    rules = [
        *((template, a, None) for template in OF_ONE for a in frequent),
        *((t, a, b) for t in OF_TWO for a, b in permutations(frequent, 2)),
    ]
    found: Suggested = {}
    for template, a, b in rules:
        if template in IN_ORDER and b is not None and a > b:
            continue
        verdicts = Counter[bool | None]()
        for names, count in variants.items():
            verdicts[keeps(template, list(names), a, b or "")] += count
        asked, kept = verdicts[True] + verdicts[False], verdicts[True]
        if template == "not_co_existence" and b is not None:
            both = verdicts[False]
            if both * 10 * total > having[a] * having[b]:
                continue
        is_kept = asked >= 0.05 * total and kept >= 0.9 * asked
        if is_kept and lower_bound(kept, asked) > 0.8:
            found[template, a, b] = (asked, kept)
    return found


@pytest.fixture(scope="module")
def suggestions(tmp_path_factory: pytest.TempPathFactory) -> Suggestions:
    """Return the project's SQL as dbt renders it."""
    return Suggestions(compiled(tmp_path_factory.mktemp("home"), *MODELS))


traces = st.lists(st.sampled_from("aaabbbcde"), min_size=1, max_size=7).map(tuple)


@search(gate=20, deep=1000)
@given(
    st.dictionaries(traces, st.sampled_from([1, 2, 10, 40]), min_size=1, max_size=12)
)
def test_what_is_suggested_is_what_cases_keep(
    suggestions: Suggestions, variants: dict[tuple[str, ...], int]
) -> None:
    assert suggestions.of(variants) == expected(variants)


@pytest.mark.parametrize(("log", "count"), [("helpdesk", 226), ("receipt", 116)])
def test_public_logs_keep_what_is_suggested_of_them(
    suggestions: Suggestions, log: str, count: int
) -> None:
    path = public_log(f"event_logs/{log}.parquet")
    rows = duckdb.sql(
        'select list("concept:name" order by "time:timestamp", number) from (select *,'
        f" row_number() over () as number from read_parquet('{path}'))"
        ' group by "case:concept:name"'
    ).fetchall()
    variants = Counter(tuple(names) for (names,) in rows)
    assert len(variants) == count
    found = suggestions.of(variants)
    assert len(found) > 20
    assert found == expected(variants)
