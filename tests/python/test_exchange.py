"""What goes out comes back, in each format, whatever its texts are."""

import gzip
import json
import shutil
import sqlite3
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import Result
from exchanged import (
    JOURNEY,
    MOST_MEMORY,
    an_event,
    build_log,
    peak_of,
    rows_in_marts,
    rows_of,
)
from hypothesis import example, given
from hypothesis import strategies as st
from offpath.home import Home
from offpath.interchange.exporting import WRITERS, export_log
from offpath.interchange.files import draft_of
from offpath.interchange.importing import import_log
from offpath.interchange.request import Request
from searches import search

Offpath = Callable[..., Result]
FORMATS = {"xes": "log.xes.gz", "ocel": "log.sqlite", "parquet": "log.parquet"}
USAGE_ERROR = 2


def silent(share: float) -> None:
    assert share >= 0


def there_and_back(home: Path, kind: str, journey: str = JOURNEY) -> Path:
    """Export the journey and import it again; return the file of the events."""
    file, events = home / FORMATS[kind], home / f"{kind}.events.parquet"
    export_log(Home(home), kind, journey, file, silent)
    with draft_of(events) as draft:
        import_log(Request(file, journey), draft, silent)
    return events


def test_every_format_is_tried() -> None:
    assert FORMATS.keys() == WRITERS.keys()


@pytest.mark.parametrize("kind", FORMATS)
def test_every_column_of_the_contract_comes_back(kind: str, home: Path) -> None:
    bare = dict.fromkeys(
        ("actor", "channel", "location", "reason_code", "amount", "source_sequence")
    )
    rows = [
        an_event(1),
        an_event(2, occurred_at="2026-04-01 10:01:00.123456", reason_code="late"),
        # Of the same time: their order is that of the timeline, and no column says it.
        an_event(3, event_name="shipped", occurred_at="2026-04-01 10:05:00"),
        an_event(4, event_name="label printed", occurred_at="2026-04-01 10:05:00"),
        an_event(5, case_id="O-2", attributes=None, severity=None, due_at=None)
        | bare
        | {"value_amount": None, "is_excluded": True},
        an_event(
            6, case_id="O-3", actor="", channel="", attributes="{}", amount="-0.01"
        ),
        # More than a double holds.
        an_event(7, case_id="O-3", amount="1234567890123456.78"),
        an_event(8, case_id="O-3", attributes='{"a": {"b": [1, null]}, "c": null}'),
        an_event(9, case_id="O-3", attributes='{"n": 1e3, "t": true, "N": 0.10}'),
        an_event(10, case_id="O-3", attributes='{"concept:name":"x","user":"y","a":1}'),
        an_event(11, case_id="O-3", attributes='{"a": 1, "a": 2}'),
        an_event(12, case_id="O-3", attributes='{"lifecycle:transition": "start"}'),
        an_event(13, case_id="O-3", attributes='{"offpath:channel": "z", "date": "q"}'),
    ]
    build_log(home, rows)
    file = there_and_back(home, kind)
    assert rows_of(f"'{file}'") == rows_in_marts(home / "warehouse.duckdb")
    assert duckdb.sql(
        f"select count(*) from '{file}' where unreadable is not null"
        " or raw_record is not null"
    ).fetchone() == (0,)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_log_without_a_sequence_of_its_own_comes_back_without_one(
    kind: str, home: Path
) -> None:
    build_log(home, [an_event(number, source_sequence=None) for number in (1, 2)])
    file = there_and_back(home, kind)
    assert rows_of(f"'{file}'") == rows_in_marts(home / "warehouse.duckdb")


@pytest.mark.long
@pytest.mark.parametrize("journey", [JOURNEY, "ticket_to_resolution"])
def test_the_demo_comes_back(journey: str, demo: Path, home: Path) -> None:
    home.mkdir()
    shutil.copy(demo / "warehouse.duckdb", home)
    expected = rows_in_marts(home / "warehouse.duckdb", journey)
    assert len(expected) > 1000
    for kind in FORMATS:
        assert rows_of(f"'{there_and_back(home, kind, journey)}'") == expected, kind


# Signs that a format has a use of its own for, or no place at all.
TEXTS = st.text(
    st.one_of(
        st.sampled_from(
            "\"'<>&\\,;\n\r\t\x00\x01\x1f\x7f\x85\u2028\ufffd\ufffe\uffff#+="
        ),
        st.sampled_from(" \u00a0\u200b\u00e9e\u0301\U0001f600{}[]:~/"),
        st.characters(codec="utf-8"),
    ),
    max_size=12,
)


