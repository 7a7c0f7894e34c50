"""What a reader makes of an event: fields by the names that their source has."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import NamedTuple

# Receives how much of a source has been read, from 0 to 1.
Advance = Callable[[float], None]
# What was met that a person should know of, and how many times.
Notes = Counter[str]
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
# Before the name of what is said of a case, not of an event.
OF_CASE = "case:"


class Value(NamedTuple):
    """A value: as text, and as JSON where it is not a text."""

    text: str
    json: str | None = None
    # More than the text says, so that it is kept beside the column it becomes.
    is_nested: bool = False


class Row(NamedTuple):
    """An event of a source."""

    # Line of a text, or number of the event.
    place: int
    fields: Mapping[str, Value]


@dataclass(slots=True)
class Source:
    """An opened log: its events, and what is known of them beforehand."""

    kind: str
    # Yields the events, from the first to the last each time.
    read: Callable[[Advance], Iterator[Row]]
    # Fields that it has, whether or not an event has a value there.
    names: list[str] = field(default_factory=list)
    # Whether the order of its events says what happened first.
    is_ordered: bool = True
    # Lists of fields whose values tell activities apart, by their names.
    classifiers: dict[str, list[str]] = field(default_factory=dict)
    notes: Notes = field(default_factory=Counter)


def number(text: str) -> Value:
    """Return a number; a text where JSON has no such number, as NaN and 007."""
    trimmed = text.strip()
    return Value(text, trimmed if NUMBER.fullmatch(trimmed) else None)


def truth(text: str) -> Value:
    """Return a truth value; a text where it is neither true nor false."""
    word = text.strip().lower()
    known = {"true": "true", "1": "true", "false": "false", "0": "false"}
    return Value(text, known.get(word))


def json_of(value: Value) -> str:
    """Return the value as JSON."""
    return text_json(value.text) if value.json is None else value.json


def text_json(text: str) -> str:
    """Return a text as JSON, all signs but those that JSON escapes as they are."""
    return encode_basestring(text)


def json_object(values: Iterable[tuple[str, Value]]) -> str | None:
    """Return a JSON object in the order of its values; null without any."""
    inside = ", ".join(f"{text_json(key)}: {json_of(value)}" for key, value in values)
    return f"{{{inside}}}" if inside else None


def with_attributes(base: str | None, more: Mapping[str, Value]) -> str | None:
    """Return a JSON object with further fields; the text itself where it has them all.

    A text that is no JSON object is kept under the name ``attributes``.
    """
    if base is None or not base.strip():
        return json_object(more.items())
    if not more:
        return base
    try:
        known = json.loads(base)
    except (ValueError, RecursionError):
        known = None
    if not isinstance(known, dict):
        return json_object({"attributes": Value(base), **more}.items())
    rest = json_object((key, each) for key, each in more.items() if key not in known)
    if rest is None:
        return base
    return f"{base.rstrip()[:-1].rstrip()}{', ' if known else ''}{rest[1:]}"
