"""What each portable macro makes of an input, whatever the engine.

A row is a call and its right value, or its right values where it yields several rows;
both are SQL that every engine reads alike. `rows` are the rows that the call reads.

Left out is what engines are known to do differently, as the documentation of the macros
says: whole numbers read from fractions, the digits of a fraction in a JSON text.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple


class Row(NamedTuple):
    """A call of a macro and its right value."""

    call: str
    right: str | list[str]
    rows: str | None = None


class Portable(NamedTuple):
    """The type that a macro yields, and its rows."""

    type: str
    rows: list[Row]
    query: str = "select 1 as place, {call} as value from ({rows}) as given"


AGGREGATE = "select 1 as place, {call} as value from ({rows}) as given"
WINDOW = (
    "select given.place, {call} as value from ({rows}) as given"
    " window ordered as (order by given.place)"
)
GENERATOR = (
    "select made.value as place, made.value"
    " from (select {call} as value from ({rows}) as given) as made"
)


def call(name: str, *arguments: Any, **named: Any) -> str:
    """Return the call of a macro of the project, in Jinja."""
    given = [json.dumps(argument, ensure_ascii=False) for argument in arguments]
    given += [f"{key}={json.dumps(value)}" for key, value in named.items()]
    return f"{{{{ offpath.{name}({', '.join(given)}) }}}}"


def at(instant: str | None) -> str:
    """Return a timestamp."""
    return f"cast({text(instant)} as timestamp)"


def text(value: str | None) -> str:
    """Return a text; a quote or a backslash in it comes by its number."""
    if value is None:
        return "cast(null as string)"
    for sign in ("'", "\\"):
        value = value.replace(sign, f"', chr({ord(sign)}), '")
    return f"concat('{value}')" if "chr(" in value else f"'{value}'"


def big(value: int | None) -> str:
    """Return a bigint."""
    return f"cast({'null' if value is None else value} as bigint)"


def double(value: float | None) -> str:
    """Return a double."""
    return f"cast({'null' if value is None else value} as double)"


def flag(value: bool | None) -> str:  # noqa: FBT001 - the only argument
    """Return a boolean."""
    return f"cast({'null' if value is None else str(value).lower()} as boolean)"


def table(**columns: list[str]) -> str:
    """Return a relation of columns of values, with their place from 1."""
    return " union all ".join(
        f"select {place} as place, "
        + ", ".join(
            f"{value} as {name}" for name, value in zip(columns, values, strict=True)
        )
        for place, values in enumerate(zip(*columns.values(), strict=True), start=1)
    )


def md5(value: str) -> str:
    """Return a digest as 32 hexadecimal digits."""
    return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()


def id_of(*parts: str) -> str:
    """Return the id of texts that are written as `hash_id` writes them."""
    return text(md5("".join(f"{part}|1" for part in parts)))


def lot(*parts: str) -> str:
    """Return the lot of texts: the first eight digits of their id, below one."""
    return double(int(md5("".join(f"{part}|1" for part in parts))[:8], 16) / 2**32)


def sequence_id(*places: tuple[int, str]) -> str:
    """Return the id of numbered texts: a digest of the sum of their digests."""
    return text(
        md5(str(sum(int(md5(f"{place} {value}")[:15], 16) for place, value in places)))
    )


def list_of(*numbers: float) -> str:
    """Return a list of doubles, as an expression of Jinja."""
    return " ~ ' || ' ~ ".join(f"offpath.list_of('{number}')" for number in numbers)


def rows_of(name: str, *rows: tuple[Any, ...]) -> list[Row]:
    """Return rows of a macro of one value: its arguments, the right value last."""
    return [Row(call(name, *arguments), right) for *arguments, right in rows]


BERLIN = "'Europe/Berlin'"
GERMAN = (
    '{{ offpath.utc_timestamp("\'29.03.2026 %s\'", "%s", format='
    "'%%d.%%m.%%Y %%H:%%M:%%S' if target.type == 'duckdb' else 'dd.MM.yyyy HH:mm:ss') }}"
)
GERMAN_OFFSET = (
    '{{ offpath.utc_timestamp("\'29.03.2026 %s\'", "%s", format='
    "'%%d.%%m.%%Y %%H:%%M:%%S %%z' if target.type == 'duckdb'"
    " else 'dd.MM.yyyy HH:mm:ss XXX') }}"
)

PORTABLE = {
    "add_seconds": Portable(
        "timestamp",
        rows_of(
            "add_seconds",
            (at("2026-04-01 12:00:00"), "90", at("2026-04-01 12:01:30")),
            (at("2028-02-28 23:59:59"), "1", at("2028-02-29 00:00:00")),
            (at("2026-02-28 23:59:59"), "1", at("2026-03-01 00:00:00")),
            (at("2026-01-01 00:00:00"), "-1", at("2025-12-31 23:59:59")),
            (at("2026-04-01 12:00:00.25"), "0", at("2026-04-01 12:00:00.25")),
            # A UTC timestamp knows no daylight saving.
            (at("2026-03-29 00:30:00"), "3600", at("2026-03-29 01:30:00")),
            *(
                (at("2026-04-01 12:00:00"), double(seconds), at(right))
                for seconds, right in (
                    (1.4, "2026-04-01 12:00:01"),
                    (1.6, "2026-04-01 12:00:02"),
                    (2.5, "2026-04-01 12:00:02"),
                    (3.5, "2026-04-01 12:00:04"),
                    (-0.6, "2026-04-01 11:59:59"),
                )
            ),
            (at("2000-01-01 00:00:00"), big(3155760000), at("2100-01-01 00:00:00")),
            (at(None), "1", at(None)),
            (at("2026-04-01 12:00:00"), big(None), at(None)),
        ),
    ),
    "cast_or_null": Portable(
        "any",
        rows_of(
            "cast_or_null",
            (text("17"), "bigint", big(17)),
            (text(" -17 "), "bigint", big(-17)),
            (text("9223372036854775807"), "bigint", big(9223372036854775807)),
            (text("9223372036854775808"), "bigint", big(None)),
            (text("seventeen"), "bigint", big(None)),
            (text("1,299.90"), "decimal(18, 2)", "cast(null as decimal(18, 2))"),
            (text("1299.90"), "decimal(18, 2)", "cast(1299.90 as decimal(18, 2))"),
            (text("true"), "boolean", flag(value=True)),
            (text("False"), "boolean", flag(value=False)),
            (text("maybe"), "boolean", flag(None)),
            (text("2026-02-29"), "date", "cast(null as date)"),
            (text("2028-02-29"), "date", "cast('2028-02-29' as date)"),
            (text("  "), "bigint", big(None)),
            (text(""), "bigint", big(None)),
            (text(None), "bigint", big(None)),
        ),
    ),
    "digest_of_rows": Portable(
        "boolean",
        [
            # Two tables have the same digest where they have the same rows.
            Row(
                "(select "
                + call("digest_of_rows", ["given.one", "given.two"])
                + f" from ({one}) as given) = (select "
                + call("digest_of_rows", ["given.one", "given.two"])
                + f" from ({other}) as given)",
                flag(value=same),
            )
            for one, other, same in (
                (
                    table(one=["'a'", "'b'"], two=["1", "2"]),
                    table(one=["'b'", "'a'"], two=["2", "1"]),
                    True,
                ),
                (
                    table(one=["'a'", "'b'"], two=["1", "2"]),
                    table(one=["'a'", "'b'"], two=["2", "1"]),
                    False,
                ),
                (
                    table(one=["'a'"], two=["1"]),
                    table(one=["'a'", "'a'"], two=["1", "1"]),
                    False,
                ),
                (
                    table(one=["'a'"], two=["1"]),
                    table(one=["'a'"], two=["cast(null as integer)"]),
                    False,
                ),
            )
        ],
    ),
    "epoch_seconds": Portable(
        "bigint",
        rows_of(
            "epoch_seconds",
            (at("1970-01-01 00:00:00"), big(0)),
            (at("2026-04-01 12:00:00"), big(1775044800)),
            (at("2026-04-01 12:00:00.999999"), big(1775044800)),
            (at("1969-12-31 23:59:59"), big(-1)),
            (at("1969-12-31 23:59:58.5"), big(-2)),
            (at("2100-01-01 00:00:00"), big(4102444800)),
            (at(None), big(None)),
        ),
    ),
    "fail_with": Portable(
        "boolean",
        # What it does where it is reached ends the query: a test of its own.
        [
            Row(
                "case when given.place = 2 then "
                + call("fail_with", "'not reached'")
                + " is null else true end",
                flag(value=True),
            )
        ],
    ),
    "floor_to_seconds": Portable(
        "timestamp",
        rows_of(
            "floor_to_seconds",
            (at("2026-04-01 12:59:59.9"), "3600", at("2026-04-01 12:00:00")),
            (at("2026-04-01 13:00:00"), "3600", at("2026-04-01 13:00:00")),
            (at("2026-04-01 12:29:59"), "900", at("2026-04-01 12:15:00")),
            # Weeks of windows begin on Thursdays, as the epoch did.
            (at("2026-04-01 12:00:00"), "604800", at("2026-03-26 00:00:00")),
            (at("1969-12-31 23:59:59.9"), "3600", at("1969-12-31 23:00:00")),
            (at("1969-12-31 23:00:00"), "3600", at("1969-12-31 23:00:00")),
            (at("2026-04-01 12:00:00"), big(None), at(None)),
            (at(None), "3600", at(None)),
        ),
    ),
    "folded_id": Portable(
        "string",
        rows_of(
            "folded_id",
            (text("SO-1"), text("so-1")),
            (text("S O-1"), text("so-1")),
            (text("so\u200b-1\u00a0"), text("so-1")),
            (text("Ä1"), text("ä1")),
            (text(None), text(None)),
        ),
    ),
    "full_hour_from": Portable(
        "timestamp",
        rows_of(
            "full_hour_from",
            (at("2026-04-01 12:00:00"), at("2026-04-01 12:00:00")),
            (at("2026-04-01 12:00:00.000001"), at("2026-04-01 13:00:00")),
            (at("2026-12-31 23:59:59"), at("2027-01-01 00:00:00")),
            (at("1969-12-31 22:30:00"), at("1969-12-31 23:00:00")),
            (at(None), at(None)),
        ),
    ),
    "hash_id": Portable(
        "string",
        rows_of(
            "hash_id",
            ([text("rule"), text("SO-1")], id_of("rule", "SO-1")),
            ([text("a"), text("bc")], id_of("a", "bc")),
            ([text("ab"), text("c")], id_of("ab", "c")),
            ([text("a"), text(None)], id_of("a", "|0")),
            ([text("a"), text("")], id_of("a", "")),
            ([text("a|1"), text("|0")], id_of("a||1", "||0")),
            ([text("Köln ✓")], id_of("Köln ✓")),
            ([big(7)], id_of("7")),
        ),
    ),
    "is_json_object": Portable(
        "boolean",
        rows_of(
            "is_json_object",
            (text('{"a": 1}'), flag(value=True)),
            (text("{}"), flag(value=True)),
            (text('{"a": {"b": [1, 2]}}'), flag(value=True)),
            (text("[1]"), flag(value=False)),
            (text('"a"'), flag(value=False)),
            (text("null"), flag(value=False)),
            (text("1"), flag(value=False)),
            (text('{"a": 1'), flag(value=False)),
            (text("a: 1"), flag(value=False)),
            (text(""), flag(value=False)),
            (text(None), flag(None)),
        ),
    ),
    "is_known_timezone": Portable(
        "boolean",
        rows_of(
            "is_known_timezone",
            (BERLIN, flag(value=True)),
            ("'UTC'", flag(value=True)),
            (text(None), flag(value=False)),
        ),
    ),
    "iso_weekday": Portable(
        "bigint",
        rows_of(
            "iso_weekday",
            (at("2026-03-30 00:00:00"), big(1)),
            (at("2026-04-04 23:59:59"), big(6)),
            (at("2026-04-05 23:59:59"), big(7)),
            (at("2028-02-29 12:00:00"), big(2)),
            (at("1969-12-31 12:00:00"), big(3)),
            (at(None), big(None)),
        ),
    ),
    "json_object": Portable(
        "string",
        rows_of(
            "json_object",
            ({"a": text("x"), "b": big(2)}, text('{"a":"x","b":2}')),
            ({"b": big(2), "a": text("x")}, text('{"b":2,"a":"x"}')),
            ({"a": text('in "x"')}, text('{"a":"in \\"x\\""}')),
            ({"a": text("it's")}, text('{"a":"it\'s"}')),
            ({"it's": text("x")}, text('{"it\'s":"x"}')),
            ({"a.b c": text("")}, text('{"a.b c":""}')),
            ({"a": flag(value=True)}, text('{"a":true}')),
            ({"a": double(0.5)}, text('{"a":0.5}')),
            (
                {"a": f"cast({at('2026-03-29 01:30:00.25')} as string)"},
                text('{"a":"2026-03-29 01:30:00.25"}'),
            ),
            ({"a": text(None), "b": big(None)}, text('{"a":null,"b":null}')),
        ),
    ),
    "json_text": Portable(
        "string",
        [
            *rows_of(
                "json_text",
                (text('{"a": "x", "b": "y"}'), "'b'", text("y")),
                (text('{"a": 17}'), "'a'", text("17")),
                (text('{"a": true}'), "'a'", text("true")),
                (text('{"a": ""}'), "'a'", text("")),
                (text('{"a": null}'), "'a'", text(None)),
                (text('{"a": 1}'), "'b'", text(None)),
                (text('{"a": 1}'), "'A'", text(None)),
                (text("{}"), "'a'", text(None)),
                (text('{"a": {"b": 1}}'), "'a'", text('{"b":1}')),
                (text('{"a": [1,2]}'), "'a'", text("[1,2]")),
                # Only the keys of the document itself are looked at.
                (text('{"a": {"b": 1}}'), "'b'", text(None)),
                (text('{"a": {"b": 1}}'), "'a.b'", text(None)),
                (text('{"a": {"b": 1}}'), "'a/b'", text(None)),
                (text('{"a.b": 1}'), "'a.b'", text("1")),
                (text('{"a/b": 1}'), "'a/b'", text("1")),
                (text('{"~1": 1}'), "'~1'", text("1")),
                (text('{"a b": 1}'), "'a b'", text("1")),
                (text('{"$": 1}'), "'$'", text("1")),
                (text('{"*": 1}'), "'*'", text("1")),
                (text('{"0": 1}'), "'0'", text("1")),
                (text('{"": 1}'), "''", text("1")),
                (text('{"it\'s": 1}'), text("it's"), text("1")),
                (text('{"a\\"b": 1}'), "'a\"b'", text("1")),
                (text('{"a": "x\\"y"}'), "'a'", text('x"y')),
                (text(None), "'a'", text(None)),
                (text('{"a": 1}'), text(None), text(None)),
            ),
            Row(
                call("json_text", "given.document", "given.name"),
                text("y"),
                table(document=[text('{"a": "x", "b": "y"}')], name=["'b'"]),
            ),
        ],
    ),
    "last_not_null": Portable(
        "string",
        [
            Row(
                call("last_not_null", "given.state", "ordered"),
                [text(None), text("a"), text("a"), text("b"), text("b")],
                table(state=[text(None), text("a"), text(None), text("b"), text(None)]),
            )
        ],
        WINDOW,
    ),
    # A list is told by its middle, for engines write its type and its text in two ways.
    "list_of": Portable(
        "double",
        [
            Row(f"{{{{ offpath.middle_mean(offpath.list_of('{number}')) }}}}", right)
            for number, right in (("3", double(3.0)), (big(None), double(None)))
        ],
    ),
    "list_slice": Portable(
        "double",
        [
            Row(
                "{{ offpath.middle_mean(offpath.list_slice("
                f"{list_of(1, 20, 300)}, '{first}', '{last}')) }}}}",
                double(right),
            )
            for first, last, right in (
                ("1", "3", 107.0),
                ("1", "1", 1.0),
                ("2", "3", 160.0),
                ("3 - 1", "1 + 1", 20.0),
                ("2", "1", None),
            )
        ],
    ),
    "local_to_utc": Portable(
        "timestamp",
        rows_of(
            "local_to_utc",
            (at("2026-01-15 12:00:00"), BERLIN, at("2026-01-15 11:00:00")),
            (at("2026-07-15 12:00:00"), BERLIN, at("2026-07-15 10:00:00")),
            (at("2026-07-15 00:30:00"), BERLIN, at("2026-07-14 22:30:00")),
            (at("2026-03-29 01:59:59"), BERLIN, at("2026-03-29 00:59:59")),
            # Skipped by the change of the clock, so moved on by an hour.
            (at("2026-03-29 02:30:00"), BERLIN, at("2026-03-29 01:30:00")),
            (at("2026-03-29 03:00:00"), BERLIN, at("2026-03-29 01:00:00")),
            (at("2026-10-25 01:59:59"), BERLIN, at("2026-10-24 23:59:59")),
            # The second of an hour that comes twice, and of half an hour.
            (at("2026-10-25 02:00:00"), BERLIN, at("2026-10-25 01:00:00")),
            (at("2026-10-25 02:30:00"), BERLIN, at("2026-10-25 01:30:00")),
            (
                at("2026-04-05 01:45:00"),
                "'Australia/Lord_Howe'",
                at("2026-04-04 15:15:00"),
            ),
            (at("2026-10-25 03:00:00"), BERLIN, at("2026-10-25 02:00:00")),
            (
                at("2026-01-15 12:00:00"),
                "'America/New_York'",
                at("2026-01-15 17:00:00"),
            ),
            (at("2026-01-15 12:00:00"), "'Asia/Kolkata'", at("2026-01-15 06:30:00")),
            (at("2026-01-15 12:00:00.5"), "'UTC'", at("2026-01-15 12:00:00.5")),
            (at(None), BERLIN, at(None)),
            (at("2026-01-15 12:00:00"), text(None), at(None)),
        ),
    ),
    "lot_of": Portable(
        "double",
        rows_of(
            "lot_of",
            ([text("desk"), text("HD1")], lot("desk", "HD1")),
            ([text("Köln ✓")], lot("Köln ✓")),
            ([text(None)], lot("|0")),
        ),
    ),
    "low_bits": Portable(
        "bigint",
        rows_of(
            "low_bits",
            ("0", big(0)),
            ("1", big(1)),
            ("31", big(2**31 - 1)),
            ("32", big(2**32 - 1)),
            ("60", big(2**60 - 1)),
            ("62", big(2**62 - 1)),
            (big(3), big(7)),
            ("cast(null as integer)", big(None)),
        ),
    ),
    "median_of": Portable(
        "double",
        [
            Row(call("median_of", "given.number"), double(right), table(number=numbers))
            for numbers, right in (
                (["3", "1", "2"], 2.0),
                (["1", "2"], 1.5),
                (["4", "1", "9", "2"], 3.0),
                (["7"], 7.0),
                (["-1", "cast(null as integer)", "3"], 1.0),
                (["cast(null as integer)"], None),
                (
                    ["cast(1.01 as decimal(18, 2))", "cast(1.04 as decimal(18, 2))"],
                    1.025,
                ),
            )
        ],
        AGGREGATE,
    ),
    "middle_mean": Portable(
        "double",
        [
            Row(f"{{{{ offpath.middle_mean({list_of(*numbers)}) }}}}", double(right))
            for numbers, right in (
                ([7], 7.0),
                ([9, 1, 2], 4.0),
                ([9, 1, 2, 4], 3.0),
                ([90, 1, 2, 4, 5, 6, 7], 4.8),
                ([90, 1, 2, 4, 5, 6, 7, 80], 5.5),
            )
        ],
    ),
    "normal_id": Portable(
        "string",
        rows_of(
            "normal_id",
            (text("SO-1"), text("SO-1")),
            (text("  SO-1 "), text("SO-1")),
            (text("SO 1"), text("SO 1")),
            (text("so-1"), text("so-1")),
            *(
                (text(f"{sign}SO-1{sign}"), text("SO-1"))
                # Tab, line feed, no-break space, zero width, ideographic, BOM.
                for sign in "\t\n\u00a0\u200b\u3000\ufeff"
            ),
            (text("SO\u200b1"), text("SO\u200b1")),
            (text(" "), text(None)),
            (text(""), text(None)),
            (text(None), text(None)),
            (big(17), text("17")),
        ),
    ),
    "ordered_hash": Portable(
        "string",
        [
            Row(
                call("ordered_hash", "given.name", "given.position"),
                right,
                table(name=names, position=positions),
            )
            for names, positions, right in (
                (["'a'", "'b'"], ["1", "2"], sequence_id((1, "a"), (2, "b"))),
                # The number of a text counts, not the row in which it comes.
                (["'b'", "'a'"], ["2", "1"], sequence_id((1, "a"), (2, "b"))),
                (["'b'", "'a'"], ["1", "2"], sequence_id((1, "b"), (2, "a"))),
                (["'a'", text(None)], ["1", "2"], sequence_id((1, "a"))),
                ([text(None)], ["1"], text(None)),
            )
        ],
        AGGREGATE,
    ),
    "ordered_list": Portable(
        "string",
        [
            Row(
                call("ordered_list", "given.name", *arguments),
                right,
                table(name=names, rank=ranks),
            )
            for names, ranks, arguments, right in (
                (["'b'", "'a'"], ["1", "2"], ["given.rank"], text("b, a")),
                (["'b'", "'a'"], ["1", "2"], ["given.name"], text("a, b")),
                (["'b'", "'a'"], ["1", "2"], ["given.rank desc"], text("a, b")),
                (["'b'", "'a'"], ["2", "1"], ["given.rank", " > "], text("a > b")),
                # A tie is broken by what comes next in the order.
                (
                    ["'b'", "'a'", "'c'"],
                    ["1", "1", "0"],
                    ["given.rank, given.name"],
                    text("c, a, b"),
                ),
                (["'a'", text(None)], ["1", "2"], ["given.rank"], text("a")),
                (["'a'", "'a'"], ["1", "2"], ["given.rank"], text("a, a")),
                ([text(None)], ["1"], ["given.rank"], text(None)),
            )
        ],
        AGGREGATE,
    ),
    "percent_encoded": Portable(
        "string",
        rows_of(
            "percent_encoded",
            (text("SO-1._~"), text("SO-1._~")),
            (text("a b/c+d*"), text("a%20b%2Fc%2Bd%2A")),
            (text("%7E&?#'\""), text("%257E%26%3F%23%27%22")),
            (text("a\u00e9\n"), text("a%C3%A9%0A")),
            (text(""), text("")),
            (text(None), text(None)),
        ),
    ),
    "percentile_of": Portable(
        "double",
        [
            Row(
                call("percentile_of", "given.number", share),
                double(right),
                table(number=numbers),
            )
            for numbers, share, right in (
                (["3", "1", "2"], "0.5e0", 2.0),
                (["1", "2"], "0.5e0", 1.5),
                (["1", "5", "2", "4", "3"], "0.75e0", 4.0),
                (["0", "10", "20"], "0.75e0", 15.0),
                (["0", "8"], "0.25e0", 2.0),
                (["7"], "0.9e0", 7.0),
                (["-1", "cast(null as integer)"], "0.9e0", -1.0),
                (["cast(null as integer)"], "0.9e0", None),
            )
        ],
        AGGREGATE,
    ),
    "seconds_between": Portable(
        "bigint",
        rows_of(
            "seconds_between",
            (at("2026-04-01 12:00:00"), at("2026-04-01 12:01:30"), big(90)),
            (at("2026-04-01 12:00:00"), at("2026-04-01 12:00:00"), big(0)),
            (at("2026-04-01 12:00:00"), at("2026-04-01 12:00:00.9"), big(0)),
            (at("2026-04-01 12:00:00.9"), at("2026-04-01 12:00:01"), big(0)),
            (at("2026-04-01 12:00:01"), at("2026-04-01 12:00:00"), big(-1)),
            (at("2026-04-01 12:00:00.5"), at("2026-04-01 12:00:00"), big(-1)),
            (at("1969-12-31 23:59:59.5"), at("1970-01-01 00:00:00"), big(0)),
            (at("2028-02-28 00:00:00"), at("2028-03-01 00:00:00"), big(172800)),
            (at(None), at("2026-04-01 12:00:00"), big(None)),
            (at("2026-04-01 12:00:00"), at(None), big(None)),
        ),
    ),
    "text_matches": Portable(
        "boolean",
        rows_of(
            "text_matches",
            (text("RC-123"), "^RC-[0-9]{3}$", flag(value=True)),
            (text("RC-1234"), "^RC-[0-9]{3}$", flag(value=False)),
            (text("an RC-123"), "RC-[0-9]{3}", flag(value=True)),
            (text("rc-123"), "RC", flag(value=False)),
            (text(""), "^$", flag(value=True)),
            (text(None), "^$", flag(None)),
        ),
    ),
    "unnested_numbers": Portable(
        "bigint",
        [
            Row(call("unnested_numbers", big(1), big(3)), [big(1), big(2), big(3)]),
            Row(call("unnested_numbers", big(-1), big(0)), [big(-1), big(0)]),
            Row(call("unnested_numbers", big(3), big(3)), [big(3)]),
            Row(call("unnested_numbers", big(3), big(1)), []),
            Row(call("unnested_numbers", big(None), big(1)), []),
            Row(call("unnested_numbers", "0", "1"), [big(0), big(1)]),
            Row(
                call("unnested_numbers", "given.first", "given.last"),
                [big(1), big(5), big(6)],
                table(first=["1", "5", "9"], last=["1", "6", "8"]),
            ),
        ],
        GENERATOR,
    ),
    "unnested_timestamps": Portable(
        "timestamp",
        [
            Row(call("unnested_timestamps", start, end, seconds), right)
            for start, end, seconds, right in (
                (
                    at("2026-03-29 00:00:00"),
                    at("2026-03-29 02:00:00"),
                    3600,
                    [
                        at("2026-03-29 00:00:00"),
                        at("2026-03-29 01:00:00"),
                        at("2026-03-29 02:00:00"),
                    ],
                ),
                (
                    at("2028-02-28 12:00:00"),
                    at("2028-03-01 00:00:00"),
                    86400,
                    [at("2028-02-28 12:00:00"), at("2028-02-29 12:00:00")],
                ),
                (
                    at("1969-12-31 23:30:00"),
                    at("1970-01-01 00:00:00"),
                    1800,
                    [at("1969-12-31 23:30:00"), at("1970-01-01 00:00:00")],
                ),
                (
                    at("2026-03-29 00:00:00"),
                    at("2026-03-29 00:00:00"),
                    3600,
                    [at("2026-03-29 00:00:00")],
                ),
                (at("2026-03-29 00:00:01"), at("2026-03-29 00:00:00"), 3600, []),
                (at(None), at("2026-03-29 00:00:00"), 3600, []),
                (at("2026-03-29 00:00:00"), at(None), 3600, []),
            )
        ],
        GENERATOR,
    ),
    "utc_timestamp": Portable(
        "timestamp",
        [
            *rows_of(
                "utc_timestamp",
                (text("2026-03-29 01:30:00"), at("2026-03-29 01:30:00")),
                (text("2026-03-29T01:30:00.25"), at("2026-03-29 01:30:00.25")),
                (text(" 2026-03-29 01:30:00 "), at("2026-03-29 01:30:00")),
                (text("2026-03-29"), at("2026-03-29 00:00:00")),
                (text("2028-02-29 00:00:00"), at("2028-02-29 00:00:00")),
                (text("2026-02-29 00:00:00"), at(None)),
                (text("tomorrow"), at(None)),
                (text(""), at(None)),
                (text(None), at(None)),
                (
                    text("2026-07-15 12:00:00"),
                    "Europe/Berlin",
                    at("2026-07-15 10:00:00"),
                ),
                (
                    text("2026-01-15 12:00:00"),
                    "Europe/Berlin",
                    at("2026-01-15 11:00:00"),
                ),
                (text("yesterday"), "Europe/Berlin", at(None)),
                # An offset in the text wins over the time zone.
                (text("2026-03-30T10:00:00+02:00"), at("2026-03-30 08:00:00")),
                (text("2026-03-30T10:00:00+0200"), at("2026-03-30 08:00:00")),
                (text("2026-03-30T10:00:00+02"), at("2026-03-30 08:00:00")),
                (text("2026-03-30 10:00:00 +02:00"), at("2026-03-30 08:00:00")),
                (text("2026-03-30T10:00+02:00"), at("2026-03-30 08:00:00")),
                (text("2026-03-30T10:00:00Z"), at("2026-03-30 10:00:00")),
                (text("2026-03-30T10:00:00z"), at("2026-03-30 10:00:00")),
                (text("2026-03-30 10:00:00 UTC"), at("2026-03-30 10:00:00")),
                (text("2026-03-30T10:00:00-05:30"), at("2026-03-30 15:30:00")),
                (text("2026-12-31T20:00:00-05:00"), at("2027-01-01 01:00:00")),
                (text("2026-03-30T10:00:00+14:00"), at("2026-03-29 20:00:00")),
                (text("2026-03-30T10:00:00.25+02:00"), at("2026-03-30 08:00:00.25")),
                (
                    text("2026-03-30T10:00:00.123456Z"),
                    at("2026-03-30 10:00:00.123456"),
                ),
                *(
                    (text(f"2026-03-30T10:00:00{offset}"), "Europe/Berlin", at(utc))
                    for offset, utc in (
                        ("-05:00", "2026-03-30 15:00:00"),
                        ("Z", "2026-03-30 10:00:00"),
                        ("", "2026-03-30 08:00:00"),
                    )
                ),
                # Both hours that the change of the clock repeats.
                (
                    text("2026-10-25T02:30:00+02:00"),
                    "Europe/Berlin",
                    at("2026-10-25 00:30:00"),
                ),
                (
                    text("2026-10-25T02:30:00+01:00"),
                    "Europe/Berlin",
                    at("2026-10-25 01:30:00"),
                ),
                # What is no offset of a time is not guessed at.
                (text("2026-03-30T10:00:00+25:00"), at(None)),
                (text("2026-03-30T10:00:00+02:75"), at(None)),
                (text("2026-03-30T10:00:00+2"), at(None)),
                (text("2026-03-30T10:00:00+02:00:00"), at(None)),
                (text("2026-03-30T10:00:00 CEST"), at(None)),
                (text("2026-03-30T25:00:00Z"), at(None)),
                (text("infinity"), at(None)),
                (text("epoch"), at(None)),
            ),
            Row(GERMAN % ("01:30:00", "UTC"), at("2026-03-29 01:30:00")),
            Row(GERMAN % ("03:30:00", "Europe/Berlin"), at("2026-03-29 01:30:00")),
            Row(GERMAN % ("at noon", "UTC"), at(None)),
            # A format without a place for an offset reads none.
            Row(GERMAN % ("03:30:00+02:00", "UTC"), at(None)),
            *(
                Row(GERMAN_OFFSET % (f"03:30:00 {offset}", zone), at(utc))
                for offset, zone, utc in (
                    ("+02:00", "UTC", "2026-03-29 01:30:00"),
                    ("+02:00", "America/New_York", "2026-03-29 01:30:00"),
                    ("-05:30", "UTC", "2026-03-29 09:00:00"),
                    ("Z", "Europe/Berlin", "2026-03-29 03:30:00"),
                )
            ),
            Row(GERMAN_OFFSET % ("03:30:00", "UTC"), at(None)),
        ],
    ),
    "utc_to_local": Portable(
        "timestamp",
        rows_of(
            "utc_to_local",
            (at("2026-01-15 11:00:00"), BERLIN, at("2026-01-15 12:00:00")),
            (at("2026-07-15 10:00:00"), BERLIN, at("2026-07-15 12:00:00")),
            (at("2026-03-29 00:59:59"), BERLIN, at("2026-03-29 01:59:59")),
            (at("2026-03-29 01:00:00"), BERLIN, at("2026-03-29 03:00:00")),
            # The hour comes twice.
            (at("2026-10-25 00:30:00"), BERLIN, at("2026-10-25 02:30:00")),
            (at("2026-10-25 01:30:00"), BERLIN, at("2026-10-25 02:30:00")),
            (at("2026-01-15 06:30:00"), "'Asia/Kolkata'", at("2026-01-15 12:00:00")),
            (at("1969-12-31 23:30:00.5"), BERLIN, at("1970-01-01 00:30:00.5")),
            (at(None), BERLIN, at(None)),
            (at("2026-01-15 11:00:00"), text(None), at(None)),
        ),
    ),
    "visible_text": Portable(
        "string",
        rows_of(
            "visible_text",
            (text("SO-1~!"), text("SO-1~!")),
            (text("a b"), text("a<U+0020>b")),
            (text("a\t"), text("a<U+0009>")),
            (text("a\u200bb"), text("a<U+200B>b")),
            (text("a\u00e9"), text("a<U+00E9>")),
            (text("a\U000e0001"), text("a<U+E0001>")),
            (text(None), text(None)),
        ),
    ),
}
