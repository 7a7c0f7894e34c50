"""Which field of a log is which column of the contract: given, guessed, or made."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from offpath.errors import ConfigurationError
from offpath.interchange.fields import OF_CASE

# Names that other tools give to a column of the contract, the surest first: those of
# XES and pm4py, of OCEL, of this project, and those that tables often have. They are
# compared without case, blanks, `_` and `-`.
NAMES = {
    "case_id": (
        *("case:concept:name", "ocel:oid", "case_id", "case", "case key"),
        *("case number", "trace id", "trace", "process instance id"),
    ),
    "event_name": (
        *("concept:name", "ocel:activity", "event_name", "activity"),
        *("activity name", "event", "event type", "task", "step"),
    ),
    "occurred_at": (
        *("time:timestamp", "ocel:timestamp", "occurred_at", "timestamp"),
        *("event time", "event_end", "end_time", "complete timestamp", "time"),
        *("completed at", "end timestamp", "start_timestamp", "start time", "date"),
    ),
    "event_id": ("identity:id", "ocel:eid", "event_id", "event key"),
    "actor": ("org:resource", "actor", "resource", "user", "performed by", "agent"),
    "channel": ("offpath:channel", "channel", "case:channel"),
    "location": ("offpath:location", "location", "case:location"),
    "reason_code": ("offpath:reason_code", "reason_code", "reason"),
    "amount": ("cost:total", "amount", "event_cost"),
    "source_sequence": ("offpath:source_sequence", "source_sequence"),
    "loaded_at": ("offpath:loaded_at", "loaded_at"),
    "attributes": ("offpath:attributes", "attributes"),
    "severity": ("case:offpath:severity", "case:severity", "severity"),
    "due_at": ("case:offpath:due_at", "case:due_at", "due_at"),
    "value_amount": ("case:offpath:value_amount", "case:value_amount", "value_amount"),
    "is_excluded": ("case:offpath:is_excluded", "case:is_excluded", "is_excluded"),
}
EVENT_COLUMNS = tuple(NAMES)[:12]
CASE_COLUMNS = tuple(NAMES)[12:]
REQUIRED = ("case_id", "event_name", "occurred_at")
SEPARATORS = re.compile(r"[\s_-]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields of each column; several are joined by a plus sign."""

    fields: Mapping[str, tuple[str, ...]]
    # Columns that a person named.
    given: frozenset[str] = field(default_factory=frozenset)

    @property
    def used(self) -> frozenset[str]:
        """Fields that are a column as a whole, and so are no attribute."""
        return frozenset(names[0] for names in self.fields.values() if len(names) == 1)


def pairs_of(texts: Iterable[str]) -> dict[str, str]:
    """Return what `--map` says: the field of each column, blank for none."""
    pairs: dict[str, str] = {}
    for text in texts:
        column, sign, name = text.partition("=")
        if not sign or column not in NAMES:
            message = (
                f"--map {text}: give a column of the contract, an equals sign and the"
                f" field that it is; the columns are {', '.join(NAMES)}"
            )
            raise ConfigurationError(message)
        if column in pairs:
            message = f"--map says twice what {column} is"
            raise ConfigurationError(message)
        pairs[column] = name
    return pairs


def mapping_of(
    names: Sequence[str],
    given: Mapping[str, str],
    classifier: Sequence[str] = (),
) -> Columns:
    """Return which fields are which columns.

    A column that was not given is the first field with one of its usual names that no
    other column is. Raise ConfigurationError where a field that was given is not there,
    and where a column is missing that every event needs.
    """
    fields = {column: _fields_of(name, names) for column, name in given.items() if name}
    if classifier and "event_name" not in given:
        fields["event_name"] = tuple(classifier)
    taken = {each for found in fields.values() for each in found}
    known: dict[str, str] = {}
    for name in names:
        known.setdefault(simple(name), name)
    for column, usual in NAMES.items():
        if column in fields or column in given:
            continue
        there = (known[key] for each in usual if (key := simple(each)) in known)
        free = next((each for each in there if each not in taken), None)
        if free is not None:
            fields[column] = (free,)
            taken.add(free)
    missing = [column for column in REQUIRED if column not in fields]
    if missing:
        message = (
            f"no field of the log is known to be {' or '.join(missing)}; say which is"
            f" (--map {missing[0]}=FIELD). It has {_listed(names)}"
        )
        raise ConfigurationError(message)
    return Columns(
        {column: fields[column] for column in NAMES if column in fields},
        frozenset(given),
    )


def _fields_of(name: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the field of a name, or the fields that a plus sign joins."""
    found = (name,) if name in names else tuple(name.split("+"))
    absent = [each for each in found if each not in names]
    if absent:
        hint = f" ({OF_CASE}NAME is an attribute of a case)" if names else ""
        message = f"the log has no field {absent[0]!r}{hint}; it has {_listed(names)}"
        raise ConfigurationError(message)
    return found


def simple(name: str) -> str:
    """Return a name without what people write in several ways."""
    return SEPARATORS.sub("", name).lower()


def _listed(names: Sequence[str]) -> str:
    """Return names for a sentence."""
    most = 30
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return (", ".join(names[:most]) or "none") + more
