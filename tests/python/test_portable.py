"""Every portable macro gives the right values, on whichever target dbt runs.

They are held to one table (`portable_table`), by one query of the engine. `DBT_TARGET`
names another target than the profile's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from building import PROJECT, invoke, parse_of
from dbt_common.exceptions import DbtBaseException
from portable_table import PORTABLE, call

Engine = Callable[[str], list[dict[str, Any]]]
Answers = dict[tuple[str, int], list[dict[str, Any]]]
ONE_ROW = "select 1 as place"
# What an engine calls a text.
TEXT = {"varchar", "string"}
ROWS = [
    (name, number)
    for name, macro in PORTABLE.items()
    for number in range(len(macro.rows))
]


def case_sql(name: str, number: int) -> str:
    """Return a select of what a row yields beside what is right, by place."""
    row = PORTABLE[name].rows[number]
    query = PORTABLE[name].query.format(call=row.call, rows=row.rows or ONE_ROW)
    right = [row.right] if isinstance(row.right, str) else row.right
    # No row is right: the values of a place that there is not.
    rights = " union all ".join(
        f"select {place} as place, {value} as value"
        for place, value in enumerate(right, start=1)
    )
    rights = rights or "select 0 as place, cast(null as string) as value where 1 = 0"
    return f"""
    select
        '{name}' as macro_name,
        {number} as row_number,
        coalesce(found.place, rights.place) as place,
        found.place is not null as is_found,
        rights.place is not null as is_right,
        found.value is not distinct from rights.value as is_same,
        cast(found.value as string) as found_value,
        cast(rights.value as string) as right_value,
        lower(typeof(found.value)) as type
    from (
        select row_number() over (order by yielded.place) as place, yielded.value
        from ({query}) as yielded
    ) as found
    full outer join ({rights}) as rights on found.place = rights.place
    """


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return what asks the engine."""
    home = tmp_path_factory.mktemp("home")
    show = ("show", "--no-populate-cache", "--limit", "-1", "--inline")

    def asked(query: str) -> list[dict[str, Any]]:
        manifest = parse_of(PROJECT)
        outcome, _ = invoke(PROJECT, home, manifest, *show, query, home=home)
        # A query that fails stays in what other tests read.
        for unique_id in [each for each in manifest.nodes if "inline_query" in each]:
            manifest.nodes.pop(unique_id)
        if outcome.exception is not None:
            raise outcome.exception
        table = outcome.result.results[0].agate_table
        return [dict(zip(table.column_names, row, strict=True)) for row in table.rows]

    return asked


@pytest.fixture(scope="module")
def answers(engine: Engine) -> Answers:
    """Ask for all rows at once; return what the engine answers by macro and row."""
    found = defaultdict(list)
    for answer in engine(" union all ".join(case_sql(*row) for row in ROWS)):
        found[answer["macro_name"], int(answer["row_number"])].append(answer)
    return found


@pytest.mark.parametrize(("name", "number"), ROWS)
def test_a_macro_gives_the_right_values(
    answers: Answers, name: str, number: int
) -> None:
    row, found = PORTABLE[name].rows[number], answers[name, number]
    wrong = [
        f"{row.call} gives {answer['found_value']}, not {answer['right_value']}"
        for answer in found
        if not (answer["is_found"] and answer["is_right"] and answer["is_same"])
    ]
    assert wrong == []
    assert len(found) == (1 if isinstance(row.right, str) else len(row.right))
    expected = PORTABLE[name].type
    types = {"string" if answer["type"] in TEXT else answer["type"] for answer in found}
    assert expected == "any" or types <= {expected}


def test_no_portable_macro_lacks_a_row() -> None:
    files = {path.stem for path in (PROJECT / "macros" / "portable").glob("*.sql")}
    assert set(PORTABLE) == files
    for name, macro in PORTABLE.items():
        assert macro.rows
        assert all(f"offpath.{name}(" in row.call for row in macro.rows)


def test_a_query_fails_with_what_it_was_told_to_say(engine: Engine) -> None:
    message = call("fail_with", "concat('mend row ', '17')")
    with pytest.raises(DbtBaseException, match="mend row 17"):
        engine(f"select {message} as failed")
