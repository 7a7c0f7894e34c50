"""JSON read element by element, so that no file is held as a whole."""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from offpath.errors import ConfigurationError
from offpath.interchange.fields import Advance
from offpath.interchange.files import chunks_of

BLANKS = " \t\r\n"
# An element that is longer is taken for a file that is spoilt.
LONGEST = 1 << 25


class Stream:
    """A text of JSON of which a part is at hand."""

    def __init__(self, path: Path, advance: Advance) -> None:
        """Begin with the first sign."""
        self.path = path
        self.chunks = chunks_of(path, advance)
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.json = json.JSONDecoder()
        self.text, self.at = "", 0
        self.where = "the beginning"

    def more(self) -> bool:
        """Take another part to hand; say whether there is one."""
        if len(self.text) - self.at > LONGEST:
            self.fail("an element is too long, or never ends")
        wanted = max(len(self.text) - self.at, 1)
        parts, found = [self.text[self.at :]], 0
        while found < wanted:
            chunk = next(self.chunks, b"")
            try:
                part = self.decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                self.fail(f"this is no UTF-8: {error}")
            parts.append(part)
            found += len(part)
            if not chunk:
                break
        self.text, self.at = "".join(parts), 0
        return found > 0

    def peek(self) -> str:
        """Return the next sign that is not blank; nothing at the end."""
        while True:
            while self.at < len(self.text):
                if self.text[self.at] not in BLANKS:
                    return self.text[self.at]
                self.at += 1
            if not self.more():
                return ""

    def take(self, signs: str) -> str:
        """Pass the next sign, which must be one of these, and return it."""
        sign = self.peek()
        if not sign or sign not in signs:
            self.fail(f"{sign or 'the end'!r} where one of {signs} must stand")
        self.at += 1
        return sign

    def value(self) -> object:
        """Return the next value."""
        self.peek()
        while True:
            try:
                value, end = self.json.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                if not self.more():
                    self.fail(error.msg)
            except RecursionError:
                self.fail("there are too many lists or objects inside each other")
            else:
                # Of a number at the very end there may be more digits to come.
                if end < len(self.text):
                    self.at = end
                    return value
                length = end - self.at
                if not self.more():
                    self.at += length
                    return value

    def fail(self, what: str) -> NoReturn:
        """Raise the error of the place that is being read."""
        message = f"{self.path}, at {self.where}: {what}"
        raise ConfigurationError(message)


def elements_of(path: Path, advance: Advance) -> Iterator[tuple[str, object]]:
    """Yield the elements of each list in a JSON object, with the name of the list.

    Raise ConfigurationError with the list and the number of the element where it is no
    such JSON, or is cut.
    """
    stream = Stream(path, advance)
    stream.take("{")
    sign = stream.peek()
    while sign != "}":
        name = str(stream.value())
        stream.take(":")
        if stream.peek() == "[":
            stream.take("[")
            count = 0
            sign = stream.peek()
            while sign != "]":
                count += 1
                stream.where = f"{name} {count:,}"
                yield name, stream.value()
                sign = stream.take(",]")
            if count == 0:
                stream.take("]")
        else:
            stream.value()
        sign = stream.take(",}")
