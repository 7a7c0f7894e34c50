"""Write results to stdout, for a program as JSON and for a person as lines."""

import json
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import click
from rich.console import Console, RenderableType

from offpath.instants import instant, minute_text
from offpath.messages import comparison
from offpath.routing import Outcome
from offpath.text import LONGEST, one_line

WIDTH = 100
# What JSON leaves as it is, and what would steer a terminal or hide in one.
UNSEEN = re.compile("[\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
MOST_REASONS = 5
MOST_EXCEPTIONS = 20
ANSWERS = {
    "awaited": "answer awaited",
    "not asked for": "no answer asked for",
    "not told": "owner not told yet",
}
GIVEN = frozenset({"acknowledged", "resolved"})
ROUTES = {
    "page": "A page to",
    "task": "A task of",
    "digest": "For the digest of",
    "record": "Only recorded for",
}


def warn(text: str) -> None:
    """Write a warning to stderr."""
    click.echo(f"warning: {one_line(text)}", err=True)


def show(result: Mapping[str, Any] | Iterable[str]) -> None:
    """Write a result: a mapping as JSON, lines without what would steer a terminal."""
    if isinstance(result, Mapping):
        text = json.dumps(finite(result), indent=2, ensure_ascii=False, allow_nan=False)
        lines: Iterable[str] = [UNSEEN.sub(lambda each: f"\\u{ord(each[0]):04x}", text)]
    else:
        lines = map(one_line, result)
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
    if outcome.trouble:
        what = "Followed up"
    yield (
        f"{what} at {minute_text(outcome.decided_at)},"
        f" marts as of {minute_text(outcome.mart_as_of)}"
    )
    for sending in outcome.sendings:
        to = _to(sending.owner_role, sending.channel)
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


def undelivered_text(outcome: Outcome) -> str:
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


def status_lines(status: Mapping[str, Any]) -> Iterable[str]:
    """Say how routing stands."""
    counts = ", ".join(
        f"{count} {state}" for state, count in status["messages"].items()
    )
    now, built = (minute_text(instant(status[key])) for key in ("now", "mart_as_of"))
    yield f"At {now}, marts as of {built}"
    yield f"Messages: {counts or 'none'}"
    if "refused" in status["messages"]:
        yield "  offpath letters list shows what was refused and why"
    yield from (f"  {_undelivered(message)}" for message in status["undelivered"])
    exceptions = status["exceptions"]
    answers = Counter(each["answer"] for each in exceptions)
    told = ", ".join(
        f"{ANSWERS.get(answer, answer)}: {count}"
        for answer, count in sorted(answers.items())
    )
    yield f"Open exceptions: {len(exceptions)}" + (f" ({told})" if told else "")
    if waiting := sum(each["waits"] is not None for each in exceptions):
        yield f"Waiting for a digest: {waiting}"
    for each in exceptions[:MOST_EXCEPTIONS]:
        due = minute_text(each["respond_by_at"] and instant(each["respond_by_at"]))
        yield (
            f"  {each['exception_id'][:12]}  {each['route_class']:<6} "
            f" due {due}{' (overdue)' if each['is_overdue'] else ''}"
            f"  {each['owner_role']}: {each['rule_id']} of"
            f" {one_line(each['subject_id'], LONGEST)}"
            + (f" [{each['answer']}]" if each["answer"] in GIVEN else "")
            + (f" [waits: {each['waits']}]" if each["waits"] else "")
        )
    if len(exceptions) > MOST_EXCEPTIONS:
        yield f"  and {len(exceptions) - MOST_EXCEPTIONS:,} more; --json has all"


def letter_lines(letters: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """List letters, each with the beginning of its id."""
    shown = [f"{each['message_id'][:12]}  {_undelivered(each)}" for each in letters]
    yield from shown or ["no letters wait"]


def _undelivered(message: Mapping[str, Any]) -> str:
    """Say how a message stands that no channel has taken."""
    again = message["next_try_at"]
    when = f", not before {minute_text(instant(again))}" if again else ""
    return (
        f"{message['state']} {_to(message['owner_role'], message['channel'])}"
        f", attempts: {message['attempts']}{when}: {message['title']}"
        f" ({message['error'] or 'no answer recorded'})"
    )


def account_lines(account: Mapping[str, Any]) -> Iterable[str]:
    """Tell the story of one exception: in a sentence, then in full."""
    yield f"Exception {account['exception_id']}"
    if account["exception"] is None:
        yield f"  {account['trouble'] or 'no longer in the marts'}"
    else:
        exception = account["exception"]
        onset, due = (
            minute_text(exception[name] and instant(exception[name]))
            for name in ("onset_at", "respond_by_at")
        )
        yield (
            f"{exception['rule_title']}: {exception['subject_type']}"
            f" {one_line(exception['subject_id'], LONGEST)}, since {onset}."
        )
        yield comparison(
            *(exception[name] for name in ("observed_value", "threshold_value", "unit"))
        )
        yield (
            f"{ROUTES[exception['route_class']]} {exception['owner_role']}, because"
            f" {exception['route_reason']}. Respond by {due}."
        )
        for name, value in exception.items():
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


def _to(role: str, channel: str) -> str:
    """Say whom a message is for, and how it goes."""
    return (
        f"to the outbox for {role}"
        if channel == "outbox"
        else f"to {role} by {channel}"
    )


def _plain(value: object) -> str:
    """Write a value on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