def as_an_id(text: str) -> str:
    """Return a text as marts have an id: without what nobody sees at its ends."""
    text = unicodedata.normalize("NFC", text)
    seen = [
        place
        for place, sign in enumerate(text)
        if unicodedata.category(sign)[0] not in "ZC"
    ]
    return text[seen[0] : seen[-1] + 1] if seen else ""


IDS = TEXTS.map(as_an_id).filter(bool)
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS
    ),
    lambda inside: st.one_of(
        st.lists(inside, max_size=2), st.dictionaries(TEXTS, inside, max_size=2)
    ),
    max_leaves=4,
)


@pytest.mark.long
@search(gate=25, deep=2000)
@given(
    texts=st.lists(TEXTS, min_size=4, max_size=4),
    ids=st.lists(IDS, min_size=3, max_size=3),
    fields=st.dictionaries(TEXTS, JSON, max_size=3),
    is_compact=st.booleans(),
)
@example(["\x00\x01", "\ud7ff", "\ufffe", "]]>"], ["\x1f1", "2", "<3>"], {}, False)
@example(["", " ", "\r\n", "\t"], ["a#1", "a", "#"], {"\x00": "\x00", "\x01": 1}, True)
def test_odd_texts_come_back_in_every_format(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str],
    ids: list[str],
    fields: dict[str, object],
    is_compact: bool,
) -> None:
    home = tmp_path_factory.mktemp("home")
    case_id, event_id, event_name = ids
    separators = (",", ":") if is_compact else (", ", ": ")
    text = json.dumps(fields, ensure_ascii=is_compact, separators=separators)
    columns = dict(
        zip(("actor", "channel", "location", "severity"), texts, strict=True)
    )
    odd = an_event(1, case_id=case_id, event_id=event_id, event_name=event_name)
    build_log(home, [odd | columns | {"attributes": text}, an_event(2)])
    expected = rows_in_marts(home / "warehouse.duckdb")
    for kind in FORMATS:
        assert rows_of(f"'{there_and_back(home, kind)}'") == expected, kind


def test_what_xml_cannot_hold_is_told_and_stands_beside(
    home: Path, offpath: Offpath
) -> None:
    build_log(home, [an_event(1, actor="bell\x07", location="fine")])
    file = home / "log.xes"
    result = offpath("export", str(file), "--format", "xes")
    assert result.exit_code == 0
    assert result.stderr == (
        "warning: 1 values have signs that XML cannot hold: they are in offpath:exact\n"
    )
    log = ET.fromstring(file.read_bytes())  # noqa: S314 - it is ours
    values = {each.get("key"): each.get("value") for each in log.iter()}
    assert values["org:resource"] == "bell\N{REPLACEMENT CHARACTER}"
    assert values["offpath:exact"] == '{"org:resource": "bell\\u0007"}'


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_marts_give_the_same_bytes(kind: str, home: Path) -> None:
    names = ("packed", "shipped", "paid")
    build_log(
        home,
        [
            an_event(number, case_id=f"O-{number % 7}", event_name=names[number % 3])
            for number in range(60)
        ],
    )
    first, second = home / FORMATS[kind], home / "again" / FORMATS[kind]
    second.parent.mkdir()
    for file in (first, second):
        export_log(Home(home), kind, JOURNEY, file, silent)
    assert first.read_bytes() == second.read_bytes()


def test_the_elements_of_xes_stand_in_the_order_of_its_schema(home: Path) -> None:
    build_log(home, [an_event(1), an_event(2), an_event(3, case_id="O-2")])
    export_log(Home(home), "xes", None, home / "log.xes.gz", silent)
    text = gzip.decompress((home / "log.xes.gz").read_bytes())
    log = ET.fromstring(text)  # noqa: S314 - it is ours
    tags = [each.tag.rpartition("}")[2] for each in log]
    order = ["extension", "global", "classifier", "string", "int", "trace"]
    assert tags == sorted(tags, key=order.index)
    assert [len(each.findall("{*}event")) for each in log.findall("{*}trace")] == [2, 1]
    prefixes = {each.get("prefix") for each in log.findall("{*}extension")}
    assert prefixes == {"concept", "time", "org", "lifecycle", "identity", "cost"}


