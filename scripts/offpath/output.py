"""Write results to stdout, for a program as JSON and for a person as lines."""

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click
from rich.console import Console, RenderableType

from offpath.instants import minute_text
from offpath.routing import Outcome

WIDTH = 100
MOST_REASONS = 5


def warn(text: str) -> None:
    """Write a warning to stderr."""
    click.echo(f"warning: {text}", err=True)


def show(result: Mapping[str, Any] | Iterable[str]) -> None:
    """Write a result: a mapping as JSON, lines as they are."""
    lines = (
        [json.dumps(finite(result), indent=2, ensure_ascii=False, allow_nan=False)]
        if isinstance(result, Mapping)
        else result
    )
    try:
        for line in lines:
            click.echo(line)
    except BrokenPipeError:
        # The reader has seen enough; what was done is done.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def finite(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value with null for what JSON cannot write: NaN and infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def show_tables(tables: RenderableType) -> None:
    """Write tables at most a hundred columns wide, in colour only on a terminal."""
    console = Console(file=click.get_text_stream("stdout"), highlight=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    console.print(tables)


def outcome_lines(outcome: Outcome) -> Iterable[str]:
    """Say what a run sent and what it decided."""
    what = "Dry run" if outcome.is_dry_run else "Routed"
    yield (
        f"{what} at {minute_text(outcome.decided_at)},"
        f" marts as of {minute_text(outcome.mart_as_of)}"
    )
    for sending in outcome.sendings:
        to = f"{sending.owner_role} by {sending.channel}"
        trouble = f" ({sending.error})" if sending.error else ""
        duplicate = " (possible duplicate)" if sending.is_possible_duplicate else ""
        yield f"  {sending.state} to {to}: {sending.title}{duplicate}{trouble}"
        if outcome.is_dry_run:
            yield from (f"    {reason}" for reason in sending.reasons[:MOST_REASONS])
            if len(sending.reasons) > MOST_REASONS:
                yield f"    and {len(sending.reasons) - MOST_REASONS:,} more"
    yield f"Messages: {len(outcome.sendings)}, undelivered: {outcome.undelivered}"
    for reason, count in outcome.reasons.items():
        yield f"  {count:>6,}  {reason}"


def status_lines(status: Mapping[str, Any]) -> Iterable[str]:
    """Say how routing stands."""
    counts = ", ".join(
        f"{count} {state}" for state, count in status["messages"].items()
    )
    yield f"At {status['now']}, marts as of {status['mart_as_of']}"
    yield f"Messages: {counts or 'none'}"
    for message in status["undelivered"]:
        yield (
            f"  {message['state']} to {message['owner_role']} by {message['channel']}"
            f" after {message['attempts']} attempts: {message['title']}"
            f" ({message['error'] or 'no answer recorded'})"
        )
    exceptions = status["exceptions"]
    yield (
        f"Open exceptions: {exceptions['open']},"
        f" of these {exceptions['unacknowledged']}"
        f" not acknowledged and {exceptions['overdue']} overdue;"
        f" {exceptions['open_though_resolved']} resolved by hand but still open"
    )


def account_lines(account: Mapping[str, Any]) -> Iterable[str]:
    """Tell the story of one exception."""
    yield f"Exception {account['exception_id']}"
    if account["exception"] is None:
        yield "  no longer in the marts"
    else:
        for name, value in account["exception"].items():
            if name != "exception_id" and value is not None:
                yield f"  {name}: {_plain(value)}"
    yield from _section("Escalations", account["escalations"])
    yield from _section("Decisions", account["decisions"])
    yield from _section("Messages", account["messages"])
    yield from _section("Answers", account["actions"])


def _section(title: str, rows: list[dict[str, Any]]) -> Iterable[str]:
    """List rows under a title."""
    yield f"{title}:" if rows else f"{title}: none"
    for row in rows:
        values = (f"{name} {_plain(value)}" for name, value in row.items() if value)
        yield "  " + ", ".join(values)


def _plain(value: object) -> str:
    """Write a value on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
