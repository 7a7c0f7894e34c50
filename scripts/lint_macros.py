"""Lint the SQL in macros and generic tests, which sqlfluff itself renders to nothing.

The body of each macro becomes the text of a template whose arguments are stubs, in the
lines where it stands, so that sqlfluff's rules and line numbers are those of the file.
"""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlfluff.core import FluffConfig, Linter
from sqlfluff.core.templaters import JinjaTemplater

PROJECT = Path(__file__).parents[1]
FOLDERS = ("macros", "tests/generic")
LONGEST = 88
# Measured on stubs, a body is as long and as deep as their names; what it ends with and
# the relations that it names may stand outside of it. LT09 fails on a branch of Jinja
# among the columns of a select.
WITHOUT = (
    *("LT02", "LT05", "LT09", "LT12", "LT13", "RF01", "RF04"),
    *("ST03", "ST05", "ST06", "AM04"),
)
MACRO = re.compile(
    r"{%-?\s*(macro|test)\s+(?P<name>\w+)\s*\((?P<arguments>.*?)\)\s*-?%}"
    r"(?P<body>.*?){%-?\s*end\1\s*-?%}",
    re.DOTALL,
)
JINJA = re.compile(
    r"{%-?\s*set\s+\w+\s*-?%}.*?{%-?\s*endset\s*-?%}|{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL
)
# A body that begins like this is a statement; any other is put into a select.
STATEMENT = re.compile(
    r"\s*(with|select|delete|insert|create|truncate)\b", re.IGNORECASE
)
# What dbt gives to macros, and what of it prints nothing.
GIVEN = (
    *("adapter", "api", "dbt", "env_var", "flags", "graph", "invocation_id"),
    *("load_relation", "model", "modules", "project_name", "ref", "run_query"),
    *("run_started_at", "selected_resources", "source", "target", "this", "var"),
    "builtins",
)
SILENT = ("config", "exceptions", "log", "print", "return", "statement", "tojson")
# sqlfluff does not know the aggregate of Spark that this one calls.
UNREADABLE = {"spark__ordered_list"}


class Stub(str):
    """An argument, or what a macro yields: a name, a list, a mapping or a number."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Stub:
        """Return a stub for any attribute."""
        if name.startswith("__") or name in {"unsafe_callable", "alters_data"}:
            raise AttributeError(name)
        return type(self)(name if self else "")

    def __call__(self, *_: object, **__: object) -> Stub:
        """Return a stub for any result."""
        return self

    def __getitem__(self, _: object) -> Stub:
        """Return a stub for any member."""
        return Stub("member")

    def __iter__(self) -> Iterator[Stub]:
        """Yield two members."""
        return iter([Stub("one"), Stub("another")])

    def __contains__(self, _: object) -> bool:
        """Hold any member."""
        return True

    def __gt__(self, _: object) -> bool:
        """Be greater than any number."""
        return True

    def __add__(self, other: object) -> Stub | list[object]:  # type: ignore[override]
        """Be a list where one is added."""
        return [*self, *other] if isinstance(other, list) else Stub(f"{self}{other}")

    def __radd__(self, other: list[object]) -> list[object]:
        """Be a list where it is added to one."""
        return [*other, *self]

    def items(self) -> list[tuple[Stub, Stub]]:
        """Return two members by name."""
        return [(Stub("one"), Stub("first_value")), (Stub("two"), Stub("second_value"))]


class Macros:
    """The macros of the project: what yields a statement yields one here too."""

    def __init__(self, statements: set[str]) -> None:
        """Take the names of those."""
        self.statements = statements

    def __getattr__(self, name: str) -> Stub:
        """Return the stub of a macro."""
        return Stub("select 1 as one from stub" if name in self.statements else name)


class Finding(NamedTuple):
    """A line that is not as it should be."""

    path: Path
    line: int
    code: str
    text: str


class Macro(NamedTuple):
    """A macro that holds SQL: where its body begins, and the body as a template."""

    path: Path
    name: str
    lines_before: int
    template: str
    is_statement: bool


def macros_of(path: Path) -> Iterator[Macro]:
    """Yield the macros and generic tests of a file."""
    text = path.read_text()
    for macro in MACRO.finditer(text):
        sql = JINJA.sub("", macro["body"])
        if not sql.strip() or macro["name"] in UNREADABLE:
            continue
        names = re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", macro["arguments"].strip())
        is_statement = bool(STATEMENT.match(sql))
        # Behind `{{ "" }}`, no `-` takes away the blank.
        begin = "" if is_statement else 'select {{ "" }}'
        given = "".join(f'{{% set {name} = stub("a_{name}") %}}' for name in names)
        yield Macro(
            path,
            macro["name"],
            text.count("\n", 0, macro.start("body")),
            given + begin + macro["body"],
            is_statement,
        )


@cache
def linter_of(dialect: str) -> Linter:
    """Return sqlfluff with the rules of the project."""
    given: dict[str, Any] = {
        "dialect": dialect,
        "templater": "jinja",
        "exclude_rules": ",".join(WITHOUT),
    }
    return Linter(config=FluffConfig.from_root(overrides=given))


def findings(path: Path, statements: set[str]) -> list[Finding]:
    """Return what is wrong with a file, given which macros yield a statement."""
    context: dict[str, Any] = {name: Stub(name) for name in GIVEN}
    context |= dict.fromkeys(SILENT, Stub(""))
    context |= {"stub": Stub, "execute": True, "offpath": Macros(statements)}
    found = [
        Finding(path, number, "LT05", f"{len(line)} characters")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > LONGEST
    ]
    for macro in macros_of(path):
        dialect = "sparksql" if macro.name.startswith("spark__") else "duckdb"
        linter = linter_of(dialect)
        linter.templater = JinjaTemplater(override_context=context)
        linted = linter.lint_string(macro.template)
        found += [
            Finding(
                path,
                macro.lines_before + violation.line_no,
                violation.rule_code(),
                f"{macro.name}: {violation.desc()}",
            )
            for violation in linted.get_violations()
        ]
    return found


def main() -> int:
    """Print what is wrong, as compilers do; return 1 if anything is."""
    # What is parsed stays until the end: a search for garbage finds none.
    gc.disable()
    paths = [Path(path).resolve() for path in sys.argv[1:]] or sorted(
        path for folder in FOLDERS for path in (PROJECT / folder).rglob("*.sql")
    )
    every = (PROJECT / "macros").rglob("*.sql")
    statements = {
        macro.name for path in every for macro in macros_of(path) if macro.is_statement
    }
    with ProcessPoolExecutor() as pool:
        found = pool.map(partial(findings, statements=statements), paths)
        lines = [
            f"{path.relative_to(PROJECT)}:{line}: {code} {text}\n"
            for of_file in found
            for path, line, code, text in of_file
        ]
    sys.stdout.writelines(lines)
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
