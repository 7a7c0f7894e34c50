"""Logs of other tools, in and out."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from offpath.commands import options, output
from offpath.errors import ConfigurationError
from offpath.home import Home
from offpath.instants import instant_text, utc
from offpath.interchange.exporting import WRITERS, export_log
from offpath.interchange.files import draft_of, told_if_unwritable
from offpath.interchange.formats import KINDS
from offpath.interchange.importing import import_log
from offpath.interchange.mapping import pairs_of
from offpath.interchange.request import Request
from offpath.interchange.summary import Imported
from offpath.text import one_line

STEPS = 1_000
MOST_NAMES = 30
LONGEST_SAMPLE = 40
Advance = Callable[[float], None]


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--journey",
    type=str,
    required=True,
    show_default="none",
    help="Name of the process, as in the seed `journeys`.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=None,
    show_default="none",
    help="Parquet file to write, or a folder for a file of the journey's name.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    default=False,
    show_default=True,
    help="Show what the log has and what its columns would be; write nothing.",
)
@click.option(
    "--map",
    "given",
    type=str,
    multiple=True,
    default=(),
    show_default="guessed",
    metavar="COLUMN=FIELD",
    help="What a column of the contract is in the log; several fields with + between"
    " them, blank for none. May be repeated.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(KINDS),
    default=None,
    show_default="what the file begins with",
    help="Format of the log.",
)
@click.option(
    "--object-type",
    type=str,
    default=None,
    show_default="the only one",
    help="Of OCEL: type of the objects that are the cases.",
)
@click.option(
    "--classifier",
    type=str,
    default=None,
    show_default="none",
    help="Of XES: classifier whose fields are the name of an event.",
)
@click.option(
    "--delimiter",
    type=str,
    default=None,
    show_default="the most frequent of the first line",
    help="Of CSV: sign between two fields.",
)
@click.option(
    "--encoding",
    type=str,
    default="utf-8",
    show_default=True,
    help="Of CSV: how its signs are written.",
)
@click.option(
    "--timezone",
    type=str,
    default="UTC",
    show_default=True,
    help="Time zone of times that name no offset.",
)
@click.option(
    "--time-format",
    type=str,
    default=None,
    show_default="ISO 8601, or what fits all",
    help="Form of the times of events, as strptime has it.",
)
@click.option(
    "--loaded-at",
    type=options.Moment(),
    default=None,
    show_default="when it happened",
    help="When the events landed (UTC), where the log does not say.",
)
@options.as_json
def import_(  # noqa: PLR0913 - one parameter an option
    *,
    file: Path,
    journey: str,
    into: Path | None,
    dry_run: bool,
    given: tuple[str, ...],
    loaded_at: datetime | str | None,
    as_json: bool,
    **how: Any,  # noqa: ANN401 - click has their types
) -> None:
    """Write the events of the log FILE as Parquet with the columns of the contract.

    FILE is XES, OCEL 2.0 (SQLite or JSON), CSV or Parquet, gzipped or not. All of
    it is written or nothing. What cannot be read is kept as it is, for the quarantine.

    \b
    Examples:
      offpath import receipt.xes.gz --journey permits --dry-run
      offpath import receipt.xes.gz --journey permits --into permits.parquet
      offpath import log.csv --journey orders --map case_id=Order --into raw/
    """  # noqa: D301 - click wants the character itself
    if into is None and not dry_run:
        message = "say where to (--into), or only look (--dry-run)"
        raise click.UsageError(message)
    if not journey.strip():
        message = "--journey is blank"
        raise click.UsageError(message)
    if isinstance(loaded_at, str):
        message = "--loaded-at takes an instant"
        raise click.UsageError(message)
    request = Request(
        file=file,
        journey=journey,
        given=pairs_of(given),
        loaded_at=loaded_at,
        **how,
    )
    with (
        _destination(into, journey, dry_run=dry_run) as (draft, written),
        _progress("reading") as advance,
    ):
        found = import_log(request, draft, advance)
    if as_json:
        output.show({**found.as_json(), "file": written and str(written)})
        return
    lines = list(_lines(found))
    if written:
        lines.append(f"wrote {found.counts['events']:,} events to {written}")
    output.show(lines)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice(list(WRITERS)),
    required=True,
    show_default="none",
    help="XES (packed if FILE ends with .gz), OCEL 2.0 in SQLite, or Parquet with the"
    " names of pm4py.",
)
@click.option(
    "--journey",
    type=str,
    default=None,
    show_default="the only one",
    help="Process whose events are written.",
)
@options.as_json
@options.home
def export(
    *, file: Path, kind: str, journey: str | None, as_json: bool, home: Home
) -> None:
    """Write the events of a journey to FILE for other tools.

    They are those of the last build, case by case in the order of the timeline, with
    every column of the contract, so that `offpath import` gives them back. The same
    marts give the same bytes; a former FILE is replaced once all is written.

    \b
    Examples:
      offpath export orders.xes.gz --format xes --journey order_to_ship
      offpath export orders.sqlite --format ocel --journey order_to_ship
      offpath export orders.parquet --format parquet --journey order_to_ship
    """  # noqa: D301 - click wants the character itself
    with _progress("writing") as advance:
        exported = export_log(home, kind, journey, file, advance)
    for text, count in exported.notes.items():
        output.warn(f"{count:,} {text}")
    result = {
        "journey": exported.journey,
        "events": exported.events,
        "file": str(file),
        "notes": exported.notes,
    }
    said = f"wrote {exported.events:,} events of {exported.journey} to {file}"
    output.show(result if as_json else [said])


@contextmanager
def _destination(
    into: Path | None, journey: str, *, dry_run: bool
) -> Iterator[tuple[Path, Path | None]]:
    """Yield where a draft is written, and the file whose place it takes, if any."""
    if dry_run or into is None:
        with tempfile.TemporaryDirectory(prefix="offpath-") as folder:
            draft = Path(folder, "draft.parquet")
            with told_if_unwritable(draft):
                yield draft, None
        return
    is_folder = into.is_dir() or into.suffix != ".parquet"
    if is_folder and not into.is_dir():
        message = f"{into} is neither a folder nor the name of a .parquet file"
        raise ConfigurationError(message)
    if is_folder and Path(journey).name != journey:
        message = f"the journey {journey!r} cannot be the name of a file; name one"
        raise ConfigurationError(message)
    written = into / f"{journey}.parquet" if is_folder else into
    with draft_of(written) as draft:
        yield draft, written


@contextmanager
def _progress(doing: str) -> Iterator[Advance]:
    """Yield what moves a bar on stderr, which is there where a person looks on."""
    err = click.get_text_stream("stderr")
    hidden = not err.isatty()
    with click.progressbar(length=STEPS, label=doing, file=err, hidden=hidden) as bar:

        def advance(share: float) -> None:
            steps = min(int(share * STEPS), STEPS) - bar.pos
            if steps > 0:
                bar.update(steps)

        yield advance


def _lines(found: Imported) -> Iterable[str]:
    """Say what a log has, and what became of it."""
    counts = found.counts
    yield f"{found.kind}: {counts['events']:,} events of {counts['cases']:,} cases"
    first, last = (
        instant_text(utc(each)) if each else "-"
        for each in (found.first_event_at, found.last_event_at)
    )
    yield (
        f"from {first} to {last}; times are {found.time_format},"
        f" {counts['times_with_offset']:,} with an offset"
    )
    yield "columns:"
    wide = max(len(each.column) for each in found.mapped)
    for each in found.mapped:
        samples = ", ".join(one_line(text, LONGEST_SAMPLE) for text in each.samples)
        yield (
            f"  {each.column:<{wide}}  {each.how:<7}  {each.source}"
            f" ({each.count:,}){': ' if samples else ''}{samples}"
        )
    if found.attributes:
        yield f"attributes: {', '.join(found.attributes)}"
    for name, keys in found.classifiers.items():
        yield f"classifier {name}: {' + '.join(keys)}"
    for what, place in found.first_wrong.items():
        count = counts[what.replace(" ", "_")]
        yield f"{count:,} events {what}, for the quarantine; the first is at {place:,}"
    for name, text in (
        ("tied", "events share case and time with another"),
        ("repeated_event_ids", "events have the id of another: redeliveries of it"),
        ("with_blanks_at_ends", "events have blanks around their case or name"),
        ("dates_without_time", "times are dates without a time of day"),
        ("amounts_rounded", "events have amounts of more than two decimals, rounded"),
    ):
        if counts[name]:
            yield f"{counts[name]:,} {text}"
    for text, count in found.notes.items():
        yield f"{count:,} {text}"
    yield f"event names ({counts['event_names']:,}), the most frequent first:"
    for name, events in found.names[:MOST_NAMES]:
        yield f"  {name}: {events:,}"
    if len(found.names) > MOST_NAMES:
        yield "  and more; --json has more of them"
