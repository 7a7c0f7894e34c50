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
from urllib.parse import urlsplit

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
from offpath.delivery.directory import Channels
from offpath.delivery.incident_services import SERVICES
from offpath.delivery.incidents import IncidentChannel
from offpath.delivery.recipients import singles
from offpath.delivery.yaml_file import YamlFile

APPRISE_KEYS = frozenset({"version", "asset", "groups", "tag", "urls"})
TOP_KEYS = APPRISE_KEYS | {"webhooks", "incidents", "heartbeat", "operator"}
TAG_KEYS = frozenset({"tag", "owner_roles"})
WEBHOOK_KEYS = TAG_KEYS | {"url", "secrets"}
EVERYBODY = frozenset({"all", "always"})
SEVERAL = re.compile(r"[\s,]\w+://")
# A secret of Standard Webhooks has at least so many bytes.
SHORTEST_SECRET = 24


def load_channels(path: Path | None, outbox: Path) -> Channels:
    """Read the file; None means that every role goes to the outbox.

    Raise ConfigurationError, with file and line, for what cannot be understood.
    """
    if path is None:
        return Channels({}, OutboxChannel(outbox))
    file = _ChannelFile(path, TOP_KEYS)
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


@dataclass(frozen=True, slots=True)
class _Destination:
    """A channel of some roles, and the line of the entry that it is of.

    Its name is a digest of what the entry says but for its roles, before secrets are
    put in: it outlives a new secret, and another order or more entries in the file.
    """

    line: int
    roles: list[str]
    channel: Channel


class _ChannelFile(YamlFile):
    """The channels file."""

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
                    raise self.error(destination.line, reason)
                by_role[role][name] = destination.channel
        for channels in by_role.values():
            for name, channel in channels.items():
                if isinstance(channel, IncidentChannel):
                    channel.roles |= {each for each in by_role if name in by_role[each]}
        return dict(by_role)

    def heartbeat(self) -> str | None:
        """Return the address to ask when all is well, if there is one."""
        address = self.text_of("heartbeat")
        if address is not None and not _is_web_address(address):
            raise self.error(
                self.line_of_key("heartbeat"),
                "heartbeat needs an address with http or https",
            )
        return address

    def operator(self) -> str | None:
        """Return the role that keeps the project running, if one is named."""
        return self.text_of("operator")

    def _services(self) -> list[_Destination]:
        """Load each entry of ``urls`` by itself, so that none is dropped in silence."""
        silence_apprise()
        settings = {
            key: self.with_secrets(value)
            for key, value in self.content.items()
            if key in APPRISE_KEYS - {"urls"}
        }
        found: list[_Destination] = []
        for line, entry in self.entries("urls"):
            if SEVERAL.search(_address(entry)):
                raise self.error(line, "an entry holds one service address")
            config = apprise.AppriseConfig()
            secret = self.with_secrets(entry)
            content = yaml.safe_dump({**settings, "urls": [secret]}, sort_keys=False)
            config.add_config(content, format="yaml")
            services = config.services()
            if not services:
                raise self.error(line, "Apprise reads no service address in this entry")
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
            raise self.error(line, reason)
        if schema in LIFE_CYCLES:
            incidents = AppriseIncidents(service, LIFE_CYCLES[schema])
            return [IncidentChannel(_name(schema, known_by), incidents)]
        kinds = FIRST_AND_LAST if schema in WITHOUT_LIFE_CYCLE else None
        try:
            divided = singles(service)
        except ValueError as error:
            raise self.error(line, str(error)) from None
        return [
            AppriseChannel(_name(schema, known_by + recipient), single, kinds)
            for recipient, single in divided
        ]

    def _webhooks(self) -> list[_Destination]:
        """Read the entries of ``webhooks``."""
        found: list[_Destination] = []
        for line, entry in self.entries("webhooks"):
            if not isinstance(entry, dict) or not entry.keys() <= WEBHOOK_KEYS:
                known = ", ".join(sorted(WEBHOOK_KEYS))
                raise self.error(line, f"a webhook has only the keys {known}")
            address = str(self.with_secrets(entry.get("url", "")))
            if not _is_web_address(address):
                raise self.error(line, "a webhook needs a url with http or https")
            # A new key to sign with does not make it another channel.
            channel = WebhookChannel(
                _name("webhook", str(entry["url"])), address, self._signers(line, entry)
            )
            found.append(_Destination(line, self._roles(line, _tags(entry)), channel))
        return found

    def _incidents(self) -> list[_Destination]:
        """Read the entries of ``incidents``."""
        found: list[_Destination] = []
        for line, entry in self.entries("incidents"):
            if not isinstance(entry, dict) or str(entry.get("service")) not in SERVICES:
                known = ", ".join(SERVICES)
                raise self.error(line, f"an incident service is one of {known}")
            service = str(entry["service"])
            content = {
                key: value
                for key, value in entry.items()
                if key not in TAG_KEYS | {"service"}
            }
            self._require_fields(line, service, content)
            values = {
                key: str(self.with_secrets(value)) for key, value in content.items()
            }
            if not _is_web_address(values.get("url", "https://default")):
                raise self.error(line, f"{service} needs a url with http or https")
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
            raise self.error(line, f"{service} has only the keys {keys}")
        for key, default in known.items():
            if default is MISSING and content.get(key) in (None, ""):
                raise self.error(line, f"{service} needs the key {key}")

    def _signers(self, line: int, entry: dict[str, object]) -> list[Webhook]:
        """Return what signs for each of the entry's secrets, the newest first."""
        secrets = self.with_secrets(entry.get("secrets", []))
        if not isinstance(secrets, list):
            raise self.error(line, "secrets must be a list")
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
            raise self.error(line, reason)
        return Webhook(key)

    def _roles(self, line: int, tags: list[str]) -> list[str]:
        """Return the tags that may be owner roles, or complain that there is none."""
        roles = [tag for tag in tags if tag and tag not in EVERYBODY]
        if not roles:
            raise self.error(line, "no tag says which owner role it serves")
        return roles


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