def test_the_tables_of_ocel_are_those_of_its_schema(home: Path) -> None:
    build_log(
        home, [an_event(1, event_name="map type"), an_event(2, event_name="Map-type")]
    )
    export_log(Home(home), "ocel", None, home / "log.sqlite", silent)
    log = sqlite3.connect(home / "log.sqlite")
    tables = {
        name
        for (name,) in log.execute(
            "select name from sqlite_master where type = 'table'"
        )
    }
    maps = dict(log.execute("select ocel_type, ocel_type_map from event_map_type"))
    assert len({name.lower() for name in maps.values()}) == 2
    assert tables == {
        *("event", "object", "event_object", "object_object"),
        *("event_map_type", "object_map_type", "object_OrderToShip"),
        *(f"event_{name}" for name in maps.values()),
    }
    assert log.execute("select * from event_object").fetchall() == [
        ("E-1", "O-1", ""),
        ("E-2", "O-1", ""),
    ]
    ((time, kind),) = log.execute(
        f'select ocel_time, typeof(amount) from "event_{maps["map type"]}"'
    )
    assert (time, kind) == ("2026-04-01T10:01:00Z", "real")


def test_one_of_several_journeys_must_be_named(home: Path, offpath: Offpath) -> None:
    build_log(home, [an_event(1)])
    with duckdb.connect(str(home / "warehouse.duckdb")) as warehouse:
        warehouse.execute(
            "insert into marts.dim_journeys (journey, event_count) values ('other', 0)"
        )
    file = home / "log.xes"
    for more, said in (
        ([], ""),
        (["--journey", "none"], "there is no journey 'none'; "),
    ):
        result = offpath("export", str(file), "--format", "xes", *more)
        assert result.exit_code == USAGE_ERROR
        assert (
            f"{said}say which journey (--journey): order_to_ship, other"
            in result.stderr
        )
    assert not file.exists()


def test_an_export_that_fails_leaves_the_former_file(
    home: Path, offpath: Offpath
) -> None:
    build_log(home, [an_event(1)])
    file = home / "log.sqlite"
    file.write_text("former")
    with duckdb.connect(str(home / "warehouse.duckdb")) as warehouse:
        # Two events of one id, which no table of OCEL takes.
        warehouse.execute(
            "insert into marts.fct_case_events from marts.fct_case_events"
        )
    result = offpath("export", str(file), "--format", "ocel")
    assert result.exit_code != 0
    assert file.read_text() == "former"
    assert [path.name for path in home.iterdir() if path.name.startswith(".")] == []


@pytest.mark.long
@pytest.mark.parametrize("kind", FORMATS)
def test_a_large_export_takes_little_memory(kind: str, home: Path) -> None:
    build_log(home, [an_event(1)])
    with duckdb.connect(str(home / "warehouse.duckdb")) as warehouse:
        warehouse.execute("use marts")
        warehouse.execute(
            "insert into fct_case_events select fct_case_events.* replace"
            " ('E+' || number * 7919 % 15000 as event_id, number as event_number)"
            " from fct_case_events, range(15000) as numbers (number)"
        )
        warehouse.execute(
            "insert into fct_event_attributes select journey, event_id,"
            " json_object('note', repeat(sha256(event_id), 31)) from fct_case_events"
            " where event_id <> 'E-1'"
        )
    file = home / FORMATS[kind]
    _, peak = peak_of("export", file, "--format", kind, "--home", home)
    assert file.stat().st_size > 500_000
    assert peak < MOST_MEMORY


def test_a_full_disk_is_told(
    home: Path, offpath: Offpath, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_log(home, [an_event(1)])
    file = home / "log.xes"
    file.write_text("former")
    monkeypatch.setattr(
        "offpath.interchange.selection.LAYOUT",
        "pragma max_page_count = 1; create table events (a); create table more (a);",
    )
    result = offpath("export", str(file), "--format", "xes")
    assert result.exit_code == USAGE_ERROR
    assert result.stderr == (
        f"Error: {file} cannot be written: database or disk is full\n"
    )
    assert file.read_text() == "former"


def test_numbers_inside_lists_are_numbers_for_other_tools(home: Path) -> None:
    build_log(home, [an_event(1, attributes='{"a": [1, null, {"b": 1.50}]}')])
    export_log(Home(home), "xes", None, home / "log.xes", silent)
    log = ET.fromstring((home / "log.xes").read_bytes())  # noqa: S314 - it is ours
    values = {each.get("key"): each.get("value") for each in log.iter()}
    assert values["a"] == '[1, null, {"b": 1.5}]'
