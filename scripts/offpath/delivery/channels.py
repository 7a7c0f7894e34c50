"""Channels: how one message leaves, and what each promises after a crash."""

import html
import io
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import apprise
import requests
from standardwebhooks import Webhook
from urllib3.exceptions import HTTPError

from offpath.delivery.cutting import fit_body, fit_payload
from offpath.delivery.wire import Exchange, watched
from offpath.home import OUTBOX

# Seconds to connect, and to wait for an answer.
TIMEOUTS = (5, 15)
SUCCESSES = range(200, 300)
CLIENT_ERRORS = range(400, 500)
TOO_LARGE = 413
# Client errors that another time may not bring: time-out, too early, too many.
PASSING = frozenset({408, 425, 429})
# Bytes of JSON that receivers of webhooks can be expected to take.
WEBHOOK_BYTES = 256_000
# Characters, where Apprise allows more than the service takes.
LIMITS = {"slack": 3000}
# How a line of the outbox begins, so that one that is torn is known as its own.
OUTBOX_LINE = b'{"id": '


class DeliveryError(Exception):
    """A channel did not take a message now; the text holds no secrets.

    ``retry_after`` is for how many seconds it wants to be left alone, if it says so.
    ``taken`` is how many exceptions of the message it took all the same, from the first
    on, and ``may_have_arrived`` tells that it took others too, or may have.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Say why."""
        super().__init__(message)
        self.retry_after = retry_after
        self.taken = 0
        self.may_have_arrived = False


