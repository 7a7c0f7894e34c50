"""What a ledger needs now and then."""

from datetime import datetime
from pathlib import Path

import click

from offpath.commands import options, output
from offpath.home import Home
from offpath.instants import utc, utc_now
from offpath.ledger import upkeep


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.home
def backup(*, file: Path, home: Home) -> None:
    """Write a copy of the ledger to FILE, also while others write to the ledger.

    `cp` may miss what SQLite keeps beside the file. A former FILE is replaced.

    \b
    Examples:
      offpath backup /backups/ledger.sqlite
    """  # noqa: D301 - click wants the character itself
    upkeep.back_up(home, file)
    output.show([f"the ledger is in {file}"])


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.home
def restore(*, file: Path, home: Home) -> None:
    """Put the backup FILE in the place of the ledger.

    What goes out in the next run, or within a day after it, and may have been told
    before is marked as a possible duplicate. The former ledger and the routing log are
    kept.

    \b
    Examples:
      offpath restore /backups/ledger.sqlite
    """  # noqa: D301 - click wants the character itself
    former = upkeep.restore(home, file, utc_now(), output.warn)
    kept = f"; the former one is in {former}" if former else ""
    output.show([f"the ledger is that of {file}{kept}"])


@click.command()
@click.option(
    "--before",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    show_default="none",
    help="Day (UTC) before which an exception must have been over.",
)
@options.home
def prune(*, before: datetime, home: Home) -> None:
    """Let go of exceptions that were over before a day, and of all that was said.

    The ledger, the routing log and the outbox keep what is open and what somebody still
    has to hear of. The marts of routing then begin later.

    \b
    Examples:
      offpath prune --before 2026-01-01
    """  # noqa: D301 - click wants the character itself
    pruned = upkeep.prune(home, utc(before), output.warn)
    megabytes = (pruned.bytes_before / 1e6, pruned.bytes_after / 1e6)
    said = (
        f"let go of {pruned.exceptions:,} exceptions and {pruned.outbox_lines:,} lines"
        f" of the outbox; the ledger had {megabytes[0]:,.1f} MB and has"
        f" {megabytes[1]:,.1f} MB"
    )
    output.show([said])


@click.command()
@options.home
def adopt(*, home: Home) -> None:
    """Let the ledger send from the folder that it is in now.

    A ledger remembers the folder of its home and sends from no other, so that a copy
    tells nobody anything twice. Say this where the home itself was moved.

    \b
    Examples:
      offpath adopt
    """  # noqa: D301 - click wants the character itself
    upkeep.adopt(home)
    output.show([f"the ledger sends from {home.folder.resolve()}"])
