"""Tell the owners what is new."""

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import click

from offpath.commands import options, output
from offpath.delivery.channel_file import is_open_to_others, load_channels
from offpath.delivery.heartbeat import ping
from offpath.errors import UndeliveredError
from offpath.home import Home
from offpath.instants import minute_text
from offpath.routing.reconciler import Order, Outcome, rehearse
from offpath.routing.reconciler import route as route_exceptions
from offpath.routing.watch import Watch
from offpath.warehouse.marts import Mart, load_mart

MOST_REASONS = 5


@click.command()
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
    help="Take what is open and told to nobody as known: announce none of it. Also a"
    " way to begin.",
)
@click.option(
    "--begin-anew",
    is_flag=True,
    default=False,
    show_default=True,
    help="Announce all that is open where nobody was told anything yet, or the ledger"
    " is gone.",
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

    Run it after every build, and between builds for reminders and escalations. The
    first run that has channels says how to begin: --baseline or --begin-anew.
    Whatever could not be delivered is tried again by the next run. Where there are no
    marts to go by, reminders and escalations of what was told go on, and the exit code
    says that there are none; a dry run shows them and ends with the same code.

    \b
    Examples:
      offpath route
      offpath route --dry-run
      offpath route --baseline
      offpath route --as-of build --channels channels.yml
    """  # noqa: D301 - click wants the character itself
    if baseline and begin_anew:
        message = "--baseline announces nothing and --begin-anew all: say one of them."
        raise click.UsageError(message)

    def look() -> Mart:
        mart = load_mart(home.marts)
        now = options.clock(as_of, mart.as_of)()
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
        lambda built: options.clock(as_of, built),
        Watch(timedelta(hours=max_age_hours), _run_results()),
        is_baseline=baseline,
        is_beginning=begin_anew,
    )
    routed = rehearse if dry_run else route_exceptions
    outcome = routed(home, order, loaded, output.warn)
    output.show(outcome.as_json() if as_json else _outcome_lines(outcome))
    if outcome.is_well and loaded.heartbeat and not dry_run:
        trouble = ping(loaded.heartbeat)
        if trouble:
            output.warn(f"the heartbeat was not taken: {trouble}")
    if outcome.trouble:
        raise outcome.trouble
    if outcome.undelivered or outcome.held:
        raise UndeliveredError(_undelivered_text(outcome))


def _run_results() -> Path:
    """Return where dbt says how its last run went."""
    return Path(os.environ.get("DBT_TARGET_PATH", "target")) / "run_results.json"


def _outcome_lines(outcome: Outcome) -> Iterable[str]:
    """Say what a run sent and what it decided."""
    what = "Followed up" if outcome.trouble else "Routed"
    if outcome.is_dry_run:
        what = "Dry run"
    yield (
        f"{what} at {minute_text(outcome.decided_at)},"
        f" marts as of {minute_text(outcome.mart_as_of)}"
    )
    for sending in outcome.sendings:
        to = output.to_whom(sending.owner_role, sending.channel)
        trouble = f" ({sending.error})" if sending.error else ""
        duplicate = " (possible duplicate)" if sending.is_possible_duplicate else ""
        state = "written" if sending.state == "outbox" else sending.state
        yield f"  {state} {to}: {sending.title}{duplicate}{trouble}"
        if outcome.is_dry_run:
            yield from (f"    {reason}" for reason in sending.reasons[:MOST_REASONS])
            if len(sending.reasons) > MOST_REASONS:
                yield f"    and {len(sending.reasons) - MOST_REASONS:,} more"
    yield f"Messages: {len(outcome.sendings)}, undelivered: {outcome.undelivered}"
    if outcome.held:
        yield f"Held, since rows are gone: {outcome.held:,}"
    if outcome.known:
        yield f"Known from now on, and announced to nobody: {outcome.known:,}"
    for reason, count in outcome.reasons.items():
        yield f"  {count:>6,}  {reason}"


def _undelivered_text(outcome: Outcome) -> str:
    """Say what a run could not tell."""
    parts = []
    if outcome.undelivered:
        parts.append(f"{outcome.undelivered} undelivered")
    if outcome.refused < outcome.undelivered:
        parts.append("the next run tries again")
    if outcome.refused:
        parts.append(f"{outcome.refused} refused, see `offpath letters list`")
    if outcome.held:
        parts.append(f"{outcome.held} held until their rows are back")
    return "; ".join(parts)
