"""What people say of an exception."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click

from offpath.commands import options, output
from offpath.home import Home
from offpath.instants import minute_text
from offpath.ledger.ledger import Ledger
from offpath.ledger.routing_log import export, require_ledger
from offpath.routing import inquiries


@click.command()
@options.exception
@options.actor
@options.note
@options.as_of
@options.home
def ack(
    *,
    exception: str,
    actor: str,
    note: str | None,
    as_of: datetime | str | None,
    home: Home,
) -> None:
    """Say that somebody is on an exception.

    From then on it brings no reminder and no escalation.

    EXCEPTION is the exception's id or the first characters of it, at least six.

    \b
    Examples:
      offpath ack 4f0c2a91 --note "stock arrives at noon"
      offpath ack 4f0c2a91 --by "inventory, late shift"
    """  # noqa: D301 - click wants the character itself
    with _answering(home, exception, as_of) as (ledger, exception_id, at):
        inquiries.require_unresolved(ledger, exception_id)
        ledger.act(
            "acknowledged",
            exception_id,
            actor=actor,
            note=note,
            close_code=None,
            at=at,
        )
    output.show([f"acknowledged {exception_id} by {actor} at {minute_text(at)}"])


@click.command()
@options.exception
@options.actor
@options.note
@click.option(
    "--code",
    type=click.Choice(["mended", "noise", "duplicate", "known"]),
    default="mended",
    show_default=True,
    help="What it turned out to be; the scorecard of its rule counts the noise.",
)
@options.as_of
@options.home
def resolve(  # noqa: PLR0913 - one parameter an option
    *,
    exception: str,
    actor: str,
    note: str | None,
    code: str,
    as_of: datetime | str | None,
    home: Home,
) -> None:
    """Close an exception by hand.

    Everybody who was told of it hears so, of a page at the next run and of all else
    with the next digest, and nothing more. Who resolves once more corrects the code.

    EXCEPTION is the exception's id or the first characters of it, at least six.

    \b
    Examples:
      offpath resolve 4f0c2a91 --code mended --note "printer restarted"
      offpath resolve 4f0c2a91 --code noise
    """  # noqa: D301 - click wants the character itself
    with _answering(home, exception, as_of) as (ledger, exception_id, at):
        ledger.act(
            "resolved",
            exception_id,
            actor=actor,
            note=note,
            close_code=code,
            at=at,
        )
    output.show([f"resolved {exception_id} as {code} by {actor} at {minute_text(at)}"])


@contextmanager
def _answering(
    home: Home, exception: str, as_of: datetime | str | None
) -> Iterator[tuple[Ledger, str, datetime]]:
    """Yield the ledger to write an answer to, the exception's id and the instant.

    What was written is exported at the end, for all to see.
    """
    require_ledger(home)
    exception_id = inquiries.find_exception(home, exception)
    at = options.clock_of_home(as_of, home)()
    with Ledger.writing(home.ledger) as ledger:
        ledger.claim(home.folder)
        yield ledger, exception_id, at
        export(ledger, home.routing_log, output.warn)
