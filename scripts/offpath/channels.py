"""Channels: how one message leaves, and what each promises after a crash."""

import json
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol

import apprise
import requests
from urllib3.exceptions import HTTPError

# Seconds to connect, and to wait for an answer.
TIMEOUTS = (5, 15)
SUCCESSES = range(200, 300)


class DeliveryError(Exception):
    """A channel did not take a message; the text holds no secrets."""


class NoAnswerError(DeliveryError):
    """A channel was silent until the time-out, or cannot be reached at all."""


class Channel(Protocol):
    """One destination of one role.

    ``delivered`` is the state of a message that it took. ``after_crash`` is the rule
    for a message whose fate a killed run left unknown: ``same id`` sends it again under
    its id, by which the destination knows it; ``marked`` sends it again and says that
    it may be a duplicate.
    """

    name: str
    delivered: Literal["sent", "outbox"]
    after_crash: Literal["same id", "marked"]

    def deliver(
        self, payload: Mapping[str, object], *, is_possible_duplicate: bool
    ) -> None:
        """Hand the message over, or raise DeliveryError."""
        ...


class WebhookChannel:
    """Posts the message as JSON; its id goes along as the idempotency key."""

    delivered: Literal["sent", "outbox"] = "sent"
    after_crash: Literal["same id", "marked"] = "same id"

    def __init__(self, name: str, url: str) -> None:
        """Post to the URL."""
        self.name = name
        self._url = url

    def deliver(
        self, payload: Mapping[str, object], *, is_possible_duplicate: bool
    ) -> None:
        """Post; only a 2xx answer is a success, and redirects are not followed."""
        message_id = str(payload["id"])
        body = {**payload, "is_possible_duplicate": is_possible_duplicate}
        try:
            answer = requests.post(
                self._url,
                data=json.dumps(body),
                headers={
                    "Content-Type": "application/json",
                    "Idempotency-Key": message_id,
                    "webhook-id": message_id,
                },
                timeout=TIMEOUTS,
                allow_redirects=False,
            )
        except (requests.RequestException, HTTPError) as error:
            # The error's own text holds the address, which may be a secret.
            message = f"no answer ({type(error).__name__})"
            raise NoAnswerError(message) from None
        if answer.status_code not in SUCCESSES:
            message = f"answered {answer.status_code}"
            raise DeliveryError(message)


class AppriseChannel:
    """Sends by one service of Apprise: chat, mail and some hundred others."""

    delivered: Literal["sent", "outbox"] = "sent"
    after_crash: Literal["same id", "marked"] = "marked"

    def __init__(self, name: str, service: apprise.NotifyBase) -> None:
        """Send by the service, which is the only one of this channel."""
        self.name = name
        self._sender = apprise.Apprise()
        self._sender.add(service)

    def deliver(
        self, payload: Mapping[str, object], *, is_possible_duplicate: bool
    ) -> None:
        """Send title and body as text."""
        mark = "[possible duplicate] " if is_possible_duplicate else ""
        result = self._sender.notify(
            title=f"{mark}{payload['title']}",
            body=str(payload["body"]),
            # Otherwise mail runs the lines together as HTML.
            body_format=apprise.NotifyFormat.TEXT,
        )
        if not result:
            message = f"{self.name} reported {result.status.name.lower()}"
            raise DeliveryError(message)


class OutboxChannel:
    """Appends the message to a file of JSON lines, at most once for each id."""

    name = "outbox"
    delivered: Literal["sent", "outbox"] = "outbox"
    after_crash: Literal["same id", "marked"] = "same id"

    def __init__(self, path: Path) -> None:
        """Write to the path, which the first message creates."""
        self._path = path
        self._ids: set[str] | None = None

    def deliver(
        self, payload: Mapping[str, object], *, is_possible_duplicate: bool
    ) -> None:
        """Append, unless the file has the id already."""
        del is_possible_duplicate  # the id settles it
        try:
            self._append(payload)
        except OSError as error:
            message = f"{self._path} cannot be written: {error.strerror}"
            raise DeliveryError(message) from error

    def _append(self, payload: Mapping[str, object]) -> None:
        if self._ids is None:
            self._ids = self._recover()
        message_id = str(payload["id"])
        if message_id in self._ids:
            return
        with self._path.open("ab") as file:
            file.write(json.dumps(payload).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._ids.add(message_id)

    def _recover(self) -> set[str]:
        """Return the ids in the file; cut off a line that a crash left unfinished.

        A line that somebody else wrote and that is no message is left as it is.
        """
        if not self._path.exists():
            return set()
        ids: set[str] = set()
        with self._path.open("rb+") as file:
            whole = 0
            for line in file:
                if not line.endswith(b"\n"):
                    file.truncate(whole)
                    break
                whole += len(line)
                with suppress(ValueError, TypeError, KeyError):
                    ids.add(str(json.loads(line)["id"]))
        return ids


def silence_apprise() -> None:
    """Keep Apprise's own log lines off stderr: they may hold parts of addresses."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
