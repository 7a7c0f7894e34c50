"""A journey as XES (IEEE 1849), from which every column of the contract comes back."""

import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, groupby
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import quoteattr

from offpath.interchange.fields import Value, json_object, number, text_json
from offpath.interchange.native import Literal, native_fields
from offpath.interchange.selection import Event, Selection
from offpath.interchange.xes import EXACT, MARK, OWN_FIELDS

EXTENSIONS = {
    "Concept": "concept",
    "Time": "time",
    "Organizational": "org",
    "Lifecycle": "lifecycle",
    "Identity": "identity",
    "Cost": "cost",
}
# What no XML 1.0 can hold, not even escaped.
UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What XES takes for the name of an attribute, without a colon at an end.
NAME = re.compile(r"[A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)*", re.ASCII)
TAKEN = frozenset({*OWN_FIELDS, EXACT, MARK, "lifecycle:transition"})
STOOD_IN = "values have signs that XML cannot hold: they are in offpath:exact"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
"""
GLOBALS = """<global scope="trace">
<string key="concept:name" value=""/>
</global>
<global scope="event">
<string key="concept:name" value=""/>
<date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/>
<string key="lifecycle:transition" value="complete"/>
</global>
<classifier name="Activity" scope="event" keys="concept:name"/>
"""

# Kind of element, key and text.
Attribute = tuple[str, str, str | None]


def write_xes(selection: Selection, file: Path) -> dict[str, int]:
    """Write a log, packed where the name of the file ends with ``.gz``.

    What XML cannot hold is U+FFFD where others read it; the text itself stands in
    `offpath:exact`, a JSON object by attribute, and is counted in what is returned.
    Further fields of an event are attributes of it, and stand in `offpath:attributes`
    too where their JSON would not come back sign by sign.
    """
    notes: Counter[str] = Counter()
    with _opened(file) as log:
        log.write(HEAD)
        for name, prefix in EXTENSIONS.items():
            uri = f"http://www.xes-standard.org/{prefix}.xesext"
            log.write(f'<extension name="{name}" prefix="{prefix}" uri="{uri}"/>\n')
        log.write(GLOBALS)
        of_log = [
            ("string", "concept:name", selection.journey),
            ("string", "lifecycle:model", "standard"),
            ("int", MARK, "1"),
        ]
        log.writelines(_elements(of_log, notes))
        cases = groupby(selection.events(), key=lambda event: event.case_id)
        for _, events in cases:
            first = next(events)
            log.write("<trace>\n")
            log.writelines(_elements(_of_case(first), notes))
            for event in chain([first], events):
                log.write("<event>\n")
                log.writelines(_elements(_of_event(event), notes))
                log.write("</event>\n")
            log.write("</trace>\n")
        log.write("</log>\n")
    return dict(notes)


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    """Yield a file to write; the same text gives the same bytes, packed or not."""
    with file.open("wb") as raw:
        if not file.name.endswith(".gz"):
            with io.TextIOWrapper(raw, "utf-8", newline="\n") as text:
                yield text
            return
        with (
            gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
            io.TextIOWrapper(packed, "utf-8", newline="\n") as text,
        ):
            yield text


def _of_case(event: Event) -> list[Attribute]:
    """Return the attributes of a trace."""
    excluded = {None: None, 0: "false", 1: "true"}[event.is_excluded]
    return [
        ("string", "concept:name", event.case_id),
        ("string", "offpath:severity", event.severity),
        ("date", "offpath:due_at", _instant(event.due_at)),
        ("float", "offpath:value_amount", event.value_amount),
        ("boolean", "offpath:is_excluded", excluded),
    ]


def _of_event(event: Event) -> list[Attribute]:
    """Return the attributes of an event."""
    number_of = event.source_sequence
    sequence = None if number_of is None else str(number_of)
    native = list(_native(event.attributes))
    again = json_object(
        (key, Value(text or "") if kind == "string" else number(text or ""))
        if kind != "boolean"
        else (key, Value(text or "", text))
        for kind, key, text in native
    )
    return [
        ("string", "concept:name", event.event_name),
        ("date", "time:timestamp", _instant(event.occurred_at)),
        ("string", "lifecycle:transition", "complete"),
        ("id", "identity:id", event.event_id),
        ("string", "org:resource", event.actor),
        ("float", "cost:total", event.amount),
        ("string", "offpath:channel", event.channel),
        ("string", "offpath:location", event.location),
        ("string", "offpath:reason_code", event.reason_code),
        ("int", "offpath:source_sequence", sequence),
        ("date", "offpath:loaded_at", _instant(event.loaded_at)),
        *native,
        ("string", "offpath:attributes", None)
        if again == event.attributes
        else ("string", "offpath:attributes", event.attributes),
    ]


def _native(attributes: str | None) -> Iterator[Attribute]:
    """Yield further fields as attributes of XES, as far as it has them."""
    for key, value in native_fields(attributes).items():
        if key in TAKEN or not NAME.fullmatch(key):
            continue
        match value:
            case bool():
                yield "boolean", key, str(value).lower()
            case Literal():
                is_whole = value.lstrip("-").isdigit()
                yield "int" if is_whole else "float", key, str(value)
            case str():
                yield "string", key, value


def _elements(attributes: Iterable[Attribute], notes: Counter[str]) -> Iterator[str]:
    """Yield the lines of attributes that have a value, with what stands in for them."""
    exact = []
    for kind, key, text in attributes:
        if text is None:
            continue
        fit = UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)
        if fit != text:
            exact.append((key, text))
        yield f'<{kind} key="{key}" value={_quoted(fit)}/>\n'
    if exact:
        notes[STOOD_IN] += len(exact)
        inside = ", ".join(
            f"{text_json(key)}: {json.dumps(text)}" for key, text in exact
        )
        yield f'<string key="{EXACT}" value={_quoted(f"{{{inside}}}")}/>\n'


def _quoted(text: str) -> str:
    """Return a text as a value of XML."""
    return quoteattr(text) if not text.isalnum() else f'"{text}"'


def _instant(moment: str | None) -> str | None:
    """Write an instant with the offset of UTC."""
    return moment and f"{moment}+00:00"
