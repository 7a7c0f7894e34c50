"""What a project of one's own begins with, once a log is there as Parquet."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from offpath.interchange.mapping import CASE_COLUMNS, EVENT_COLUMNS

STEP = 10
NOT_OF_A_NAME = re.compile(r"\W+")


def staging_sketch(
    journey: str,
    file: Path | None,
    names: Sequence[tuple[str, int, int, int]],
    has_cases: bool,  # noqa: FBT001 - what the log says of its cases
) -> Iterator[str]:
    """Yield the lines of a source, staging models and a seed of event names."""
    name = NOT_OF_A_NAME.sub("_", journey).strip("_").lower() or "log"
    path = file.absolute() if file else f"{name}.parquet"
    yield "-- models/staging/_sources.yml"
    yield from (
        "sources:",
        "  - name: imported",
        "    tables:",
        f"      - name: {name}",
        "        config:",
        "          meta:",
        f"            external_location: \"read_parquet('{path}')\"",
        "",
    )
    events = ("journey", *EVENT_COLUMNS)
    yield f"-- models/staging/stg_{name}__events.sql, in the var event_models"
    yield from _model(name, events, "events")
    if has_cases:
        yield f"-- models/staging/stg_{name}__cases.sql, in the var case_models"
        columns = ("journey", "case_id", *CASE_COLUMNS, "loaded_at")
        yield from _model(name, columns, "cases")
    yield "-- seeds/journey_events.csv: say what begins and ends a case, and its states"
    yield from _seed(journey, names)


def _model(name: str, columns: Sequence[str], kind: str) -> Iterator[str]:
    """Yield the lines of a staging model."""
    yield from ("with", "", "imported as (", "")
    yield f'    select * from {{{{ source("imported", "{name}") }}}}'  # noqa: S608
    yield from ("", "),", "", f"{kind} as (", "")
    yield "    select" if kind == "events" else "    select distinct"
    yield from (f"        {column}," for column in columns)
    prefix = "" if kind == "events" else "case_unreadable as "
    yield f"        {prefix}unreadable,"
    yield "        coalesce(raw_record, {{ offpath.raw_record(["
    yield from (f'            "{each}",' for each in columns)
    yield from ("        ]) }}) as raw_record", "", "    from imported")
    if kind == "cases":
        yield "    where"
        first, *rest = (*CASE_COLUMNS, "case_unreadable")
        yield f"        {first} is not null"
        yield from (f"        or {each} is not null" for each in rest)
    yield from ("", ")", "", f"select * from {kind}", "")  # noqa: S608


def _seed(journey: str, names: Sequence[tuple[str, int, int, int]]) -> Iterator[str]:
    """Yield the lines of the seed; a case starts with what most cases start with."""
    starts = max((begins for _, _, begins, _ in names), default=0)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(
        (
            *("journey", "event_name", "sort_order", "enters_state"),
            *("starts_case", "ends_case_as", "is_rework", "is_escalation"),
        )
    )
    for place, (name, _, begins, _) in enumerate(names, 1):
        is_start = str(begins == starts).lower()
        rows.writerow(
            (journey, name, place * STEP, name, is_start, "", "false", "false")
        )
    yield from text.getvalue().splitlines()
