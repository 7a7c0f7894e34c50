"""The command line: parses, calls, prints."""

import gc
import os
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import click

from offpath import __version__, inquiries, letters, options, output, upkeep
from offpath.channel_file import is_open_to_others, load_channels
from offpath.errors import Commands, UndeliveredError
from offpath.heartbeat import ping
from offpath.home import Home
from offpath.instants import Clock, minute_text, utc, utc_now
from offpath.ledger import Ledger
from offpath.marts import Mart, load_mart
from offpath.publish import publish as publish_marts
from offpath.report import load_report, render
from offpath.routing import Order, rehearse, require_ledger
from offpath.routing import route as route_exceptions
from offpath.routing_log import export
from offpath.watch import Watch


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="offpath")
@click.pass_context
def main(context: click.Context) -> None:
    """Route the exceptions of a business process to the roles that own them.

    Results go to stdout, everything else to stderr. Exit codes: 0 all done,
    1 something undelivered or held, 2 usage or configuration, 4 another run is at it,
    5 the marts are missing, busy, unfinished, stale or of another version.
    """
    # What a run writes is for nobody else, but for what it publishes.
    context.call_on_close(partial(os.umask, os.umask(0o077)))
    # A command holds what it reads until it ends; to look for garbage takes a quarter
    # of its time.
    gc.disable()
    context.call_on_close(gc.enable)


@main.command()
@click.option(
    "--dry-run",
    is_flag=True,
    default=False,
    show_default=True,
    help="Show what would be sent and why; touch neither ledger nor outbox.",
)
@click.option(
    "--baseline",
    is_flag=True,
    default=False,
    show_default=True,
    help="Take what is open and told to nobody as known: announce none of it.",
)
@click.option(
    "--begin-anew",
    is_flag=True,
    default=False,
    show_default=True,
    help="Begin with an empty ledger where the former one is gone.",
)
@options.as_of
@options.channels
@options.max_age_hours
@options.as_json
@options.home
def route(  # noqa: PLR0913 - one parameter an option
    *,
    dry_run: bool,
    baseline: bool,
    begin_anew: bool,
    as_of: datetime | str | None,
    channels: Path | None,
    max_age_hours: float,
    as_json: bool,
    home: Home,
) -> None:
    """Tell the owners what is new in the marts, each thing once.

    Run it after every build, and between builds for reminders and escalations.
    Whatever could not be delivered is tried again by the next run. Where there are no
    marts to go by, reminders and escalations of what was told go on, and the exit code
    says that there are none.

    \b
    Examples:
      offpath route
      offpath route --dry-run
      offpath route --baseline
      offpath route --as-of build --channels channels.yml
    """  # noqa: D301 - click wants the character itself

    def look() -> Mart:
        mart = load_mart(home.warehouse)
        now = _clock(as_of, mart.as_of)()
        mart.require_fresh(now, max_age_hours)
        if now < mart.as_of:
            output.warn("the clock stands before the instant the marts are as of")
        return mart

    if channels is None and home.channels.exists():
        channels = home.channels
    loaded = load_channels(channels, home.outbox)
    if is_open_to_others(channels):
        output.warn(f"anybody can read {channels}, and secrets in it; chmod 600 it")
    order = Order(
        look,
        lambda built: _clock(as_of, built),
        Watch(timedelta(hours=max_age_hours), _run_results()),
        is_baseline=baseline,
        is_beginning=begin_anew,
    )
    routed = rehearse if dry_run else route_exceptions
    outcome = routed(home, order, loaded, output.warn)
    output.show(outcome.as_json() if as_json else output.outcome_lines(outcome))
    if outcome.is_well and loaded.heartbeat and not dry_run:
        trouble = ping(loaded.heartbeat)
        if trouble:
            output.warn(f"the heartbeat was not taken: {trouble}")
    if outcome.trouble:
        raise outcome.trouble
    if outcome.undelivered or outcome.held:
        raise UndeliveredError(output.undelivered_text(outcome))


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
    require_ledger(home)
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
    require_ledger(home)
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


@main.group(name="letters")
def letter_commands() -> None:
    """See to letters that no channel took.

    A refused letter is a dead one: it is not tried again by itself, for it would be
    refused again. A failed one is tried again, after a while that grows each time.

    \b
    Examples:
      offpath letters list
      offpath letters retry --all
    """  # noqa: D301 - click wants the character itself


@letter_commands.command(name="list")
@options.as_json
@options.home
def list_letters(*, as_json: bool, home: Home) -> None:
    """List refused and failed letters, and why.

    \b
    Examples:
      offpath letters list
      offpath letters list --json
    """  # noqa: D301 - click wants the character itself
    found = letters.waiting(home)
    output.show({"letters": found} if as_json else output.letter_lines(found))


@letter_commands.command(name="retry")
@options.letter
@options.all_letters
@options.as_json
@options.home
def retry_letters(
    *, letter: str | None, is_all: bool, as_json: bool, home: Home
) -> None:
    """Have letters tried again by the next run, refused ones too.

    LETTER is the letter's id or the first characters of it, at least six.

    \b
    Examples:
      offpath letters retry 4f0c2a91
      offpath letters retry --all
    """  # noqa: D301 - click wants the character itself
    found = letters.settle(home, letters.selected(letter, is_all=is_all), "pending")
    text = [f"{len(found)} to be tried again by the next run"]
    output.show({"letters": found} if as_json else text)


@letter_commands.command(name="drop")
@options.letter
@options.all_letters
@options.as_json
@options.home
def drop_letters(
    *, letter: str | None, is_all: bool, as_json: bool, home: Home
) -> None:
    """Give letters up: nobody is told what they say.

    LETTER is the letter's id or the first characters of it, at least six.

    \b
    Examples:
      offpath letters drop 4f0c2a91
      offpath letters drop --all
    """  # noqa: D301 - click wants the character itself
    found = letters.settle(home, letters.selected(letter, is_all=is_all), "dropped")
    output.show({"letters": found} if as_json else [f"{len(found)} dropped"])


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
    published = publish_marts(home, utc_now(), output.warn)
    result = {"folder": str(published.folder), "tables": list(published.tables)}
    text = [f"published {len(published.tables)} tables in {published.folder}"]
    output.show(result if as_json else text)


@main.command()
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


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.home
def restore(*, file: Path, home: Home) -> None:
    """Put the backup FILE in the place of the ledger.

    What goes out within a day and may have been told before is marked as a possible
    duplicate. The former ledger and the routing log are kept.

    \b
    Examples:
      offpath restore /backups/ledger.sqlite
    """  # noqa: D301 - click wants the character itself
    former = upkeep.restore(home, file, utc_now(), output.warn)
    kept = f"; the former one is in {former}" if former else ""
    output.show([f"the ledger is that of {file}{kept}"])


@main.command()
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


@main.command()
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


def _run_results() -> Path:
    """Return where dbt says how its last run went."""
    return Path(os.environ.get("DBT_TARGET_PATH", "target")) / "run_results.json"


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
