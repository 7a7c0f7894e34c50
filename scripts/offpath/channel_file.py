"""Read the channels file: Apprise's YAML, its tags owner roles, and webhooks."""

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import apprise
import yaml

from offpath.channels import (
    AppriseChannel,
    Channel,
    OutboxChannel,
    WebhookChannel,
    silence_apprise,
)
from offpath.errors import ConfigurationError

APPRISE_KEYS = frozenset({"version", "asset", "groups", "tag", "urls"})
TOP_KEYS = APPRISE_KEYS | {"webhooks"}
WEBHOOK_KEYS = frozenset({"url", "tag", "owner_roles"})
EVERYBODY = frozenset({"all", "always"})
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
SEVERAL = re.compile(r"[\s,]\w+://")


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of each role, and the outbox for roles that have none."""

    by_role: Mapping[str, Mapping[str, Channel]]
    outbox: OutboxChannel

    def of(self, role: str) -> Mapping[str, Channel]:
        """Return the role's channels by name; the outbox if it has none."""
        return self.by_role.get(role) or {self.outbox.name: self.outbox}


def load_channels(path: Path | None, outbox: Path) -> Channels:
    """Read the file; None means that every role goes to the outbox.

    Raise ConfigurationError, with file and line, for what cannot be understood.
    """
    by_role: dict[str, dict[str, Channel]] = defaultdict(dict)
    if path is not None:
        for role, channel_of in _ChannelFile(path).destinations():
            channels = by_role[role]
            channel = channel_of()
            channels[channel.name] = channel
    return Channels(dict(by_role), OutboxChannel(outbox))


@dataclass(frozen=True, slots=True)
class _Destination:
    """A service or an address, and what it is known by in the ledger.

    The name is a digest of what the file says, before secrets are put in: it outlives
    a new secret, and another order or more entries in the file.
    """

    kind: str
    entry: str
    target: apprise.NotifyBase | str

    def __call__(self) -> Channel:
        digest = hashlib.sha256(self.entry.encode()).hexdigest()[:6]
        name = f"{self.kind}-{digest}"
        if isinstance(self.target, str):
            return WebhookChannel(name, self.target)
        return AppriseChannel(name, self.target)


