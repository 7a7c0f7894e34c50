"""Who can be told, and by what."""

from collections.abc import Mapping
from dataclasses import dataclass

from offpath.delivery.channels import Channel, OutboxChannel

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


def _taking(channels: Mapping[str, Channel], kind: str) -> dict[str, Channel]:
    return {name: channel for name, channel in channels.items() if channel.takes(kind)}
