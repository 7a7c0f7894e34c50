"""Divide a service of Apprise by its recipients: each has an outcome of its own."""

from copy import copy

import apprise
from apprise.plugins.email.base import NotifyEmail

# The lists in which services keep whom they send to.
LISTS = ("targets", "channels", "topics")


def singles(service: apprise.NotifyBase) -> list[tuple[str, apprise.NotifyBase]]:
    """Return each recipient with a service of its own; no name where there is but one.

    Who gets a copy of a mail is a recipient too. Raise ValueError for several that
    cannot be told apart.
    """
    if isinstance(service, NotifyEmail):
        copied = [(False, address) for address in sorted(service.cc | service.bcc)]
        held_by, recipients = "targets", [*service.targets, *copied]
    else:
        # Apprise counts what it sends, which is one for a batch, and each retry.
        count = len(service) // (service.retry + 1)
        held_by = next(
            (
                each
                for each in LISTS
                if len(getattr(service, each, None) or "") == count
            ),
            "",
        )
        recipients = list(getattr(service, held_by)) if held_by else []
        if count > 1 and not recipients:
            message = "give each recipient an entry of its own"
            raise ValueError(message)
    if len(recipients) <= 1:
        return [("", service)]
    return [(str(each), _only(service, held_by, each)) for each in recipients]


def _only(
    service: apprise.NotifyBase, held_by: str, recipient: object
) -> apprise.NotifyBase:
    """Return the service with one of its recipients."""
    single = copy(service)
    setattr(single, held_by, type(getattr(service, held_by))([recipient]))
    if isinstance(single, NotifyEmail):
        single.cc, single.bcc = set(), set()
    return single
