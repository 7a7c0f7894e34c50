"""Models, macros and fixtures say only what a second engine reads alike.

What is looked at is the text of the files, Jinja and all, without comments. The texts
in the SQL of Jinja are SQL too (``"x / 60.0e0"``), those between single quotes are not.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from building import PROJECT

SQL_FILES = sorted(
    path
    for folder in ("models", "macros", "tests/singular", "tests/generic")
    for path in (PROJECT / folder).rglob("*.sql")
)
YAML_FILES = sorted(
    path for folder in ("models", "seeds") for path in (PROJECT / folder).rglob("*.yml")
)
NOT_SQL = re.compile(r"{#.*?#}|--[^\n]*|'(?:[^']|'')*'", re.DOTALL)
DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")
WORD = re.compile(r"[\w.]+(?:\(|$)?")
# What yields a double: a division, a number with an exponent, these functions.
DOUBLE = re.compile(
    r"/|\de[-+]?\d|\b(avg|power|sqrt|exp|ln|log2?|median_of|percentile|double)\b"
)
WHOLE = re.compile(r"^\s*(floor|round|ceil)\s*\(")
# What only DuckDB reads.
OF_DUCKDB = re.compile(
    r"(?<!macro )(?<![\w.])(?:varchar|hugeint|qualify|lambda|ilike|unnest"
    r"|generate_series|range|struct_pack|struct_extract|list_\w+|array_agg|string_agg|strptime|strftime"
    r"|try_strptime|epoch|epoch_\w+|make_timestamp|to_(?:seconds|minutes|hours|days)"
    r"|json_extract\w*|json_valid|json_type|read_\w+|glob|printf|regexp_matches"
    r"|nfc_normalize|isfinite|isodow|timezone)\s*\(|::|\s//\s|\bfilter\s*\("
    r"|\*\s*(?:exclude|replace)\b|\b(?:qualify|ilike|lambda|varchar|hugeint)\b"
    r"|\bby name\b|\b(?:asof|semi|anti) join\b|\binterval\b"
)
# Where it is its own: what differs from engine to engine, and what increments ask.
ITS_OWN = re.compile(
    r"{%-?\s*macro (?:default|duckdb|spark)__.*?{%-?\s*endmacro\s*-?%}", re.DOTALL
)
INCREMENTS = "macros/increments/"
# What only one engine reads, in a fixture.
OF_ONE_ENGINE = re.compile(
    r"::|\b(varchar|hugeint|unnest|range|generate_series|struct_pack|list_value|epoch"
    r"|strptime|strftime|make_timestamp|to_(?:seconds|minutes|hours|days)|json_object|qualify|exclude|interval"
    r")\b|\bby name\b|\[|\b(?:timestamp|date) '"
)


def sql_of(text: str) -> str:
    """Return the text with its lines, without what is no SQL."""
    return NOT_SQL.sub(
        lambda found: "".join("\n" if sign == "\n" else " " for sign in found[0]), text
    )


def closing(text: str, opened: int) -> int:
    """Return where the bracket that opens here is closed."""
    depth = 0
    for place in range(opened, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text)


def operand_after(text: str, place: int) -> str:
    """Return what a division is by: a word, a call or a bracket."""
    begin = re.compile(r"\s*[\w.]*").match(text, place).end()
    end = closing(text, begin) if text[begin : begin + 1] == "(" else begin
    return text[place : end + 1]


def operand_before(text: str, place: int) -> str:
    """Return what is divided: the factors before the sign, calls and brackets whole."""
    mirrored = text[:place][::-1].translate(str.maketrans("()", ")("))
    end = 0
    while True:
        end += len(operand_after(mirrored, end))
        sign = re.compile(r"\s*[*/]").match(mirrored, end - 1) or re.compile(
            r"\s*[*/]"
        ).match(mirrored, end)
        if not sign:
            return text[place - end : place]
        end = sign.end()


def decimals_in_divisions(text: str) -> Iterator[str]:
    """Yield the lines of divisions with a decimal literal on either side."""
    sql = sql_of(text)
    for sign in re.finditer("/", sql):
        sides = operand_before(sql, sign.start()) + operand_after(sql, sign.end())
        if DECIMAL.search(sides):
            yield f"{sql.count(chr(10), 0, sign.start()) + 1}: {' '.join(sides.split())}"


def casts_that_cut(text: str) -> Iterator[str]:
    """Yield the lines of casts of a double to a whole number that do not say how."""
    sql = sql_of(text)
    for cast in re.finditer(r"\bcast\(", sql):
        inside = sql[cast.end() : closing(sql, cast.end() - 1)]
        value, _, kind = inside.rpartition(" as ")
        if (
            kind.strip() in {"integer", "bigint", "int"}
            and DOUBLE.search(value)
            and not WHOLE.match(value)
        ):
            yield f"{sql.count(chr(10), 0, cast.start()) + 1}: {' '.join(inside.split())}"


def select_lists(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each list of columns that has a generator."""
    sql = sql_of(text)
    for select in re.finditer(r"\bselect\b", sql):
        depth, place = 0, select.end()
        while place < len(sql) and depth >= 0:
            depth += {"(": 1, ")": -1}.get(sql[place], 0)
            if depth == 0 and re.compile(r"\bfrom\b").match(sql, place):
                break
            place += 1
        columns = sql[select.end() : place]
        if "offpath.unnested_" in columns:
            yield sql.count("\n", 0, select.start()) + 1, columns


