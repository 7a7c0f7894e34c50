"""Further fields of events, one by one, for tools that read no JSON."""

import json
from collections.abc import Iterable

from offpath.interchange.mapping import NAMES, simple

# Names by which an import takes a field for a column of the contract.
USUAL = frozenset(simple(name) for names in NAMES.values() for name in names)


class Literal(str):
    """A number as it is written."""

    __slots__ = ()


def native_fields(attributes: str | None) -> dict[str, str | bool | None]:
    """Return the fields of a JSON object, lists and objects as JSON; none of others."""
    if attributes is None:
        return {}
    try:
        fields = json.loads(attributes, parse_float=Literal, parse_int=Literal)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(fields, dict):
        return {}
    for key, value in fields.items():
        if isinstance(value, dict | list):
            # With numbers for numbers.
            fields[key] = json.dumps(json.loads(attributes)[key], ensure_ascii=False)
    return fields


def native_text(value: str | bool | None) -> str | None:  # noqa: FBT001 - any field
    """Return a field as text."""
    return str(value).lower() if isinstance(value, bool) else value


def native_names(names: Iterable[str], taken: Iterable[str], most: int) -> list[str]:
    """Return the names that can be columns beside those that are taken.

    Engines take names that differ in case for one, and none has a NUL in it. At most
    so many; all other fields stand in the JSON alone.
    """
    known = {name.lower() for name in taken}
    found = []
    for name in names:
        folded = name.lower()
        if not name or folded in known or simple(name) in USUAL or "\0" in name:
            continue
        known.add(folded)
        found.append(name)
    return found[:most]
