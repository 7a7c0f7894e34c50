"""The lint of macros finds what sqlfluff alone does not look at."""

from pathlib import Path

import pytest
from lint_macros import findings

MACRO = """
{{#- A select. -#}}
{{% macro late_cases(cases, due_at="due_at") %}}
    select
        {column}

    from {{{{ cases }}}} as cases
    {{%- if due_at %}}
    where cases.{{{{ due_at }}}} < {{{{ offpath.as_of() }}}}{more}
    {{%- else %}}
    where {other}
    {{%- endif %}}
{{% endmacro %}}
"""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"column": "cases.case_id AS id_of_case"}, [(5, "CP01")]),
        ({"column": "cases.case_id id_of_case"}, [(5, "AL02")]),
        ({"column": "sum(cases.amount)+1 as amount"}, [(5, "LT01"), (5, "LT01")]),
        ({"column": f"cases.{'long' * 20} as shorter"}, [(5, "LT05")]),
        # In both branches.
        ({"more": " AND true"}, [(9, "CP01")]),
        ({"other": "cases.is_late AND true"}, [(11, "CP01")]),
        ({"column": "cases.case_id and and"}, [(5, "PRS")]),
    ],
)
def test_a_fault_in_a_macro_is_found_in_its_line(
    tmp_path: Path, changes: dict[str, str], expected: list[tuple[int, str]]
) -> None:
    parts = {"column": "cases.case_id", "more": "", "other": "cases.is_late"}
    path = tmp_path / "late_cases.sql"
    path.write_text(MACRO.format(**parts | changes))
    assert [(each.line, each.code) for each in findings(path, set())] == expected


def test_the_body_of_an_expression_is_linted(tmp_path: Path) -> None:
    path = tmp_path / "hours.sql"
    path.write_text(
        "{% macro hours(seconds) -%}\n    FLOOR({{ seconds }} / 60)\n{%- endmacro %}\n"
    )
    assert [(each.line, each.code) for each in findings(path, set())] == [(2, "CP03")]
