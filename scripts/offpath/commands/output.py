"""Write results to stdout, for a program as JSON and for a person as lines."""

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click

from offpath.instants import instant, minute_text
from offpath.text import finite, one_line

# What JSON leaves as it is, and what would steer a terminal or hide in one.
UNSEEN = re.compile("[\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


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


def undelivered(message: Mapping[str, Any]) -> str:
    """Say how a message stands that no channel has taken."""
    again = message["next_try_at"]
    when = f", not before {minute_text(instant(again))}" if again else ""
    return (
        f"{message['state']} {to_whom(message['owner_role'], message['channel'])}"
        f", attempts: {message['attempts']}{when}: {message['title']}"
        f" ({message['error'] or 'no answer recorded'})"
    )


def to_whom(role: str, channel: str) -> str:
    """Say whom a message is for, and how it goes."""
    return (
        f"to the outbox for {role}"
        if channel == "outbox"
        else f"to {role} by {channel}"
    )