class _ChannelFile:
    """The parsed file, which knows the line of everything it complains of."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._text = path.read_text(encoding="utf-8")
            node = yaml.compose(self._text, Loader=yaml.SafeLoader)
            content = yaml.safe_load(self._text)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise self._error(1, f"cannot be read: {reason}") from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or f"it is not YAML ({error})"
            raise self._error(mark.line + 1 if mark else 1, str(reason)) from None
        self._nodes = (
            {key.value: (key, value) for key, value in node.value}
            if isinstance(node, yaml.MappingNode)
            else {}
        )
        if content is not None and not isinstance(content, dict):
            raise self._error(1, "expected the keys urls and webhooks")
        for name, (key, _) in self._nodes.items():
            if name not in TOP_KEYS:
                known = ", ".join(sorted(TOP_KEYS))
                line = key.start_mark.line + 1
                raise self._error(line, f"unknown key {name!r}; known are {known}")
        self._require_unique_keys(node)
        self._content: dict[str, object] = content or {}

    def destinations(self) -> list[tuple[str, _Destination]]:
        """Return each role with each of its destinations, in the file's order."""
        return [*self._services(), *self._webhooks()]

    def _services(self) -> list[tuple[str, _Destination]]:
        """Load each entry of ``urls`` by itself, so that none is dropped in silence."""
        silence_apprise()
        settings = {
            key: self._with_secrets(value)
            for key, value in self._content.items()
            if key in APPRISE_KEYS - {"urls"}
        }
        found: list[tuple[str, _Destination]] = []
        for line, entry in self._entries("urls"):
            if SEVERAL.search(_address(entry)):
                raise self._error(line, "an entry holds one service address")
            config = apprise.AppriseConfig()
            secret = self._with_secrets(entry)
            content = yaml.safe_dump({**settings, "urls": [secret]}, sort_keys=False)
            config.add_config(content, format="yaml")
            services = config.services()
            if not services:
                raise self._error(
                    line, "Apprise reads no service address in this entry"
                )
            for number, service in enumerate(services):
                roles = self._roles(line, sorted(map(str, service.tags)))
                source = f"{_address(entry)}{number or ''}"
                destination = _Destination(str(service.schema), source, service)
                found += [(role, destination) for role in roles]
        return found

    def _webhooks(self) -> list[tuple[str, _Destination]]:
        """Read the entries of ``webhooks``."""
        found: list[tuple[str, _Destination]] = []
        for line, entry in self._entries("webhooks"):
            if not isinstance(entry, dict) or not entry.keys() <= WEBHOOK_KEYS:
                known = ", ".join(sorted(WEBHOOK_KEYS))
                raise self._error(line, f"a webhook has only the keys {known}")
            address = str(self._with_secrets(entry.get("url", "")))
            if not _is_web_address(address):
                raise self._error(line, "a webhook needs a url with http or https")
            tags = _split(entry.get("tag")) + _split(entry.get("owner_roles"))
            roles = self._roles(line, tags)
            destination = _Destination("webhook", str(entry["url"]), address)
            found += [(role, destination) for role in roles]
        return found

    def _roles(self, line: int, tags: list[str]) -> list[str]:
        """Return the tags that may be owner roles, or complain that there is none."""
        roles = [tag for tag in tags if tag and tag not in EVERYBODY]
        if not roles:
            raise self._error(line, "no tag says which owner role it serves")
        return roles

    def _entries(self, key: str) -> list[tuple[int, object]]:
        """Return the entries of a list, each with its line."""
        entries = self._content.get(key)
        if entries is None:
            return []
        node = self._nodes[key][1]
        if not isinstance(entries, list):
            raise self._error(node.start_mark.line + 1, f"{key} must be a list")
        lines = [item.start_mark.line + 1 for item in node.value]
        return list(zip(lines, entries, strict=True))

    def _require_unique_keys(self, node: yaml.Node | None) -> None:
        """Complain of a key that YAML would let the last of its kind override."""
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if str(key.value) in seen:
                    line = key.start_mark.line + 1
                    raise self._error(line, f"the key {key.value!r} stands twice")
                seen.add(str(key.value))
                self._require_unique_keys(value)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self._require_unique_keys(item)

    def _with_secrets(self, value: object) -> object:
        """Put the values of environment variables in place of ``${NAME}``."""
        if isinstance(value, str):
            if "${" in VARIABLE.sub("", value):
                raise self._error(self._line_of("${"), f"{value!r} has an unclosed ${{")
            return VARIABLE.sub(self._secret, value)
        if isinstance(value, list):
            return [self._with_secrets(item) for item in value]
        if isinstance(value, dict):
            return {
                self._with_secrets(key): self._with_secrets(item)
                for key, item in value.items()
            }
        return value

    def _secret(self, match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if not value:
            state = "is not set" if value is None else "is empty"
            reason = f"the environment variable {match[1]} {state}"
            raise self._error(self._line_of(match[0]), reason)
        return value

    def _line_of(self, text: str) -> int:
        """Return the first line with the text; 1 where escapes hide it."""
        return self._text[: max(self._text.find(text), 0)].count("\n") + 1

    def _error(self, line: int, reason: str) -> ConfigurationError:
        return ConfigurationError(f"{self._path}, line {line}: {reason}")


def _split(tag: object) -> list[str]:
    """Split a tag as Apprise does: a list, or names divided by commas or blanks."""
    if isinstance(tag, list):
        return [str(item) for item in tag]
    return [] if tag is None else re.split(r"[,\s]+", str(tag).strip())


def _address(entry: object) -> str:
    """Return the address of an entry of ``urls``, in any of Apprise's forms."""
    if isinstance(entry, dict):
        return str(entry.get("url") or next(iter(entry), ""))
    return str(entry)


def _is_web_address(address: str) -> bool:
    """Tell whether it names a host to ask by HTTP."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
