"""Letters that no channel took: list them, have them tried again, give them up."""

from typing import Literal

from offpath.errors import ConfigurationError
from offpath.home import Home
from offpath.ledger.ledger import Ledger
from offpath.ledger.post import Row, State
from offpath.lock import only_one
from offpath.routing.inquiries import SHORTEST_PREFIX

STATES: tuple[State, ...] = ("refused", "failed")


def waiting(home: Home) -> list[Row]:
    """Return refused and failed letters, the most urgent first."""
    with Ledger.reading(home.ledger) as ledger:
        return ledger.post.letters(*STATES)


def selected(letter: str | None, *, is_all: bool) -> str:
    """Return the beginning of the ids that are meant; empty for all.

    Raise ConfigurationError unless it is either a letter or all of them.
    """
    if is_all == (letter is not None):
        message = "name a letter, or say --all"
        raise ConfigurationError(message)
    if letter is not None and len(letter) < SHORTEST_PREFIX:
        message = f"give at least {SHORTEST_PREFIX} characters of the letter's id"
        raise ConfigurationError(message)
    return letter or ""


def settle(home: Home, prefix: str, state: Literal["pending", "dropped"]) -> list[Row]:
    """Have letters tried again (``pending``) or give them up; return them as they were.

    A message by several channels is a letter by each of them. Raise ConfigurationError
    where the prefix fits none or several messages, and LeaseHeldError while a run
    routes.
    """
    if not waiting(home):
        # Nor is a ledger made where there is none.
        _require_one([], prefix)
        return []
    with (
        only_one(home.lock, "routing"),
        Ledger.writing(home.ledger) as ledger,
        ledger.lease(),
    ):
        found = ledger.post.letters(*STATES, prefix=prefix)
        _require_one(found, prefix)
        ledger.post.settle(found, state)
    return found


def _require_one(found: list[Row], prefix: str) -> None:
    """Complain of a prefix that is of no letter, or of more than one message."""
    count = len({each["message_id"] for each in found})
    if prefix and count != 1:
        reason = "no letter has an id" if count == 0 else f"{count} letters have ids"
        message = (
            f"{reason} that begins with {prefix}; `offpath letters list` shows them"
        )
        raise ConfigurationError(message)
