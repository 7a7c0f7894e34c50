"""Logs of other tools come in as events of the contract, or with a sentence."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from building import public_log
from click.testing import Result
from exchanged import MOST_MEMORY, event, ocel_json, ocel_sqlite, peak_of, trace, xes
from offpath.errors import ConfigurationError
from offpath.interchange.fields import with_attributes
from offpath.interchange.mapping import EVENT_COLUMNS, NAMES, mapping_of, pairs_of

Offpath = Callable[..., Result]
USAGE_ERROR = 2


@pytest.fixture
def bring(tmp_path: Path, offpath: Offpath) -> Callable[..., list[dict[str, Any]]]:
    """Return an import of a file, which must succeed: the events that it gives."""

    def run(file: Path, *more: str) -> list[dict[str, Any]]:
        into = tmp_path / "events.parquet"
        result = offpath(
            "import", str(file), "--journey", "j", "--into", str(into), *more
        )
        assert result.exit_code == 0, result.output
        rows = duckdb.sql(f"from '{into}'")
        return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]

    return run


@pytest.fixture
def refuse(tmp_path: Path, offpath: Offpath) -> Callable[..., str]:
    """Return an import of a file, which must fail: what it says, without its path."""

    def run(file: Path, *more: str) -> str:
        into = tmp_path / "events.parquet"
        into.write_text("former")
        arguments = ("import", str(file), "--journey", "j", "--into", str(into), *more)
        result = offpath(*arguments)
        assert result.exit_code == USAGE_ERROR, result.output
        assert result.stdout == ""
        # Nothing is half imported, and nothing is left lying about.
        assert into.read_text() == "former"
        assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []
        return result.stderr.removeprefix(f"Error: {file}")

    return run


Bring = Callable[..., list[dict[str, Any]]]
Refuse = Callable[..., str]


def test_an_event_of_xes_is_an_event_of_the_contract(
    tmp_path: Path, bring: Bring
) -> None:
    more = (
        '<string key="org:resource" value="ann"/><float key="cost:total" value="1.5"/>'
        '<id key="identity:id" value="e1"/><int key="pages" value="3"/>'
        '<boolean key="ok" value="true"/><float key="share" value="NaN"/>'
    )
    log = xes(
        tmp_path / "log.xes",
        trace(
            "c1",
            event("A", "2026-01-01T12:00:00.123456+02:00", more),
            more='<string key="channel" value="web"/>',
        ),
    )
    (row,) = bring(log)
    assert {name: row[name] for name in ("journey", *EVENT_COLUMNS)} == {
        "journey": "j",
        "case_id": "c1",
        "event_name": "A",
        "occurred_at": duckdb.sql(
            "select timestamp '2026-01-01 10:00:00.123456'"
        ).fetchone()[0],
        "event_id": "e1",
        "actor": "ann",
        "channel": "web",
        "location": None,
        "reason_code": None,
        "amount": __import__("decimal").Decimal("1.50"),
        "source_sequence": 1,
        "loaded_at": row["occurred_at"],
        "attributes": '{"pages": 3, "ok": true, "share": "NaN"}',
    }
    assert (row["unreadable"], row["raw_record"]) == (None, None)


@pytest.mark.parametrize(
    ("encoding", "is_packed"), [("utf-8", True), ("utf-8-sig", False), ("utf-16", True)]
)
def test_a_packed_file_and_a_mark_of_its_encoding_are_read(
    encoding: str, is_packed: bool, tmp_path: Path, bring: Bring
) -> None:
    inside = trace("c\u00e9\U0001f600", event("A &amp; B", "2026-01-01T00:00:00Z"))
    text = '<?xml version="1.0"?><x:log xmlns:x="http://www.xes-standard.org/">'
    for tag in ("trace", "event", "string", "date"):
        inside = inside.replace(f"<{tag}", f"<x:{tag}").replace(
            f"</{tag}", f"</x:{tag}"
        )
    raw = f"{text}{inside}</x:log>".encode(encoding)
    # By what it begins with, whatever its name.
    log = tmp_path / "log.bin"
    log.write_bytes(gzip.compress(raw) if is_packed else raw)
    (row,) = bring(log)
    assert (row["case_id"], row["event_name"]) == ("c\u00e9\U0001f600", "A & B")


def test_what_is_inside_an_attribute_stays(tmp_path: Path, bring: Bring) -> None:
    more = (
        '<string key="x" value="v"><int key="y" value="1"/></string>'
        '<list key="l"><values><string key="a" value="1"/><string key="a" value="2"/>'
        "</values></list>"
        '<container key="k"><date key="d" value="2026-01-01"/></container>'
    )
    name = '<string key="concept:name" value="N"><string key="in" value="w"/></string>'
    at = '<date key="time:timestamp" value="2026-01-01T00:00:00Z"/>'
    log = xes(tmp_path / "log.xes", trace("c", f"<event>{name}{at}{more}</event>"))
    (row,) = bring(log)
    assert row["event_name"] == "N"
    assert json.loads(row["attributes"]) == {
        "concept:name": {"value": "N", "attributes": [{"in": "w"}]},
        "x": {"value": "v", "attributes": [{"y": 1}]},
        "l": [{"a": "1"}, {"a": "2"}],
        "k": [{"d": "2026-01-01"}],
    }


def test_attributes_of_a_trace_are_of_its_events_wherever_they_stand(
    tmp_path: Path, bring: Bring
) -> None:
    events = [event("A", "2026-01-01T00:00:00Z"), event("B", "2026-01-01T00:00:00Z")]
    late = f"<trace>{''.join(events)}<string key='concept:name' value='c'/><int key='n' value='7'/></trace>"
    rows = bring(xes(tmp_path / "log.xes", late))
    assert [(row["case_id"], row["attributes"]) for row in rows] == [
        ("c", '{"case:n": 7}')
    ] * 2
    # One time, two events: the order of the file tells them apart.
    assert [(row["event_id"], row["source_sequence"]) for row in rows] == [
        ("c#1", 1),
        ("c#2", 2),
    ]


def test_two_traces_of_one_case_are_one_case(tmp_path: Path, bring: Bring) -> None:
    one = event("A", "2026-01-01T00:00:00Z")
    rows = bring(
        xes(tmp_path / "log.xes", trace("c", one) + trace("d", one) + trace("c", one))
    )
    assert [row["event_id"] for row in rows] == ["c#1", "d#1", "c#2"]


def test_what_an_event_lacks_is_kept_for_the_quarantine_and_told(
    tmp_path: Path, bring: Bring, offpath: Offpath
) -> None:
    declared = (
        '<global scope="event"><string key="concept:name" value="UNKNOWN"/>'
        '<date key="time:timestamp" value="1970-01-01T00:00:00Z"/></global>'
    )
    nameless = (
        '<event><date key="time:timestamp" value="2026-01-01T00:00:00Z"/></event>'
    )
    timeless = '<event><string key="concept:name" value="B"/></event>'
    wrong = event("C", "yesterday")
    log = xes(
        tmp_path / "log.xes",
        f"{declared}\n{trace('c', nameless)}\n{trace('c', timeless, wrong)}\n"
        f"<trace>{event('D', '2026-01-01T00:00:00Z')}</trace>",
    )
    rows = bring(log)
    # What the log declares is no fact about an event that lacks it.
    assert [row["event_name"] for row in rows] == [None, "B", "C", "D"]
    assert [row["occurred_at"] is None for row in rows] == [False, True, True, False]
    assert [row["case_id"] for row in rows] == ["c", "c", "c", None]
    assert [row["unreadable"] for row in rows] == [None, None, "occurred_at", None]
    assert json.loads(rows[2]["raw_record"])["occurred_at"] == "yesterday"
    assert json.loads(rows[3]["raw_record"])["event_name"] == "D"
    said = offpath("import", str(log), "--journey", "j", "--dry-run").stdout
    for line in (
        "1 events without case_id, for the quarantine; the first is at 6",
        "1 events without event_name, for the quarantine; the first is at 4",
        "1 events without occurred_at, for the quarantine; the first is at 5",
        "1 events unreadable, for the quarantine; the first is at 5",
        "1 events lack concept:name, which the log declares",
        "1 events lack time:timestamp, which the log declares",
    ):
        assert line in said.splitlines()


def test_a_second_value_of_a_key_is_kept_and_told(
    tmp_path: Path, bring: Bring, offpath: Offpath
) -> None:
    more = '<string key="concept:name" value="B"/>'
    log = xes(
        tmp_path / "log.xes", trace("c", event("A", "2026-01-01T00:00:00Z", more))
    )
    (row,) = bring(log)
    assert (row["event_name"], row["attributes"]) == ("A", '{"concept:name#2": "B"}')
    said = offpath("import", str(log), "--journey", "j", "--dry-run").stdout
    assert "1 attributes stand twice in one element" in said


def test_a_classifier_tells_events_apart(
    tmp_path: Path, bring: Bring, refuse: Refuse
) -> None:
    def stage(of: str) -> str:
        more = f'<string key="lifecycle:transition" value="{of}"/><string key="my part" value="p"/>'
        return event("A", "2026-01-01T00:00:00Z", more)

    declared = (
        '<classifier name="both" keys="concept:name \'my part\' lifecycle:transition"/>'
    )
    log = xes(
        tmp_path / "log.xes", declared + trace("c", stage("start"), stage("complete"))
    )
    assert [row["event_name"] for row in bring(log)] == ["A", "A"]
    named = bring(log, "--classifier", "both")
    assert [row["event_name"] for row in named] == ["A+p+start", "A+p+complete"]
    # A part is an attribute still.
    assert '"lifecycle:transition": "start"' in named[0]["attributes"]
    joined = bring(log, "--map", "event_name=concept:name+lifecycle:transition")
    assert [row["event_name"] for row in joined] == ["A+start", "A+complete"]
    assert "the log has no classifier 'c'; it has both" in refuse(
        log, "--classifier", "c"
    )


@pytest.mark.parametrize(
    ("timezone", "at", "read"),
    [
        ("UTC", "2026-03-29T02:30:00", "2026-03-29 02:30:00"),
        ("Europe/Berlin", "2026-01-01T00:00:00", "2025-12-31 23:00:00"),
        # An offset counts, whatever the zone.
        ("Europe/Berlin", "2026-01-01T00:00:00Z", "2026-01-01 00:00:00"),
        ("Europe/Berlin", "2026-01-01T00:00:00.5-05:30", "2026-01-01 05:30:00.5"),
        ("UTC", "2026-01-01 00:00:00.123456789Z", "2026-01-01 00:00:00.123456"),
        ("UTC", "2026-01-01", "2026-01-01 00:00:00"),
        ("UTC", "infinity", None),
        ("UTC", "epoch", None),
        ("UTC", "2026-02-30T00:00:00", None),
        ("UTC", "2026-01-01T00:00:00 CET", None),
    ],
)
def test_a_time_is_an_instant_or_unreadable(
    timezone: str, at: str, read: str | None, tmp_path: Path, bring: Bring
) -> None:
    log = xes(tmp_path / "log.xes", trace("c", event("A", at)))
    (row,) = bring(log, "--timezone", timezone)
    expected = read and duckdb.sql(f"select timestamp '{read}'").fetchone()[0]
    assert row["occurred_at"] == expected
    assert row["unreadable"] == (None if read else "occurred_at")


XML_ERRORS = {
    "cut": ("<log><trace><event>\n", "line 2: this is no whole XML: no element found"),
    "crossed": ("<log>\n<trace></log>", "line 2: this is no whole XML: mismatched tag"),
    "keyless": (
        "<log>\n\n<trace><string value='x'/></trace></log>",
        "line 3: an attribute (string) has no key",
    ),
    "no log": (
        "<html></html>",
        "line 1: this is no XES: it begins with 'html', not with log",
    ),
    "empty": ("<log></log>", " has no event"),
    "bomb": (
        '<!DOCTYPE log [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>\n<log>&b;</log>',
        "line 1: a document type is declared, which no XES needs",
    ),
    "objects": (
        "<log><event-types/></log>",
        "line 1: this is OCEL in XML, which is read as JSON or SQLite alone",
    ),
    "deep": (
        "<log>" + "<list key='l'>" * 101,
        "line 1: more than 100 attributes are inside each other",
    ),
    "outside": (
        '<!DOCTYPE log SYSTEM "file:///etc/passwd"><log/>',
        "line 1: a document type is declared, which no XES needs",
    ),
}


@pytest.mark.parametrize("fault", XML_ERRORS)
def test_what_is_no_xes_is_told_with_its_line(
    fault: str, tmp_path: Path, refuse: Refuse
) -> None:
    text, said = XML_ERRORS[fault]
    log = tmp_path / "log.xes"
    log.write_text(text)
    assert said in refuse(log)


def test_a_packed_file_that_is_cut_is_told(tmp_path: Path, refuse: Refuse) -> None:
    names = "".join(
        trace(f"c{number}", event(os.urandom(9).hex(), "2026-01-01"))
        for number in range(999)
    )
    log = xes(tmp_path / "log.xes", names)
    log.write_bytes(gzip.compress(log.read_bytes())[:-400])
    assert " cannot be unpacked: " in refuse(log)


CSV = 'Order;Step;When;Who;Note\n1;A;01/02/2026 10:00;ann;"x;\ny"\n1;B;13/02/2026 10:00;;\n'


def test_a_table_of_texts_is_read_by_the_names_of_its_columns(
    tmp_path: Path, bring: Bring
) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes(CSV.replace("ann", "\u00e4nn").encode("latin-1"))
    given = (
        "--map",
        "case_id=Order",
        "--map",
        "occurred_at=When",
        "--map",
        "actor=Who",
    )
    rows = bring(log, *given, "--encoding", "latin-1", "--timezone", "Europe/Berlin")
    assert [row["event_name"] for row in rows] == ["A", "B"]
    # The second row alone shows that the day stands first.
    assert [str(row["occurred_at"]) for row in rows] == [
        "2026-02-01 09:00:00",
        "2026-02-13 09:00:00",
    ]
    assert [row["actor"] for row in rows] == ["\u00e4nn", None]
    assert [row["attributes"] for row in rows] == ['{"Note": "x;\\ny"}', None]


def test_times_that_may_be_read_in_two_ways_are_not_guessed(
    tmp_path: Path, bring: Bring, refuse: Refuse
) -> None:
    log = tmp_path / "log.csv"
    log.write_text("case,activity,timestamp\n1,A,01/02/2026\n")
    said = refuse(log)
    assert (
        "may be of the form '%d/%m/%Y' or '%m/%d/%Y'; say which (--time-format)" in said
    )
    (row,) = bring(log, "--time-format", "%m/%d/%Y")
    assert str(row["occurred_at"]) == "2026-01-02 00:00:00"


@pytest.mark.parametrize(
    "text",
    [
        '"case","the\nstep","timestamp"\n1,A,2026-01-01\n',
        "case;the\nstep;timestamp\r1;A;2026-01-01\r".replace("the\n", "the\t"),
    ],
)
def test_a_line_of_names_ends_where_its_row_does(
    text: str, tmp_path: Path, bring: Bring
) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes(text.encode())
    (row,) = bring(log, "--map", f"event_name=the{text[text.index('step') - 1]}step")
    assert (row["case_id"], row["event_name"]) == ("1", "A")


CSV_ERRORS = {
    "short": (
        "case,activity,timestamp\n1,A,2026-01-01\n\n2,B\n",
        "line 4: 2 fields where the first line has 3",
    ),
    "torn": (
        'case,activity,timestamp\n1,"A,2026-01-01\n',
        "line 2: unexpected end of data",
    ),
    "nameless": (
        "case,,timestamp\n",
        "line 1: a column has no name, or the name of another",
    ),
    "doubled": (
        "case,case,timestamp\n",
        "line 1: a column has no name, or the name of another",
    ),
    "blank": ("\n", " has no line of names"),
    "bare": ("case,activity,timestamp\n", " has no event"),
    "unknown": (
        "a,b,timestamp\n1,2,3\n",
        "no field of the log is known to be case_id or event_name; say which is (--map case_id=FIELD). It has a, b, timestamp",
    ),
}


@pytest.mark.parametrize("fault", CSV_ERRORS)
def test_what_is_no_table_is_told_with_its_line(
    fault: str, tmp_path: Path, refuse: Refuse
) -> None:
    text, said = CSV_ERRORS[fault]
    log = tmp_path / "log.csv"
    log.write_text(text)
    assert said in refuse(log)


def test_a_text_of_another_encoding_is_told(tmp_path: Path, refuse: Refuse) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes(b"case,activity,timestamp\n1,A,2026-01-01\n2,\xe4,2026-01-01\n")
    assert ", about line 3: this is no utf-8 (--encoding)" in refuse(log)
    assert "there is no encoding 'morse'" in refuse(log, "--encoding", "morse")


def test_a_field_that_is_not_there_is_told(tmp_path: Path, refuse: Refuse) -> None:
    log = xes(tmp_path / "log.xes", trace("c", event("A", "2026-01-01T00:00:00Z")))
    assert "the log has no field 'org:role'" in refuse(log, "--map", "actor=org:role")
    assert "give a column of the contract" in refuse(log, "--map", "who=org:role")
    assert refuse(tmp_path / "absent.xes") == ": No such file or directory\n"
    assert "there is no time zone 'Mars'" in refuse(log, "--timezone", "Mars")
    assert "--object-type is for OCEL" in refuse(log, "--object-type", "order")


def test_amounts_and_numbers_are_read_or_kept(
    tmp_path: Path, bring: Bring, offpath: Offpath
) -> None:
    log = tmp_path / "log.csv"
    log.write_text(
        "case,activity,timestamp,amount,source_sequence,case:is_excluded\n"
        '1,A,2026-01-01,1.005,7,TRUE\n1,A,2026-01-01,1e2,7.0,0\n1,A,2026-01-01,1.299,7.5,no\n1,A,2026-01-01,"1,5",x,\n'
    )
    rows = bring(log)
    assert [str(row["amount"]) for row in rows] == ["1.01", "100.00", "1.30", "None"]
    assert [row["source_sequence"] for row in rows] == [7, 7, None, None]
    assert [row["is_excluded"] for row in rows] == [True, False, None, None]
    numbers = "source_sequence"
    assert [row["unreadable"] for row in rows] == [
        None,
        None,
        numbers,
        f"amount, {numbers}",
    ]
    # An event is one all the same where what it says of its case cannot be read.
    assert [row["case_unreadable"] for row in rows] == [None, None, "is_excluded", None]
    said = offpath("import", str(log), "--journey", "j", "--dry-run").stdout
    assert "2 events have amounts of more than two decimals, rounded" in said
    assert "4 times are dates without a time of day" in said
    assert "4 events share case and time with another" in said


WRITE_OCEL = {"json": ocel_json, "sqlite": ocel_sqlite}


@pytest.mark.parametrize("form", WRITE_OCEL)
def test_the_objects_of_one_type_are_the_cases_of_ocel(
    form: str, tmp_path: Path, bring: Bring, refuse: Refuse, offpath: Offpath
) -> None:
    log = WRITE_OCEL[form](tmp_path / "log")
    assert (
        "say which objects are the cases (--object-type): item (1), order (2)"
        in refuse(log)
    )
    rows = bring(log, "--object-type", "order")
    found = {row["event_id"]: row for row in rows}
    assert {(row["event_id"], row["case_id"], row["event_name"]) for row in rows} == {
        ("e1", "o1", "placed"),
        # Of two orders, and so an event of each.
        ("e2@o1", "o1", "packed"),
        ("e2@o2", "o2", "packed"),
    }
    assert str(found["e2@o2"]["occurred_at"]) == "2026-01-01 11:00:00"
    # No order of a file says what came first.
    assert {row["source_sequence"] for row in rows} == {None}
    assert json.loads(found["e1"]["attributes"]) == {
        "price": 12.5,
        "case:value": 7,
        "ocel:qualifier": "of",
    }
    assert json.loads(found["e2@o2"]["attributes"]) == {
        "ocel:qualifier": "of",
        "ocel:objects": {"item": ["i1"]},
    }
    arguments = (
        "import",
        str(log),
        "--journey",
        "j",
        "--dry-run",
        "--object-type",
        "order",
    )
    said = offpath(*arguments).stdout
    assert "2 events of several objects of order, one of each" in said
    assert "1 events of no object of order, left out" in said
    assert (
        "1 changes of attributes of objects, left out; the first value counts" in said
    )


OCEL_ERRORS = {
    "cut": ('{"objects": [{"id": "o1", "type": "order"', "at objects 1: "),
    "shapeless": ('{"events": [{"id": "e1"}]}', ", in events: this is no OCEL 2.0: "),
    "list": ('{"events": [3]}', ", in events: this is no OCEL 2.0: 3"),
    "older": (
        '{"ocel:events": {}}',
        " has neither events nor objects as OCEL 2.0 has them",
    ),
    "twice": (
        '{"objects": [{"id": "o1", "type": "t"}, {"id": "o1", "type": "t"}]}',
        ": an event or an object has the id of another",
    ),
    "halved": (
        '{"objects": [{"id": "\\ud800", "type": "t"}]}',
        ", in objects: half a sign of UTF-16: {'id': '\\ud800', 'type': 't'}",
    ),
    "deep": (
        '{"events": ' + "[" * 99_999,
        "at events 1: there are too many lists or objects inside each other",
    ),
    "other": ("SQLite format 3\0" + "x" * 99, " is no OCEL 2.0 in SQLite: "),
}


@pytest.mark.parametrize("fault", OCEL_ERRORS)
def test_what_is_no_ocel_is_told(fault: str, tmp_path: Path, refuse: Refuse) -> None:
    text, said = OCEL_ERRORS[fault]
    log = tmp_path / "log"
    log.write_text(text)
    assert said in refuse(log)


def test_a_dry_run_writes_nothing_and_shows_what_would_be(
    tmp_path: Path, offpath: Offpath
) -> None:
    log = xes(tmp_path / "log.xes", trace("c", event("A", "2026-01-01T00:00:00Z")))
    before = sorted(tmp_path.iterdir())
    arguments = ("import", str(log), "--journey", "j", "--dry-run")
    said = offpath(*arguments, "--into", str(tmp_path / "x.parquet")).stdout
    assert sorted(tmp_path.iterdir()) == before
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert "case_id guessed case:concept:name (1): c" in lines
    assert "event_id made case_id, # and the number in the case (1)" in lines
    found = json.loads(offpath(*arguments, "--json").stdout)
    assert found["counts"]["events"] == 1
    assert found["file"] is None
    assert (
        "say where to (--into)" in offpath("import", str(log), "--journey", "j").stderr
    )


def test_a_folder_gets_a_file_of_the_name_of_the_journey(
    tmp_path: Path, offpath: Offpath
) -> None:
    log = xes(tmp_path / "log.xes", trace("c", event("A", "2026-01-01T00:00:00Z")))
    into = tmp_path / "raw"
    arguments = ("import", str(log), "--into", str(into), "--journey")
    assert (
        "raw is neither a folder nor the name of a .parquet file"
        in offpath(*arguments, "j").stderr
    )
    into.mkdir()
    assert offpath(*arguments, "j").exit_code == 0
    assert [path.name for path in into.iterdir()] == ["j.parquet"]
    assert "cannot be the name of a file" in offpath(*arguments, "../j").stderr


def test_the_receipt_log_is_the_same_from_xes_and_from_parquet(
    tmp_path: Path, bring: Bring
) -> None:
    packed = public_log("event_logs/receipt.xes.gz")
    plain = public_log("event_logs/receipt.parquet")
    from_xes = bring(packed)
    from_parquet = bring(plain)
    columns = set(EVENT_COLUMNS) - {"attributes"}
    assert [[row[name] for name in columns] for row in from_xes] == [
        [row[name] for name in columns] for row in from_parquet
    ]
    attributes = [json.loads(row["attributes"]) for row in from_xes]
    declared = 0
    for mine, theirs in zip(attributes, from_parquet, strict=True):
        other = json.loads(theirs["attributes"])
        # Who made the Parquet file took what the log declares for a fact.
        for name in other.keys() - mine.keys():
            assert other.pop(name) in {"UNKNOWN", "1969-12-31 23:00:00"}
            declared += 1
        assert mine.keys() == other.keys()
        for name in mine.keys() & {"org:group", "case:group", "concept:instance"}:
            assert mine[name] == other[name]
    assert declared > 0
    # As plain SQL counts them in the public file.
    ((events, cases, variants),) = duckdb.sql(
        f"""with numbered as (select *, row_number() over () as place from '{plain}'),
        traces as (select "case:concept:name", string_agg("concept:name", '>'
            order by "time:timestamp", place) as variant, count(*) as events
        from numbered group by all)
        select sum(events), count(*), count(distinct variant) from traces"""
    ).fetchall()
    assert (events, cases, variants) == (8577, 1434, 116)
    rows = duckdb.sql(
        f"""select count(*), count(distinct variant), sum(events) from (
        select string_agg(event_name, '>' order by occurred_at, source_sequence)
            as variant, count(*) as events
        from '{tmp_path / "events.parquet"}' group by case_id)"""
    ).fetchall()
    assert rows == [(1434, 116, 8577)]


# Bytes of an attribute of each event, and events: enough to show what grows.
SHAPES = {"many": (1, 50_000), "long": (2_000, 10_000), "longest": (200_000, 200)}


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_log_takes_little_memory(shape: str, tmp_path: Path) -> None:
    width, count = SHAPES[shape]
    log = tmp_path / "log.xes"
    with log.open("w") as file:
        file.write("<log>\n")
        for number in range(0, count, 50):
            note = f'<string key="note" value="{number:{width}}"/>\n'
            at = f"2026-01-01T00:00:{number % 60:02}.5+01:00"
            file.write(trace(f"case {number}", *[event("step", at, note)] * 50))
        file.write("</log>\n")
    into = tmp_path / "j.parquet"
    said, peak = peak_of("import", log, "--journey", "j", "--into", into)
    assert f"wrote {count:,} events" in said
    assert peak < MOST_MEMORY


def test_attributes_that_follow_too_many_events_are_told(
    tmp_path: Path, refuse: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offpath.interchange.xes.MOST_WAITING", 100)
    one = event("A", "2026-01-01T00:00:00Z")
    late = '<string key="n" value="1"/>'
    log = xes(tmp_path / "log.xes", f"\n<trace>{one * 3}{late}</trace>")
    assert ", line 4: a trace has attributes after 100 bytes" in refuse(log)


@pytest.mark.parametrize("most", [1, 2, 9])
def test_events_are_numbered_however_many_cases_are_in_memory(
    most: int, tmp_path: Path, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offpath.interchange.case_numbers.MOST_CASES", most)
    log = tmp_path / "log.csv"
    cases = "abcacbba"
    log.write_text(
        "case,activity,timestamp\n"
        + "".join(f"{each},A,2026-01-01\n" for each in cases)
    )
    assert [row["event_id"] for row in bring(log)] == [
        f"{each}#{cases[: place + 1].count(each)}" for place, each in enumerate(cases)
    ]


def test_a_log_on_many_pages_stays_in_its_order(
    tmp_path: Path, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offpath.interchange.lines.MOST_BYTES", 1_000)
    log = tmp_path / "log.csv"
    names = [f"step {place}" for place in range(300)]
    log.write_text(
        "case,activity,timestamp\n"
        + "".join(
            f"{place % 7},{name},2026-01-01\n" for place, name in enumerate(names)
        )
    )
    assert [row["event_name"] for row in bring(log)] == names


@pytest.mark.parametrize(
    ("base", "more", "expected"),
    [
        (None, {}, None),
        ("", {"a": "1"}, '{"a": "1"}'),
        ('{"a":1}', {"a": "2"}, '{"a":1}'),
        ('{ "a":1 } ', {"b": "2"}, '{ "a":1, "b": "2"}'),
        ("{}", {"b": "2"}, '{"b": "2"}'),
        ("[1]", {"b": "2"}, '{"attributes": "[1]", "b": "2"}'),
        ("not JSON", {}, "not JSON"),
    ],
)
def test_further_fields_join_those_that_are_json_already(
    base: str | None, more: dict[str, str], expected: str | None
) -> None:
    from offpath.interchange.fields import Value

    fields = {name: Value(text) for name, text in more.items()}
    assert with_attributes(base, fields) == expected


def test_a_field_is_one_column_and_the_surest_name_counts() -> None:
    names = ["Event", "Time", "concept:name", "CASE-ID", "time:timestamp", "User"]
    found = mapping_of(names, {}).fields
    assert found == {
        "case_id": ("CASE-ID",),
        "event_name": ("concept:name",),
        "occurred_at": ("time:timestamp",),
        "actor": ("User",),
    }
    given = mapping_of(names, pairs_of(["occurred_at=Time", "actor="])).fields
    assert given["occurred_at"] == ("Time",)
    assert "actor" not in given
    with pytest.raises(ConfigurationError, match="twice what actor is"):
        pairs_of(["actor=User", "actor=Time"])


def test_the_contract_of_events_is_that_of_the_models() -> None:
    from building import PROJECT

    contract = (PROJECT / "macros" / "log" / "contract.sql").read_text()
    event_part, case_part = contract.split('"case": {')[:2]
    for column in NAMES:
        part = event_part if column in EVENT_COLUMNS else case_part
        assert f'"{column}": ' in part or column == "loaded_at"
