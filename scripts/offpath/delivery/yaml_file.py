"""Read a YAML file: with secrets of the environment, and a line for each complaint."""

import os
import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import quote

import yaml

from offpath.errors import ConfigurationError

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
UNCLOSED = re.compile(r"\$\{(?![A-Za-z_][A-Za-z0-9_]*\})")
# What an error of YAML quotes from the file, which may be a part of a secret.
QUOTED = re.compile(r"'(?!<)[^']{2,}'")
# What stands before and after the host of an address, as the file writes it.
ADDRESS = re.compile(r"(\w+://)(?:([^/?#]*)@)?([^/?#]*)(.*)", re.DOTALL)


class YamlFile:
    """A parsed file, which knows the line of everything that is wrong in it.

    ``content`` is what it says, by its keys. What it says wrong is a
    ConfigurationError with file and line, and without a secret.
    """

    def __init__(self, path: Path, known_keys: Collection[str]) -> None:
        """Read the file, which has no other keys than those that are known."""
        self._path = path
        try:
            self._text = path.read_text(encoding="utf-8")
            node = yaml.compose(self._text, Loader=yaml.SafeLoader)
            content = yaml.safe_load(self._text)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise self.error(1, f"cannot be read: {reason}") from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or f"it is not YAML ({error})"
            reason = QUOTED.sub("…", str(reason))
            raise self.error(mark.line + 1 if mark else 1, reason) from None
        self._nodes = (
            {key.value: (key, value) for key, value in node.value}
            if isinstance(node, yaml.MappingNode)
            else {}
        )
        known = ", ".join(sorted(known_keys))
        if content is not None and not isinstance(content, dict):
            raise self.error(1, f"expected some of the keys {known}")
        for name, (key, _) in self._nodes.items():
            if name not in known_keys:
                line = key.start_mark.line + 1
                reason = f"unknown key{_shown(name)}; known are {known}"
                raise self.error(line, reason)
        self._require_unique_keys(node)
        self.content: dict[str, object] = content or {}

    def text_of(self, key: str) -> str | None:
        """Return the text under a key of the file; null without the key."""
        if key not in self.content:
            return None
        value = self.with_secrets(self.content[key])
        if not isinstance(value, str) or not value.strip():
            raise self.error(self.line_of_key(key), f"{key} must be a text")
        return value.strip()

    def line_of_key(self, key: str) -> int:
        """Return the line of a key of the file."""
        line: int = self._nodes[key][0].start_mark.line
        return line + 1

    def entries(self, key: str) -> list[tuple[int, object]]:
        """Return the entries of a list, each with its line."""
        entries = self.content.get(key)
        if entries is None:
            return []
        node = self._nodes[key][1]
        if not isinstance(entries, list):
            raise self.error(node.start_mark.line + 1, f"{key} must be a list")
        lines = [item.start_mark.line + 1 for item in node.value]
        return list(zip(lines, entries, strict=True))

    def _require_unique_keys(self, node: yaml.Node | None) -> None:
        """Complain of a key that YAML would let the last of its kind override."""
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if str(key.value) in seen:
                    line = key.start_mark.line + 1
                    reason = f"the key{_shown(str(key.value))} stands twice"
                    raise self.error(line, reason)
                seen.add(str(key.value))
                self._require_unique_keys(value)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self._require_unique_keys(item)

    def with_secrets(self, value: object) -> object:
        """Put the values of environment variables in place of ``${NAME}``.

        In an address a value is percent-encoded, so that it arrives as it is; but not
        where it is the host, or all of the address.
        """
        if isinstance(value, str):
            if UNCLOSED.search(value):
                raise self.error(self._line_of(UNCLOSED), "an unclosed ${")
            address = ADDRESS.fullmatch(value)
            if address is None:
                return self._filled(value)
            scheme, user, host, rest = address.groups()
            return "".join(
                [
                    scheme,
                    "" if user is None else self._filled(user, is_quoted=True) + "@",
                    self._filled(host),
                    self._filled(rest, is_quoted=True),
                ]
            )
        if isinstance(value, list):
            return [self.with_secrets(item) for item in value]
        if isinstance(value, dict):
            return {
                self.with_secrets(key): self.with_secrets(item)
                for key, item in value.items()
            }
        return value

    def _filled(self, text: str, *, is_quoted: bool = False) -> str:
        """Return the text with the values of its variables."""

        def fill(match: re.Match[str]) -> str:
            value = self._secret(match)
            return quote(value, safe="") if is_quoted else value

        return VARIABLE.sub(fill, text)

    def _secret(self, match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if not value:
            state = "is not set" if value is None else "is empty"
            reason = f"the environment variable {match[1]} {state}"
            raise self.error(self._line_of(re.compile(re.escape(match[0]))), reason)
        return value

    def _line_of(self, pattern: re.Pattern[str]) -> int:
        """Return the first line with the pattern; 1 where escapes hide it."""
        found = pattern.search(self._text)
        return self._text[: found.start() if found else 0].count("\n") + 1

    def error(self, line: int, reason: str) -> ConfigurationError:
        """Make the complaint, to be raised."""
        return ConfigurationError(f"{self._path}, line {line}: {reason}")


def _shown(key: str) -> str:
    """Quote a key for an error, if it is a word and not an address with secrets."""
    return f" {key!r}" if key.isidentifier() else ""
