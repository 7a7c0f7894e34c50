"""What there is to say of a log that was read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from offpath.instants import instant_text
from offpath.interchange.casts import AMOUNTS, DATE_ONLY, OFFSET
from offpath.interchange.fields import Source
from offpath.interchange.mapping import NAMES, REQUIRED, Columns
from offpath.interchange.request import Request
from offpath.interchange.staging import Staged
from offpath.warehouse.marts import literal


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column of the contract, and what it is in the log."""

    column: str
    # A field or several, or what is done where there is none.
    source: str
    how: str
    count: int
    samples: list[str]


@dataclass(frozen=True, slots=True)
class Imported:
    """What has been read of a log."""

    kind: str
    mapped: list[Mapped]
    attributes: list[str]
    classifiers: dict[str, list[str]]
    counts: dict[str, int]
    first_event_at: datetime | None
    last_event_at: datetime | None
    time_format: str
    # Event names, how many there are, and how many cases begin and end with each.
    names: list[tuple[str, int, int, int]]
    # Where the first event is that goes to quarantine, by what is wrong with it.
    first_wrong: dict[str, int]
    notes: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "format": self.kind,
            "columns": [
                {
                    "column": each.column,
                    "source": each.source,
                    "how": each.how,
                    "count": each.count,
                    "samples": each.samples,
                }
                for each in self.mapped
            ],
            "attributes": self.attributes,
            "classifiers": self.classifiers,
            "counts": self.counts,
            "first_event_at": self.first_event_at and instant_text(self.first_event_at),
            "last_event_at": self.last_event_at and instant_text(self.last_event_at),
            "time_format": self.time_format,
            "event_names": [
                dict(zip(("name", "events", "first_in", "last_in"), each, strict=True))
                for each in self.names
            ],
            "first_wrong": self.first_wrong,
            "notes": self.notes,
        }


def summary_of(  # noqa: PLR0913, PLR0917 - all that is told of a log
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    source: Source,
    laid: Staged,
    columns: Columns,
    request: Request,
    time_format: str,
) -> Imported:
    """Return what there is to say of the events that were written to a file."""
    found = f"read_parquet({literal(file)}, hive_partitioning = false)"

    def numbers(query: str) -> tuple[Any, ...]:
        (row,) = connection.execute(query).fetchall()
        return tuple(row)

    blank = "nullif(trim({0}), '') is null".format
    events, cases, first, last = numbers(
        "select count(*), count(distinct case_id), min(occurred_at), max(occurred_at)"  # noqa: S608
        f" from {found}"
    )
    with_offset, dates = numbers(
        f"select count(*) filter (where regexp_matches(occurred_at, {literal(OFFSET)})"  # noqa: S608
        f" and not regexp_matches(occurred_at, {literal(DATE_ONLY)})),"
        f" count(*) filter (where regexp_matches(occurred_at, {literal(DATE_ONLY)}))"
        " from cut"
    )
    (tied,) = numbers(
        "select coalesce(sum(count), 0) from (select count(*) as count"  # noqa: S608
        f" from {found} where occurred_at is not null"
        " group by case_id, occurred_at having count(*) > 1)"
    )
    (repeated,) = numbers(
        "select coalesce(sum(count - 1), 0) from (select count(*) as count"  # noqa: S608
        f" from {found} group by event_id having count(*) > 1)"
    )
    (edges,) = numbers(
        f"select count(*) from {found} where case_id <> trim(case_id)"  # noqa: S608
        " or event_name <> trim(event_name)"
    )
    (rounded,) = numbers(
        "select count(*) from cut where "  # noqa: S608
        + " or ".join(
            f"try_cast(trim({each}) as double) is distinct from"
            f" round(try_cast(trim({each}) as double), 2)"
            for each in AMOUNTS
        )
    )
    wrong = {
        **{f"without {column}": blank(column) for column in REQUIRED[:2]},
        "without occurred_at": "occurred_at is null"
        " and not contains(coalesce(unreadable, ''), 'occurred_at')",
        "unreadable": "unreadable is not null or case_unreadable is not null",
    }
    counts = {
        "events": events,
        "cases": cases,
        "times_with_offset": with_offset,
        "dates_without_time": dates,
        "tied": int(tied),
        "repeated_event_ids": int(repeated),
        "with_blanks_at_ends": edges,
        "amounts_rounded": rounded,
    }
    first_wrong = {}
    for what, condition in wrong.items():
        count, place = numbers(
            "select count(*), min(cast(json_extract(raw_record, '$.place') as bigint))"  # noqa: S608
            f" from {found} where {condition}"
        )
        counts[what.replace(" ", "_")] = count
        if count:
            first_wrong[what] = place
    return Imported(
        kind=source.kind,
        mapped=list(_mapped(columns, laid, source, request)),
        attributes=sorted(laid.profiles.keys() - columns.used),
        classifiers=source.classifiers,
        counts=counts,
        first_event_at=first,
        last_event_at=last,
        time_format=time_format or "ISO 8601",
        names=_names(connection, found),
        first_wrong=first_wrong,
        notes=dict(sorted(source.notes.items())),
    )


def _mapped(
    columns: Columns, laid: Staged, source: Source, request: Request
) -> Iterator[Mapped]:
    """Yield what each column of the contract is."""
    numbers = "its number in the case, in the order of the file"
    made = {
        "event_id": "case_id, # and the number in the case",
        "source_sequence": numbers if source.is_ordered else "",
        "loaded_at": f"{request.loaded_at:%Y-%m-%d %H:%M:%S}"
        if request.loaded_at
        else "occurred_at",
    }
    if "source_sequence" in request.given:
        made["source_sequence"] = ""
    for column in NAMES:
        names = columns.fields.get(column)
        if names:
            profiles = [laid.profiles[name] for name in names if name in laid.profiles]
            samples = profiles[0].samples if profiles else []
            yield Mapped(
                column,
                "+".join(names),
                "given" if column in columns.given else "guessed",
                max((each.count for each in profiles), default=0),
                samples,
            )
        elif source_of_it := made.get(column):
            yield Mapped(column, source_of_it, "made", laid.count, [])


def _names(
    connection: duckdb.DuckDBPyConnection, found: str
) -> list[tuple[str, int, int, int]]:
    """Return the names of events in the order in which cases usually have them."""
    rows = connection.execute(
        "with placed as (select event_name, row_number() over (partition by case_id"  # noqa: S608
        " order by occurred_at, source_sequence, event_id) as place,"
        " count(*) over (partition by case_id) as length"
        f" from {found} where event_name is not null)"
        " select event_name, count(*), count(*) filter (where place = 1),"
        " count(*) filter (where place = length) from placed group by event_name"
        " order by avg((place - 1) / greatest(length - 1, 1)), event_name"
    ).fetchall()
    return [(str(name), *counts) for name, *counts in rows]
