"""Read the channels file: Apprise's YAML, its tags owner roles, and webhooks."""

import base64
import hashlib
import json
import os
import re
import stat
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import apprise
import yaml
from standardwebhooks import Webhook

from offpath.delivery.apprise_incidents import (
    FIRST_AND_LAST,
    LIFE_CYCLES,
    NATIVE,
    WITHOUT_LIFE_CYCLE,
    AppriseIncidents,
)
from offpath.delivery.channels import (
    AppriseChannel,
    Channel,
    OutboxChannel,
    WebhookChannel,
    silence_apprise,
)
from offpath.delivery.incident_services import SERVICES
from offpath.delivery.incidents import IncidentChannel
from offpath.delivery.recipients import singles
from offpath.errors import ConfigurationError

APPRISE_KEYS = frozenset({"version", "asset", "groups", "tag", "urls"})
TOP_KEYS = APPRISE_KEYS | {"webhooks", "incidents", "heartbeat", "operator"}
TAG_KEYS = frozenset({"tag", "owner_roles"})
WEBHOOK_KEYS = TAG_KEYS | {"url", "secrets"}
EVERYBODY = frozenset({"all", "always"})
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
UNCLOSED = re.compile(r"\$\{(?![A-Za-z_][A-Za-z0-9_]*\})")
SEVERAL = re.compile(r"[\s,]\w+://")
# What an error of YAML quotes from the file, which may be a part of a secret.
QUOTED = re.compile(r"'(?!<)[^']{2,}'")
# What stands before and after the host of an address, as the file writes it.
ADDRESS = re.compile(r"(\w+://)(?:([^/?#]*)@)?([^/?#]*)(.*)", re.DOTALL)
# A secret of Standard Webhooks has at least so many bytes.
SHORTEST_SECRET = 24
# Kinds of messages that are no part of the life of an exception.
DIGEST = "digest"
NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of each role, and the outbox for roles that have none.

    ``heartbeat`` is the address to ask when all is well, ``operator`` the role that is
    told when builds or routing have stopped; null where the file names none.
    """

    by_role: Mapping[str, Mapping[str, Channel]]
    outbox: OutboxChannel
    heartbeat: str | None = None
    operator: str | None = None

    def of(self, role: str, kind: str) -> Mapping[str, Channel]:
        """Return the role's channels for messages of the kind, by name.

        If there are none, the outbox, unless it does not take the kind either.
        """
        channels = self.by_role.get(role, {})
        return _taking(channels, kind) or _taking({self.outbox.name: self.outbox}, kind)

    def serves(self, role: str, kind: str) -> bool:
        """Tell whether the role has a channel for messages of the kind."""
        return bool(_taking(self.by_role.get(role, {}), kind))

    @property
    def with_incidents(self) -> frozenset[str]:
        """The roles for which an incident is kept, and so has to be closed in time.

        A digest would never tell its service that it is over.
        """
        return frozenset(
            role
            for role, channels in self.by_role.items()
            if len(_taking(channels, DIGEST)) < len(channels)
        )

    @property
    def without_digests(self) -> list[str]:
        """The roles of which no channel takes a digest."""
        return sorted(role for role in self.by_role if not self.serves(role, DIGEST))

    @property
    def taking_notices(self) -> Mapping[str, Mapping[str, Channel]]:
        """The channels of each role, by name, for what is about no exception."""
        taking = {role: _taking(own, NOTICE) for role, own in self.by_role.items()}
        return {role: channels for role, channels in taking.items() if channels}


def load_channels(path: Path | None, outbox: Path) -> Channels:
    """Read the file; None means that every role goes to the outbox.

    Raise ConfigurationError, with file and line, for what cannot be understood.
    """
    if path is None:
        return Channels({}, OutboxChannel(outbox))
    file = _ChannelFile(path)
    return Channels(
        file.channels(), OutboxChannel(outbox), file.heartbeat(), file.operator()
    )


def is_open_to_others(path: Path | None) -> bool:
    """Tell whether anybody on this machine may read the file, and so its secrets."""
    return (
        path is not None
        and os.name == "posix"
        and bool(path.stat().st_mode & stat.S_IROTH)
    )


def _taking(channels: Mapping[str, Channel], kind: str) -> dict[str, Channel]:
    return {name: channel for name, channel in channels.items() if channel.takes(kind)}


@dataclass(frozen=True, slots=True)
class _Destination:
    """A channel of some roles, and the line of the entry that it is of.

    Its name is a digest of what the entry says but for its roles, before secrets are
    put in: it outlives a new secret, and another order or more entries in the file.
    """

    line: int
    roles: list[str]
    channel: Channel


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
            reason = QUOTED.sub("…", str(reason))
            raise self._error(mark.line + 1 if mark else 1, reason) from None
        self._nodes = (
            {key.value: (key, value) for key, value in node.value}
            if isinstance(node, yaml.MappingNode)
            else {}
        )
        if content is not None and not isinstance(content, dict):
            raise self._error(1, "expected the keys urls, webhooks and incidents")
        for name, (key, _) in self._nodes.items():
            if name not in TOP_KEYS:
                known = ", ".join(sorted(TOP_KEYS))
                line = key.start_mark.line + 1
                reason = f"unknown key{_shown(name)}; known are {known}"
                raise self._error(line, reason)
        self._require_unique_keys(node)
        self._content: dict[str, object] = content or {}

    def channels(self) -> dict[str, dict[str, Channel]]:
        """Return each role's channels by name, in the file's order."""
        by_role: dict[str, dict[str, Channel]] = defaultdict(dict)
        lines: dict[tuple[str, str], int] = {}
        found = [*self._services(), *self._webhooks(), *self._incidents()]
        for destination in found:
            name = destination.channel.name
            for role in destination.roles:
                line = lines.setdefault((role, name), destination.line)
                if name in by_role[role]:
                    reason = f"{role} has the same entry in line {line}"
                    raise self._error(destination.line, reason)
                by_role[role][name] = destination.channel
        for channels in by_role.values():
            for name, channel in channels.items():
                if isinstance(channel, IncidentChannel):
                    channel.roles |= {each for each in by_role if name in by_role[each]}
        return dict(by_role)

    def heartbeat(self) -> str | None:
        """Return the address to ask when all is well, if there is one."""
        address = self._text_of("heartbeat")
        if address is not None and not _is_web_address(address):
            raise self._error(
                self._line_of_key("heartbeat"),
                "heartbeat needs an address with http or https",
            )
        return address

    def operator(self) -> str | None:
        """Return the role that keeps the project running, if one is named."""
        return self._text_of("operator")

    def _text_of(self, key: str) -> str | None:
        """Return the text under a key of the file; null without the key."""
        if key not in self._content:
            return None
        value = self._with_secrets(self._content[key])
        if not isinstance(value, str) or not value.strip():
            raise self._error(self._line_of_key(key), f"{key} must be a text")
        return value.strip()

    def _line_of_key(self, key: str) -> int:
        line: int = self._nodes[key][0].start_mark.line
        return line + 1

    def _services(self) -> list[_Destination]:
        """Load each entry of ``urls`` by itself, so that none is dropped in silence."""
        silence_apprise()
        settings = {
            key: self._with_secrets(value)
            for key, value in self._content.items()
            if key in APPRISE_KEYS - {"urls"}
        }
        found: list[_Destination] = []
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
                known_by = f"{_address(entry)}{number or ''}{_options(entry, number)}"
                found += [
                    _Destination(line, roles, channel)
                    for channel in self._apprise_channels(line, service, known_by)
                ]
        return found

    def _apprise_channels(
        self, line: int, service: apprise.NotifyBase, known_by: str
    ) -> list[Channel]:
        """Return a channel for each recipient; but one for a service of incidents."""
        schema = str(service.schema)
        if schema in NATIVE:
            reason = (
                f"Apprise cannot keep an incident at {schema}; write it under incidents"
                f" as {NATIVE[schema]}"
            )
            raise self._error(line, reason)
        if schema in LIFE_CYCLES:
            incidents = AppriseIncidents(service, LIFE_CYCLES[schema])
            return [IncidentChannel(_name(schema, known_by), incidents)]
        kinds = FIRST_AND_LAST if schema in WITHOUT_LIFE_CYCLE else None
        try:
            divided = singles(service)
        except ValueError as error:
            raise self._error(line, str(error)) from None
        return [
            AppriseChannel(_name(schema, known_by + recipient), single, kinds)
            for recipient, single in divided
        ]

    def _webhooks(self) -> list[_Destination]:
        """Read the entries of ``webhooks``."""
        found: list[_Destination] = []
        for line, entry in self._entries("webhooks"):
            if not isinstance(entry, dict) or not entry.keys() <= WEBHOOK_KEYS:
                known = ", ".join(sorted(WEBHOOK_KEYS))
                raise self._error(line, f"a webhook has only the keys {known}")
            address = str(self._with_secrets(entry.get("url", "")))
            if not _is_web_address(address):
                raise self._error(line, "a webhook needs a url with http or https")
            # A new key to sign with does not make it another channel.
            channel = WebhookChannel(
                _name("webhook", str(entry["url"])), address, self._signers(line, entry)
            )
            found.append(_Destination(line, self._roles(line, _tags(entry)), channel))
        return found

    def _incidents(self) -> list[_Destination]:
        """Read the entries of ``incidents``."""
        found: list[_Destination] = []
        for line, entry in self._entries("incidents"):
            if not isinstance(entry, dict) or str(entry.get("service")) not in SERVICES:
                known = ", ".join(SERVICES)
                raise self._error(line, f"an incident service is one of {known}")
            service = str(entry["service"])
            content = {
                key: value
                for key, value in entry.items()
                if key not in TAG_KEYS | {"service"}
            }
            self._require_fields(line, service, content)
            values = {
                key: str(self._with_secrets(value)) for key, value in content.items()
            }
            if not _is_web_address(values.get("url", "https://default")):
                raise self._error(line, f"{service} needs a url with http or https")
            if "url" in values:
                values["url"] = values["url"].rstrip("/")
            known_by = json.dumps(content, sort_keys=True, default=str)
            channel = IncidentChannel(
                _name(service, known_by), SERVICES[service](**values)
            )
            found.append(_Destination(line, self._roles(line, _tags(entry)), channel))
        return found

    def _require_fields(
        self, line: int, service: str, content: Mapping[str, object]
    ) -> None:
        """Complain of what a service does not know, and of what it lacks."""
        known = {each.name: each.default for each in fields(SERVICES[service])}
        if not content.keys() <= known.keys():
            keys = ", ".join(["service", "tag", *known])
            raise self._error(line, f"{service} has only the keys {keys}")
        for key, default in known.items():
            if default is MISSING and content.get(key) in (None, ""):
                raise self._error(line, f"{service} needs the key {key}")

    def _signers(self, line: int, entry: dict[str, object]) -> list[Webhook]:
        """Return what signs for each of the entry's secrets, the newest first."""
        secrets = self._with_secrets(entry.get("secrets", []))
        if not isinstance(secrets, list):
            raise self._error(line, "secrets must be a list")
        return [self._signer(line, str(secret)) for secret in secrets]

    def _signer(self, line: int, secret: str) -> Webhook:
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            key = b""
        if len(key) < SHORTEST_SECRET:
            reason = (
                f"a secret is whsec_ and base64 of at least {SHORTEST_SECRET} bytes"
            )
            raise self._error(line, reason)
        return Webhook(key)

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
                    reason = f"the key{_shown(str(key.value))} stands twice"
                    raise self._error(line, reason)
                seen.add(str(key.value))
                self._require_unique_keys(value)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self._require_unique_keys(item)

    def _with_secrets(self, value: object) -> object:
        """Put the values of environment variables in place of ``${NAME}``.

        In an address a value is percent-encoded, so that it arrives as it is; but not
        where it is the host, or all of the address.
        """
        if isinstance(value, str):
            if UNCLOSED.search(value):
                raise self._error(self._line_of(UNCLOSED), "an unclosed ${")
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
            return [self._with_secrets(item) for item in value]
        if isinstance(value, dict):
            return {
                self._with_secrets(key): self._with_secrets(item)
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
            raise self._error(self._line_of(re.compile(re.escape(match[0]))), reason)
        return value

    def _line_of(self, pattern: re.Pattern[str]) -> int:
        """Return the first line with the pattern; 1 where escapes hide it."""
        found = pattern.search(self._text)
        return self._text[: found.start() if found else 0].count("\n") + 1

    def _error(self, line: int, reason: str) -> ConfigurationError:
        return ConfigurationError(f"{self._path}, line {line}: {reason}")


def _name(kind: str, known_by: str) -> str:
    """Return a channel's name, as it stands in the ledger."""
    return f"{kind}-{hashlib.sha256(known_by.encode()).hexdigest()[:6]}"


def _options(entry: Any, number: int) -> str:  # noqa: ANN401 - any YAML value
    """Write what an entry says beside address and tags; empty where that is nothing."""
    if not isinstance(entry, dict):
        return ""
    options = {key: value for key, value in entry.items() if key != "url"}
    if "url" not in entry:
        # The address is the first key, and what it holds are its options.
        address = next(iter(entry), None)
        own = options.pop(address, None)
        if isinstance(own, list):
            own = own[number] if number < len(own) else None
        options |= own if isinstance(own, dict) else {}
    options.pop("tag", None)
    return json.dumps(options, sort_keys=True, default=str) if options else ""


def _shown(key: str) -> str:
    """Quote a key for an error, if it is a word and not an address with secrets."""
    return f" {key!r}" if key.isidentifier() else ""


def _split(tag: object) -> list[str]:
    """Split a tag as Apprise does: a list, or names divided by commas or blanks."""
    if isinstance(tag, list):
        return [str(item) for item in tag]
    return [] if tag is None else re.split(r"[,\s]+", str(tag).strip())


def _tags(entry: Mapping[str, object]) -> list[str]:
    """Return the tags of an entry that is not Apprise's."""
    return _split(entry.get("tag")) + _split(entry.get("owner_roles"))


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