def generators_in_company(text: str) -> Iterator[str]:
    """Yield the lines of selects whose generator is not a column by itself."""
    for line, columns in select_lists(text):
        without = re.sub(r"{{.*?}}", lambda found: found[0], columns, flags=re.DOTALL)
        generators = re.findall(r"offpath\.unnested_\w+", without)
        alone = re.findall(
            r"(?:^|,)\s*{{\s*offpath\.unnested_\w+\((?:(?!}}).)*}}\s*as\s+\w+\s*(?=,|$)",
            without,
            re.DOTALL,
        )
        beside = re.search(r"\bover\b|\b(count|sum|min|max|avg)\(", without)
        if len(generators) != 1 or len(alone) != 1 or beside:
            yield f"{line}: {' '.join(columns.split())}"


def of_duckdb(text: str) -> Iterator[str]:
    """Yield the lines of what no other engine reads, but where it has a variant."""

    def blank(own: re.Match[str]) -> str:
        return "\n" * own[0].count("\n")

    sql = sql_of(ITS_OWN.sub(blank, text))
    for found in OF_DUCKDB.finditer(sql):
        yield f"{sql.count(chr(10), 0, found.start()) + 1}: {found[0]}"


def frames_to_the_end(text: str) -> Iterator[str]:
    """Yield the lines of frames that reach to the last row.

    Spark goes through the rest of the partition for each row of it; the other order, to
    the first row, goes through it once.
    """
    sql = sql_of(text)
    for frame in re.finditer(r"\bunbounded\s+following\b", sql):
        yield f"{sql.count(chr(10), 0, frame.start()) + 1}: {frame[0]}"


RULES = {
    "of DuckDB": of_duckdb,
    "decimals in divisions": decimals_in_divisions,
    "casts that cut": casts_that_cut,
    "generators in company": generators_in_company,
    "frames to the end": frames_to_the_end,
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "path", SQL_FILES, ids=lambda path: str(path.relative_to(PROJECT))
)
def test_sql_is_read_alike_by_a_second_engine(path: Path, rule: str) -> None:
    if rule == "of DuckDB" and INCREMENTS in path.as_posix():
        pytest.skip("an engine without increments does not come here")
    assert list(RULES[rule](path.read_text())) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("of DuckDB", "select * replace (1 as one) from visits"),
        ("of DuckDB", "select count(*) filter (where is_open) from visits"),
        ("of DuckDB", "select seconds::bigint from visits"),
        ("of DuckDB", "select list_sum(seconds) from visits"),
        ("of DuckDB", "select seconds // 60 from visits"),
        ("of DuckDB", "select 1 qualify row_number() over () = 1"),
        ("of DuckDB", '{%- set hours = "epoch_ms(at)" -%}'),
        ("of DuckDB", "{% macro one() %} unnest(days) {% endmacro %}"),
        ("decimals in divisions", "select seconds / 60.0 from visits"),
        ("decimals in divisions", "select 1.0 * good / valid from days"),
        ("decimals in divisions", "select hours * 3600.0 / greatest(1, 2) from days"),
        ("decimals in divisions", "select 1.0 / (a + b) from days"),
        ("decimals in divisions", "select bad / nullif(valid + 1.0, 0) from days"),
        ("decimals in divisions", '{%- set hours = "seconds / 3600.0" -%}'),
        ("casts that cut", "select cast(seconds / 60 as bigint) from visits"),
        ("casts that cut", "select cast(avg(seconds) as integer) from visits"),
        (
            "generators in company",
            "select {{ offpath.unnested_numbers(0, 9) }} + 1 as day from days",
        ),
        (
            "generators in company",
            "select count(*) as days, {{ offpath.unnested_numbers(0, 9) }} as day from d",
        ),
        (
            "frames to the end",
            "sum(n) over (rows between current row and unbounded following)",
        ),
    ],
)
def test_what_a_second_engine_reads_otherwise_is_found(rule: str, text: str) -> None:
    assert len(list(RULES[rule](text))) == 1


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            "decimals in divisions",
            "select seconds / 60.0e0, 'a / 1.0' as b from visits",
        ),
        ("of DuckDB", "select {{ offpath.list_of('a') }}, 'a::b' from visits"),
        ("of DuckDB", "{% macro default__one() %} unnest(days) {% endmacro %}"),
        ("decimals in divisions", "select good / valid, 0.5 as half from days"),
        ("casts that cut", "select cast(floor(seconds / 60) as bigint) from visits"),
        ("casts that cut", "select cast(sum(seconds) as bigint) from visits"),
        (
            "generators in company",
            "select slo_id, {{ offpath.unnested_numbers(0, 'n') }} as day, n from days",
        ),
    ],
)
def test_what_both_read_alike_is_let_be(rule: str, text: str) -> None:
    assert list(RULES[rule](text)) == []


@pytest.mark.parametrize(
    "path", YAML_FILES, ids=lambda path: str(path.relative_to(PROJECT))
)
def test_yaml_names_types_and_rows_that_both_engines_know(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"(?<!all_)\bvarchar\b", text) == []
    fixtures = [
        given["rows"]
        for test in yaml.safe_load(text).get("unit_tests", [])
        for given in (*test["given"], test["expect"])
        if given.get("format") == "sql"
    ]
    assert [found[0] for sql in fixtures for found in OF_ONE_ENGINE.finditer(sql)] == []
