"""What there is to say of a log that was read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from offpath.instants import instant_text
from offpath.interchange.casts import AMOUNTS, DATE_ONLY, OFFSET
from offpath.interchange.fields import Source
from offpath.interchange.mapping import NAMES, REQUIRED, Columns
from offpath.interchange.profiles import FieldProfile
from offpath.interchange.request import Request
from offpath.warehouse.marts import literal

MOST_NAMES = 1_000
MOST_GROUPS = 500_000


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
    # The most frequent names of events, with their counts.
    names: list[tuple[str, int]]
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
                {"name": name, "events": count} for name, count in self.names
            ],
            "first_wrong": self.first_wrong,
            "notes": self.notes,
        }


def summary_of(  # noqa: PLR0913, PLR0917 - all that is told of a log
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    source: Source,
    profiles: Mapping[str, FieldProfile],
    notes: Mapping[str, int],
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
    events, first, last = numbers(
        f"select count(*), min(occurred_at), max(occurred_at) from {found}"  # noqa: S608
    )
    with_offset, dates = numbers(
        f"select count(*) filter (where regexp_matches(occurred_at, {literal(OFFSET)})"  # noqa: S608
        f" and not regexp_matches(occurred_at, {literal(DATE_ONLY)})),"
        f" count(*) filter (where regexp_matches(occurred_at, {literal(DATE_ONLY)}))"
        " from cut"
    )

    def total_of(query: str, key: str) -> int:
        # DuckDB holds all groups of a query, and so it has a part of them at a time.
        parts = events // MOST_GROUPS + 1
        return sum(
            int(
                numbers(query.format(f"{found} where hash({key}) % {parts} = {part}"))[
                    0
                ]
            )
            for part in range(parts)
        )

    cases = total_of("select count(distinct case_id) from {}", "case_id")
    names = total_of("select count(distinct event_name) from {}", "event_name")
    tied = total_of(
        "select coalesce(sum(count), 0) from (select count(*) as count from {}"
        " and occurred_at is not null group by case_id, occurred_at"
        " having count(*) > 1)",
        "case_id",
    )
    repeated = total_of(
        "select coalesce(sum(count - 1), 0) from (select count(*) as count from {}"
        " group by event_id having count(*) > 1)",
        "event_id",
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
        "event_names": names,
        "times_with_offset": with_offset,
        "dates_without_time": dates,
        "tied": tied,
        "repeated_event_ids": repeated,
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
        mapped=list(_mapped(columns, profiles, events, source, request)),
        attributes=sorted(profiles.keys() - columns.used),
        classifiers=source.classifiers,
        counts=counts,
        first_event_at=first,
        last_event_at=last,
        time_format=time_format or "ISO 8601",
        names=_names(connection, found),
        first_wrong=first_wrong,
        notes=dict(sorted(notes.items())),
    )


def _mapped(
    columns: Columns,
    profiles: Mapping[str, FieldProfile],
    events: int,
    source: Source,
    request: Request,
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
            found = [profiles[name] for name in names if name in profiles]
            samples = found[0].samples if found else []
            yield Mapped(
                column,
                "+".join(names),
                "given" if column in columns.given else "guessed",
                max((each.count for each in found), default=0),
                samples,
            )
        elif source_of_it := made.get(column):
            yield Mapped(column, source_of_it, "made", events, [])


def _names(connection: duckdb.DuckDBPyConnection, found: str) -> list[tuple[str, int]]:
    """Return the names of events that are there most often, and how often."""
    return connection.execute(
        "select event_name, count(*) as count"  # noqa: S608
        f" from {found} where event_name is not null"
        f" group by event_name order by count desc, event_name limit {MOST_NAMES}"
    ).fetchall()
