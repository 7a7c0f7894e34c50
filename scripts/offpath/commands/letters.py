"""Letters that no channel took."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from offpath.commands import options, output
from offpath.delivery.letters import selected, settle, waiting
from offpath.home import Home


@click.group()
def letters() -> None:
    """See to letters that no channel took.

    A refused letter is a dead one: it is not tried again by itself, for it would be
    refused again. A failed one is tried again, after a while that grows each time.

    \b
    Examples:
      offpath letters list
      offpath letters retry --all
    """  # noqa: D301 - click wants the character itself


@letters.command(name="list")
@options.as_json
@options.home
def list_letters(*, as_json: bool, home: Home) -> None:
    """List refused and failed letters, and why.

    \b
    Examples:
      offpath letters list
      offpath letters list --json
    """  # noqa: D301 - click wants the character itself
    found = waiting(home)
    output.show({"letters": found} if as_json else _letter_lines(found))


@letters.command(name="retry")
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
    found = settle(home, selected(letter, is_all=is_all), "pending")
    text = [f"{len(found)} to be tried again by the next run"]
    output.show({"letters": found} if as_json else text)


@letters.command(name="drop")
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
    found = settle(home, selected(letter, is_all=is_all), "dropped")
    output.show({"letters": found} if as_json else [f"{len(found)} dropped"])


def _letter_lines(found: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """List letters, each with the beginning of its id."""
    shown = [f"{each['message_id'][:12]}  {output.undelivered(each)}" for each in found]
    yield from shown or ["no letters wait"]
