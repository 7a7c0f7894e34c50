"""Make text of the data harmless where people read it, and write durations and JSON."""

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

# An id longer than this is cut where it stands in a sentence.
LONGEST = 80
HOUR = 60
# Above so many, minutes are told as hours, and hours as days.
MOST_MINUTES, MOST_HOURS = 120, 72
# Letters of some scripts are joined or kept apart by them.
JOINERS = "\u200c\u200d"
# Steers a terminal, breaks a line, turns the direction of writing, or cannot be seen.
UNFIT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
BREAK = "\u200b"
# What would call people or begin a link: `@everyone`, Markdown's `[text](address)`, and
# an address, of which most chats make a link by themselves.
CALLS = re.compile(r"@(?=\S)|\](?=[(\[])|(?<=[a-z]):(?=//)|\bwww(?=\.)", re.IGNORECASE)
# HTML, and Slack's `<!channel>`, `<@U1>` and `<address|text>`.
BRACKETS = str.maketrans("<>", "\u2039\u203a")


def one_line(text: str, longest: int | None = None) -> str:
    """Return the text on one line, so that it commands no terminal and hides nothing.

    White space of any kind is a blank; what steers and cannot be seen is U+FFFD. More
    than ``longest`` characters, if given, are cut to as many, with an ellipsis.
    """
    shown = "".join(_fit(each) for each in text)
    return shown if longest is None else cut(shown, longest)


def cut(text: str, longest: int) -> str:
    """Return the text, its end left out where it has too many characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def in_chat(text: str, longest: int = LONGEST) -> str:
    """Return a value of the data for a message: one line, cut, no call and no link.

    An invisible blank behind what would begin a call or a link takes its effect, and
    brackets look like brackets, whatever format a service takes the message for.
    """
    shown = one_line(text, longest).translate(BRACKETS)
    return CALLS.sub(lambda call: call[0] + BREAK, shown)


def duration(minutes: float) -> str:
    """Write minutes so that they can be read: as hours from two on, as days from 72.

    The minutes may be those of business hours, so that a day is said to have 24 hours.
    """
    if abs(minutes) < MOST_MINUTES:
        return f"{minutes:.4g} minute" + ("" if minutes == 1 else "s")
    hours = minutes / HOUR
    if abs(hours) < MOST_HOURS:
        return f"{hours:.3g} hours"
    return f"{round(hours / 24, 1):,g} days of 24 hours"


def _fit(character: str) -> str:
    """Return the character, or what stands for it."""
    if character == BREAK:
        return ""
    if character.isspace():
        return " "
    if unicodedata.category(character) in UNFIT and character not in JOINERS:
        return "\N{REPLACEMENT CHARACTER}"
    return character


def finite(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value with null for what JSON cannot write: NaN and infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
