"""XES as IEEE 1849 has it: read event by event, and written so."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from offpath.errors import ConfigurationError
from offpath.interchange.fields import (
    OF_CASE,
    Advance,
    Row,
    Source,
    Value,
    json_of,
    number,
    text_json,
    truth,
)
from offpath.interchange.files import chunks_of

# Events wait for attributes of their trace that follow them: so many bytes of it.
MOST_WAITING = 8 << 20
MOST_NESTED = 100
PLAIN = frozenset({"string", "date", "id"})
SEVERAL = frozenset({"list", "container"})
OBJECT_CENTRIC = frozenset({"object-types", "event-types", "objects", "events"})
ATTRIBUTES = PLAIN | SEVERAL | {"int", "float", "boolean"}
# What a log of `offpath export` has, with or without a value; see `xes_export`.
MARK = "offpath:version"
EXACT = "offpath:exact"
OWN_FIELDS = (
    *("case:concept:name", "case:offpath:severity", "case:offpath:due_at"),
    *("case:offpath:value_amount", "case:offpath:is_excluded"),
    *("concept:name", "time:timestamp", "identity:id", "org:resource", "cost:total"),
    *("offpath:channel", "offpath:location", "offpath:reason_code"),
    *("offpath:source_sequence", "offpath:loaded_at", "offpath:attributes"),
)
DUPLICATE = "attributes stand twice in one element; the second has the name with #2"
UNKNOWN = "elements that XES does not have, left out"


class Attribute:
    """An attribute that is being read, with those inside it."""

    __slots__ = ("inside", "key", "kind", "value")

    def __init__(self, kind: str, key: str, value: str | None) -> None:
        """Take what its element says."""
        self.kind, self.key, self.value = kind, key, value
        self.inside: list[tuple[str, Value]] = []


class Log:
    """What has been read of a log: events that are complete, and where the rest is."""

    def __init__(self, source: Source, path: Path) -> None:
        """Begin before the first element."""
        self.source, self.path = source, path
        self.ready: list[Row] = []
        self.waiting: list[tuple[int, dict[str, Value]]] = []
        self.trace: dict[str, Value] | None = None
        self.event: dict[str, Value] | None = None
        self.is_flushed = False
        # Where the first of those that wait begins, in bytes.
        self.since = 0
        self.is_ours = False
        self.place = 0
        self.level = 0
        # Below an element that is not read: its level.
        self.skipped = 0
        self.scope: str | None = None
        self.globals: dict[str, set[str]] = {"trace": set(), "event": set()}
        self.open: list[Attribute] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.refuse_document_type
        self.parser.StartElementHandler = self.begin
        self.parser.EndElementHandler = self.end

    def read(self, chunk: bytes, *, is_last: bool) -> list[Row]:
        """Return the events that the next bytes complete."""
        self.parser.Parse(chunk, is_last)
        found, self.ready = self.ready, []
        return found

    def fail(self, what: str) -> NoReturn:
        """Raise the error of the line that is being read."""
        message = f"{self.path}, line {self.parser.CurrentLineNumber}: {what}"
        raise ConfigurationError(message)

    def refuse_document_type(self, *_: object) -> None:
        """Refuse what can name other files, or a text that grows without end."""
        self.fail("a document type is declared, which no XES needs")

    def begin(self, name: str, given: dict[str, str]) -> None:
        """Begin an element."""
        self.level += 1
        if self.skipped:
            return
        tag = name.rpartition(":")[2]
        if self.level == 1 and tag != "log":
            self.fail(f"this is no XES: it begins with {name!r}, not with log")
        if tag in ATTRIBUTES:
            self.begin_attribute(tag, given)
        elif self.level > 1 and not (self.open and tag == "values"):
            self.begin_part(tag, given)

    def begin_part(self, tag: str, given: dict[str, str]) -> None:
        """Begin a part of the log that is no attribute."""
        if tag == "trace" and self.trace is None:
            self.trace, self.is_flushed = {}, False
            self.since = self.parser.CurrentByteIndex
        elif tag == "event" and self.event is None and not self.open:
            self.event, self.place = {}, self.parser.CurrentLineNumber
        elif tag == "global":
            self.scope = given.get("scope", "")
        elif tag == "classifier":
            self.classify(given)
        elif tag in OBJECT_CENTRIC:
            self.fail("this is OCEL in XML, which is read as JSON or SQLite alone")
        elif tag != "extension":
            self.source.notes[UNKNOWN] += 1
            self.skipped = self.level

    def begin_attribute(self, kind: str, given: dict[str, str]) -> None:
        """Begin an attribute."""
        key = given.get("key")
        if key is None:
            self.fail(f"an attribute ({kind}) has no key")
        if len(self.open) == MOST_NESTED:
            self.fail(f"more than {MOST_NESTED} attributes are inside each other")
        self.open.append(Attribute(kind, key, given.get("value")))

    def end(self, name: str) -> None:
        """End an element."""
        self.level -= 1
        if self.skipped:
            if self.level < self.skipped:
                self.skipped = 0
            return
        tag = name.rpartition(":")[2]
        if tag in ATTRIBUTES and self.open:
            self.end_attribute(self.open.pop())
        elif tag == "event" and self.event is not None:
            self.end_event(self.event)
            self.event = None
        elif tag == "trace" and self.trace is not None:
            self.flush()
            self.trace = None
        elif tag == "global":
            self.scope = None

    def end_attribute(self, attribute: Attribute) -> None:
        """Put an attribute where it belongs."""
        value = value_of(attribute)
        if self.open:
            if value is not None:
                self.open[-1].inside.append((attribute.key, value))
        elif self.scope is not None:
            self.globals.setdefault(self.scope, set()).add(attribute.key)
        elif self.event is not None:
            self.put(self.event, attribute.key, value)
        elif self.trace is not None:
            if self.is_flushed:
                self.fail(f"a trace has attributes after {MOST_WAITING:,} bytes")
            self.put(self.trace, f"{OF_CASE}{attribute.key}", value)
        elif attribute.key == MARK:
            self.is_ours = True
            self.source.names.extend(OWN_FIELDS)

    def put(self, fields: dict[str, Value], key: str, value: Value | None) -> None:
        """Put a value under its name, or one with a number where that is taken."""
        if value is None:
            return
        name, copies = key, 1
        while name in fields:
            copies += 1
            name = f"{key}#{copies}"
        if copies > 1:
            self.source.notes[DUPLICATE] += 1
        fields[name] = value

    def end_event(self, event: dict[str, Value]) -> None:
        """Let an event wait for the end of its trace."""
        for key in self.globals["event"]:
            if key not in event:
                self.source.notes[f"events lack {key}, which the log declares"] += 1
        if self.is_ours and event.get("lifecycle:transition") == Value("complete"):
            del event["lifecycle:transition"]
        self.waiting.append((self.place, event))
        at = self.parser.CurrentByteIndex
        if self.trace is None or at - self.since > MOST_WAITING:
            self.flush()
            self.is_flushed, self.since = self.trace is not None, at

    def flush(self) -> None:
        """Complete the events that wait."""
        trace = self.trace or {}
        exact_trace = self.exact(trace, f"{OF_CASE}{EXACT}", OF_CASE)
        for place, event in self.waiting:
            fields = {**exact_trace, **self.exact(event, EXACT, "")}
            # Of an attribute of an event with the name of one of the trace, both stay.
            for key in exact_trace.keys() & event.keys():
                if exact_trace[key] != event[key]:
                    self.source.notes[DUPLICATE] += 1
                    fields[f"{key}#2"] = event[key]
                fields[key] = exact_trace[key]
            self.ready.append(Row(place, fields))
        self.waiting.clear()

    def exact(
        self, fields: dict[str, Value], key: str, prefix: str
    ) -> dict[str, Value]:
        """Return fields with the texts that XML cannot hold in their place."""
        if not self.is_ours or key not in fields:
            return fields
        try:
            texts: dict[str, Any] = json.loads(fields[key].text)
            exact = {f"{prefix}{each}": Value(text) for each, text in texts.items()}
        except (ValueError, AttributeError):
            self.fail(f"{EXACT} is no JSON object")
        return {each: fields[each] for each in fields if each != key} | exact

    def classify(self, given: dict[str, str]) -> None:
        """Take up a classifier: its keys are apart by blanks, or between quotes."""
        if given.get("scope", "event") != "event":
            return
        parts = given.get("keys", "").split("'")
        keys = [
            key
            for index, part in enumerate(parts)
            for key in ([part] if index % 2 else part.split())
        ]
        self.source.classifiers[given.get("name", "")] = keys


def value_of(attribute: Attribute) -> Value | None:
    """Return the value of an attribute; null where it has none.

    A list is a JSON list of objects with one key, since its keys may repeat; what is
    inside another attribute stands beside its value.
    """
    kind, text = attribute.kind, attribute.value
    if kind in SEVERAL:
        items = ", ".join(
            f"{{{text_json(key)}: {json_of(value)}}}" for key, value in attribute.inside
        )
        return Value(f"[{items}]", f"[{items}]", is_nested=True)
    if text is None:
        plain = None if not attribute.inside else Value("", "null")
    elif kind in PLAIN:
        plain = Value(text)
    else:
        plain = truth(text) if kind == "boolean" else number(text)
    if plain is None or not attribute.inside:
        return plain
    inside = ", ".join(
        f"{{{text_json(key)}: {json_of(value)}}}" for key, value in attribute.inside
    )
    nested = f'{{"value": {json_of(plain)}, "attributes": [{inside}]}}'
    return Value(plain.text, nested, is_nested=True)


def read_xes(path: Path) -> Source:
    """Open a log; its events come as they are read, a trace at a time.

    Raise ConfigurationError with the line where it is no XES, is cut, or declares a
    document type.
    """
    source = Source("XES", lambda advance: _events(source, path, advance))
    return source


def _events(source: Source, path: Path, advance: Advance) -> Iterator[Row]:
    """Yield the events of a log."""
    log = Log(source, path)
    try:
        for chunk in chunks_of(path, advance):
            yield from log.read(chunk, is_last=False)
        yield from log.read(b"", is_last=True)
    except expat.ExpatError as error:
        what = expat.errors.messages[error.code]
        message = f"{path}, line {error.lineno}: this is no whole XML: {what}"
        raise ConfigurationError(message) from error