class RefusedError(DeliveryError):
    """A channel would refuse the message again, unchanged.

    ``status`` is that of its answer; null where it was none of HTTP.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        """Say why."""
        super().__init__(message)
        self.status = status


class TooLargeError(RefusedError):
    """A channel refused a message for its size."""


class NoAnswerError(DeliveryError):
    """A channel was silent, or cannot be reached at all.

    ``may_have_arrived`` tells the one from the other: a request had left.
    """

    def __init__(self, message: str, *, may_have_arrived: bool) -> None:
        """Say what happened."""
        super().__init__(message)
        self.may_have_arrived = may_have_arrived


class Channel(Protocol):
    """One destination of one role.

    ``delivered`` is the state of a message that it took. ``after_crash`` is the rule
    for a message whose fate a killed run, or a lost answer, left unknown: ``same id``
    sends it again under its id, by which the destination knows it; ``marked`` sends it
    again and says that it may be a duplicate. ``limit`` is how many characters a body
    may have, null where there is no such limit.
    """

    name: str
    delivered: Literal["sent", "outbox"]
    after_crash: Literal["same id", "marked"]
    limit: int | None = None

    def takes(self, kind: str) -> bool:
        """Tell whether messages of this kind go by it.

        People need not hear that somebody else is on it.
        """
        return kind != "acknowledged"

    def deliver(
        self, payload: Mapping[str, Any], *, is_possible_duplicate: bool
    ) -> None:
        """Hand the message over, or raise DeliveryError."""
        ...


class WebhookChannel(Channel):
    """Posts the message as JSON; its id goes along as the idempotency key.

    With secrets, it is signed as Standard Webhooks has it, once with each.
    """

    delivered: Literal["sent", "outbox"] = "sent"
    after_crash: Literal["same id", "marked"] = "same id"

    def __init__(self, name: str, url: str, signers: Sequence[Webhook] = ()) -> None:
        """Post to the URL, signed by each signer, of which a receiver knows one."""
        self.name = name
        self._url = url
        self._signers = signers

    def deliver(
        self, payload: Mapping[str, Any], *, is_possible_duplicate: bool
    ) -> None:
        """Post; only a 2xx answer is a success, and redirects are not followed."""
        message = {**payload, "is_possible_duplicate": is_possible_duplicate}
        body = fit_payload(message, WEBHOOK_BYTES)
        try:
            self._post(str(payload["id"]), body)
        except TooLargeError:
            shorter = fit_payload(message, len(body) // 4)
            if len(shorter) >= len(body):
                raise
            self._post(str(payload["id"]), shorter)

    def _post(self, message_id: str, body: bytes) -> None:
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message_id,
            "webhook-id": message_id,
            **self._signature(message_id, body),
        }
        with watched() as exchange:
            # Its status says it all.
            exchange.longest_body = 0
            ask("POST", self._url, data=body, headers=headers)

    def _signature(self, message_id: str, body: bytes) -> dict[str, str]:
        """Return the headers by which a receiver knows who sent it, and when."""
        if not self._signers:
            return {}
        now = datetime.now(UTC)
        signatures = [
            signer.sign(message_id, now, body.decode()) for signer in self._signers
        ]
        return {
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


class AppriseChannel(Channel):
    """Sends to one recipient by a service of Apprise: chat, mail and many others."""

    delivered: Literal["sent", "outbox"] = "sent"
    after_crash: Literal["same id", "marked"] = "marked"

    def __init__(
        self,
        name: str,
        service: apprise.NotifyBase,
        kinds: frozenset[str] | None = None,
    ) -> None:
        """Send by the service, which has one recipient.

        ``kinds`` are the kinds of messages that it takes; None for all that a channel
        takes by itself.
        """
        self.name = name
        self._service = service
        self._kinds = kinds
        known = LIMITS.get(service.schema, service.body_maxlen)
        self.limit = min(known, service.body_maxlen)
        # What escaping adds is cut off, neither refused nor sent in parts.
        service.overflow_mode = apprise.OverflowMode.TRUNCATE
        self._is_watched = any(
            {"requests", "smtplib"} & vars(sys.modules[each.__module__]).keys()
            for each in type(service).__mro__
            if each.__module__.startswith("apprise.plugins.")
        )

    def takes(self, kind: str) -> bool:
        """Tell whether messages of this kind are for the service."""
        return super().takes(kind) if self._kinds is None else kind in self._kinds

    def deliver(
        self, payload: Mapping[str, Any], *, is_possible_duplicate: bool
    ) -> None:
        """Send title and body as text."""
        mark = "[possible duplicate] " if is_possible_duplicate else ""
        title = f"{mark}{payload['title']}"
        room = self._room_beside(title)
        body = fit_body(payload, room)
        # A service may write more for one of these, and its limit is for that.
        escapes = len(html.escape(body, quote=False)) - len(body)
        body = fit_body(payload, room - escapes)
        with watched() as exchange:
            try:
                self._send(title, body, exchange)
            except TooLargeError:
                shorter = fit_body(payload, len(body) // 2)
                if len(shorter) >= len(body):
                    raise
                self._send(title, shorter, exchange)

    def _room_beside(self, title: str) -> int:
        """Return how many characters the body may have under this title."""
        service = self._service
        is_in_body = service.title_maxlen <= 0 or service.overflow_amalgamate_title
        taken = len(title) + len("\r\n") if is_in_body else 0
        return (self.limit or 0) - taken

    def _send(self, title: str, body: str, exchange: Exchange) -> None:
        if not self._is_watched:
            # Nobody knows what such a service does on its way.
            exchange.may_have_arrived = True
        is_taken = self._service.notify(
            title=title,
            body=body,
            # Otherwise mail runs the lines together as HTML.
            body_format=apprise.NotifyFormat.TEXT,
        )
        if self._is_watched and is_taken and not exchange.requests:
            message = f"{self.name} took it, and sent no request"
            raise RefusedError(message)
        if not is_taken:
            raise self._failure(exchange)

    def _failure(self, exchange: Exchange) -> DeliveryError:
        """Say why the service did not take it, which Apprise itself does not."""
        if exchange.mail_refusal is not None:
            message = f"the mail server refused it with {exchange.mail_refusal}"
            is_final = exchange.mail_refusal.startswith("5")
            return RefusedError(message) if is_final else DeliveryError(message)
        if not exchange.requests or exchange.status in SUCCESSES:
            return DeliveryError(f"{self.name} reported failure")
        return _failure(exchange)


class OutboxChannel(Channel):
    """Appends the message to a file of JSON lines, at most once for each id."""

    name = OUTBOX
    delivered: Literal["sent", "outbox"] = "outbox"
    after_crash: Literal["same id", "marked"] = "same id"

    def __init__(self, path: Path) -> None:
        """Write to the path, which the first message creates."""
        self._path = path
        self._ids: set[str] | None = None

    def deliver(
        self, payload: Mapping[str, Any], *, is_possible_duplicate: bool
    ) -> None:
        """Append, unless the file has the id already."""
        del is_possible_duplicate  # the id settles it
        try:
            self._append(payload)
        except OSError as error:
            message = f"{self._path} cannot be written: {error.strerror}"
            raise DeliveryError(message) from error

    def _append(self, payload: Mapping[str, Any]) -> None:
        if self._ids is None:
            self._ids = self._recover()
        message_id = str(payload["id"])
        if message_id in self._ids:
            return
        line = json.dumps(payload).encode() + b"\n"
        # Unbuffered, so that nothing of a line that failed is written later.
        with self._path.open("ab", buffering=0) as file:
            end = file.tell()
            try:
                write_whole(file, line)
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise
        self._ids.add(message_id)

    def _recover(self) -> set[str]:
        """Return the ids in the file; cut off a line that a crash left unfinished.

        A line that somebody else wrote and that is no message is left as it is, and
        ended.
        """
        if not self._path.exists():
            return set()
        ids: set[str] = set()
        with self._path.open("rb+") as file:
            whole = 0
            for line in file:
                if not line.endswith(b"\n"):
                    if line.startswith(OUTBOX_LINE):
                        file.truncate(whole)
                    else:
                        file.write(b"\n")
                    break
                whole += len(line)
                with suppress(ValueError, TypeError, KeyError):
                    ids.add(str(json.loads(line)["id"]))
        return ids


def ask(
    method: str,
    url: str,
    **options: Any,  # noqa: ANN401 - passed on to requests
) -> requests.Response:
    """Make one request and return its answer, which is a 2xx.

    Raise DeliveryError for any other, RefusedError where it would be the same again,
    and NoAnswerError where there is none.
    """
    with watched() as exchange:
        try:
            answer = requests.request(method, url, timeout=TIMEOUTS, **options)
        except (requests.RequestException, HTTPError) as error:
            # The error's own text holds the address, which may be a secret.
            message = f"no answer ({type(error).__name__})"
            raise NoAnswerError(
                message, may_have_arrived=exchange.may_have_arrived
            ) from None
    if exchange.status not in SUCCESSES:
        raise _failure(exchange)
    return answer


def _failure(exchange: Exchange) -> DeliveryError:
    """Say what the answer to the last request means for the message."""
    status = exchange.status
    if status is None:
        return NoAnswerError("no answer", may_have_arrived=exchange.may_have_arrived)
    message = f"answered {status}"
    if status == TOO_LARGE:
        return TooLargeError(message, status)
    if status in CLIENT_ERRORS and status not in PASSING:
        return RefusedError(message, status)
    return DeliveryError(message, exchange.retry_after)


def write_whole(file: io.RawIOBase, line: bytes) -> None:
    """Write all of the line, of which a disk that fills up takes a part at first."""
    written = 0
    while written < len(line):
        written += file.write(line[written:]) or 0


def silence_apprise() -> None:
    """Keep Apprise's own log lines off stderr: they may hold parts of addresses."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
