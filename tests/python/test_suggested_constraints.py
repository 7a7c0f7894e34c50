"""Pairs of events, and rules of order, against the definitions.

On small logs that are drawn, and on public ones.
"""

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
    "int_variant_first_times",
    "int_events_paired",
    "int_event_pairs",
    "fct_event_pairs",
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
    journey varchar, case_id integer, variant_id varchar, ended_as varchar,
    first_event_at timestamp
);
create table warehouse.marts.fct_case_events (
    journey varchar, case_id integer, event_number integer, occurred_at timestamp
);
"""
Variants = Mapping[tuple[str, ...], int]
# A suggested rule and the counts of the cases that it asks, and that keep it.
Suggested = dict[tuple[str, str, str | None], tuple[int, int]]
# Two events, the figures of the cases that have them, and the mean time in between.
Paired = dict[tuple[str, str], tuple[int, int, int, int, int, float | None]]
# Case `n` takes so many seconds from each event to the next.
PACE = "10 + case_id % 7"


class Suggestions:
    """The project's SQL: the models in the order of their building."""

    def __init__(self, models: dict[str, str]) -> None:
        self.models = models

    def of(self, variants: Variants) -> tuple[Suggested, Paired]:
        """Return what is suggested of variants with so many cases, and their pairs."""
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
                    " select 'j', ? + range, ?, 'good', timestamp '2026-01-01'"
                    " from range(?)",
                    [number * 10_000, str(number), count],
                )
            # Open cases and those called off say nothing.
            connection.execute(
                "insert into warehouse.marts.fct_cases"
                " select 'j', col0, '0', col1, timestamp '2026-01-01'"
                " from (values (-1, null), (-2, 'excluded'))"
            )
            connection.execute(
                "insert into warehouse.marts.fct_case_events"
                " select 'j', case_id, event_number, first_event_at"
                f" + to_seconds((event_number - 1) * ({PACE}))"
                " from warehouse.marts.fct_cases"
                " join warehouse.intermediate.int_variant_steps using (variant_id)"
            )
            for name, query in self.models.items():
                schema = "marts" if name.startswith("fct_") else "intermediate"
                connection.execute(f"create table warehouse.{schema}.{name} as {query}")
            rules = connection.execute(
                "select template, activation_event, target_event, activated_count,"
                " satisfied_count from warehouse.marts.fct_suggested_constraints"
            ).fetchall()
            pairs = connection.execute(
                "select from_event, to_event, from_case_count, to_case_count,"
                " both_count, followed_count, first_before_count, mean_seconds"
                " from warehouse.marts.fct_event_pairs"
            ).fetchall()
        return (
            {(name, a, b): (asked, kept) for name, a, b, asked, kept in rules},
            {(a, b): (*counts, mean) for a, b, *counts, mean in pairs},
        )


def lower_bound(count: int, trials: int) -> float:
    """Return the lower bound of Wilson's interval."""
    share = count / trials
    middle = share + Z * Z / 2 / trials
    half = Z * sqrt(share * (1 - share) / trials + Z * Z / 4 / trials / trials)
    return (middle - half) / (1 + Z * Z / trials)


def expected_pairs(variants: Variants) -> Paired:
    """Return the pairs of events, going through the traces for each."""
    cases = [
        (names, 10 + (number * 10_000 + case) % 7)
        for number, (names, count) in enumerate(variants.items())
        for case in range(count)
    ]
    found: Paired = {}
    for a, b in permutations(sorted({name for names in variants for name in names}), 2):
        both = [(names, pace) for names, pace in cases if a in names and b in names]
        waits = [(names.index(b) - names.index(a)) * pace for names, pace in both]
        times = [wait for wait in waits if wait > 0]
        found[a, b] = (
            sum(a in names for names, _ in cases),
            sum(b in names for names, _ in cases),
            len(both),
            sum(b in names[names.index(a) :] for names, _ in both),
            len(times),
            pytest.approx(sum(times) / len(times)) if times else None,
        )
    return found


def expected(variants: Variants) -> Suggested:
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
    rules, pairs = suggestions.of(variants)
    assert rules == expected(variants)
    assert pairs == expected_pairs(variants)


def test_the_hundred_most_frequent_events_are_paired(suggestions: Suggestions) -> None:
    often = tuple(f"often {n}" for n in range(99))
    _, pairs = suggestions.of({often: 60, ("b",): 2, ("a",): 2, ("c",): 1})
    names = {name for pair in pairs for name in pair}
    assert names == {*often, "a"}
    assert len(pairs) == 100 * 99
    assert pairs["often 0", "a"] == (60, 2, 0, 0, 0, None)


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
    found, pairs = suggestions.of(variants)
    assert len(found) > 20
    assert found == expected(variants)
    assert pairs == expected_pairs(variants)
