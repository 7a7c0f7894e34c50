"""The command line: parses, calls, prints."""

from datetime import datetime
from pathlib import Path

import click

from offpath import __version__, inquiries, options, output
from offpath.channel_file import load_channels
from offpath.errors import Commands, UndeliveredError
from offpath.home import Home
from offpath.instants import Clock, minute_text, utc_now
from offpath.ledger import Ledger
from offpath.marts import Mart, load_mart
from offpath.publish import publish as publish_marts
from offpath.report import load_report, render
from offpath.routing import rehearse
from offpath.routing import route as route_exceptions
from offpath.routing_log import export


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="offpath")
def main() -> None:
    """Route the exceptions of a business process to the roles that own them.

    Results go to stdout, everything else to stderr. Exit codes: 0 all done,
    1 something undelivered, 2 usage or configuration, 4 another run is at it,
    5 the marts are missing, busy, unfinished, stale or of another version.
    """


@main.command()
@click.option(
    "--dry-run",
    is_flag=True,
    default=False,
    show_default=True,
    help="Show what would be sent and why; touch neither ledger nor outbox.",
)
@options.as_of
@options.channels
@options.max_age_hours
@options.as_json
@options.home
def route(  # noqa: PLR0913 - one parameter an option
    *,
    dry_run: bool,
    as_of: datetime | str | None,
    channels: Path | None,
    max_age_hours: float,
    as_json: bool,
    home: Home,
) -> None:
    """Tell the owners what is new in the marts, each thing once.

    Run it after every build, and between builds for reminders and escalations.
    Whatever could not be delivered is tried again by the next run.

    \b
    Examples:
      offpath route
      offpath route --dry-run
      offpath route --as-of build --channels channels.yml
    """  # noqa: D301 - click wants the character itself

    def look() -> tuple[Mart, Clock]:
        mart = load_mart(home.warehouse)
        clock = _clock(as_of, mart.as_of)
        mart.require_fresh(clock(), max_age_hours)
        if clock() < mart.as_of:
            output.warn("the clock stands before the instant the marts are as of")
        return mart, clock

    if channels is None and home.channels.exists():
        channels = home.channels
    loaded = load_channels(channels, home.outbox)
    if dry_run:
        mart, clock = look()
        outcome = rehearse(home, mart, loaded, clock, output.warn)
    else:
        outcome = route_exceptions(home, look, loaded, output.warn)
    output.show(outcome.as_json() if as_json else output.outcome_lines(outcome))
    if outcome.undelivered:
        message = f"{outcome.undelivered} undelivered; the next run tries again"
        raise UndeliveredError(message)


@main.command()
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
    exception_id = inquiries.find_exception(home, exception)
    at = _clock_of_home(as_of, home)()
    with Ledger.writing(home.ledger) as ledger:
        inquiries.require_unresolved(ledger, exception_id)
        ledger.act(
            "acknowledged",
            exception_id,
            actor=actor,
            note=note,
            close_code=None,
            at=at,
        )
        export(ledger, home.routing_log, output.warn)
    output.show([f"acknowledged {exception_id} by {actor} at {minute_text(at)}"])


@main.command()
@options.exception
@options.actor
@options.note
@click.option(
    "--code",
    type=click.Choice(["mended", "noise", "duplicate", "known"]),
    default="mended",
    show_default=True,
    help="What it turned out to be; the evidence for each rule learns from it.",
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
    exception_id = inquiries.find_exception(home, exception)
    at = _clock_of_home(as_of, home)()
    with Ledger.writing(home.ledger) as ledger:
        ledger.act(
            "resolved",
            exception_id,
            actor=actor,
            note=note,
            close_code=code,
            at=at,
        )
        export(ledger, home.routing_log, output.warn)
    output.show([f"resolved {exception_id} as {code} by {actor} at {minute_text(at)}"])


@main.command()
@options.as_of
@options.as_json
@options.home
def status(*, as_of: datetime | str | None, as_json: bool, home: Home) -> None:
    """Show what is undelivered, and what is open, by urgency.

    \b
    Examples:
      offpath status
      offpath status --json
    """  # noqa: D301 - click wants the character itself
    found = inquiries.routing_status(home, _clock_of_home(as_of, home)())
    output.show(found if as_json else output.status_lines(found))


@main.command()
@options.exception
@options.as_json
@options.home
def why(*, exception: str, as_json: bool, home: Home) -> None:
    """Tell the story of one exception.

    Its evidence, each decision with its reason, each message and each answer.

    EXCEPTION is the exception's id or the first characters of it, at least six.

    \b
    Examples:
      offpath why 4f0c2a91
      offpath why 4f0c2a91 --json
    """  # noqa: D301 - click wants the character itself
    account = inquiries.account_of(home, inquiries.find_exception(home, exception))
    output.show(account if as_json else output.account_lines(account))


@main.command()
@options.as_json
@options.home
def publish(*, as_json: bool, home: Home) -> None:
    """Publish the marts for everybody who only reads.

    As Parquet and as one DuckDB file, which readers may keep open during a build.

    The files appear together under published/current in the home folder; the last
    three sets are kept for readers that are still at one.

    \b
    Examples:
      offpath publish
      duckdb -readonly .offpath/published/current/marts.duckdb
    """  # noqa: D301 - click wants the character itself
    published = publish_marts(home, utc_now())
    result = {"folder": str(published.folder), "tables": list(published.tables)}
    text = [f"published {len(published.tables)} tables in {published.folder}"]
    output.show(result if as_json else text)


@main.command()
@options.as_json
@options.home
def report(*, as_json: bool, home: Home) -> None:
    """Show budgets and open exceptions, journey by journey.

    \b
    Examples:
      offpath report
      offpath report --json
    """  # noqa: D301 - click wants the character itself
    found = load_report(home.warehouse)
    if as_json:
        output.show(found.as_json())
    else:
        output.show_tables(render(found))


def _clock(as_of: datetime | str | None, built: datetime) -> Clock:
    """Return the clock that the option asks for; a given instant stands still."""
    if as_of is None:
        return utc_now
    at = as_of if isinstance(as_of, datetime) else built
    return lambda: at


def _clock_of_home(as_of: datetime | str | None, home: Home) -> Clock:
    """Return the clock, and read the marts only if the option speaks of them."""
    if as_of is None or isinstance(as_of, datetime):
        return _clock(as_of, utc_now())
    return _clock(as_of, load_mart(home.warehouse).as_of)
