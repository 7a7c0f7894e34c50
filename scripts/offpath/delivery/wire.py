"""Watch and bound what leaves during a delivery, whichever library sends it.

Apprise's services call `requests` and `smtplib` themselves, and say no more than
whether it went well. Within `watched` both are observed where every request and every
reply passes; elsewhere nothing of them changes.
"""

import re
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_netrc_auth
from urllib3.exceptions import HTTPError

# Of the body of an answer: bytes, as unpacked, and seconds.
LONGEST_BODY = 1 << 20
BODY_SECONDS = 5.0
CHUNK = 1 << 16
# SMTP: the server waits for the text of the mail; the first of its refusals.
GO_AHEAD = 354
FIRST_REFUSAL = 400
ENHANCED_CODE = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass
class Exchange:
    """What left during a delivery, and what was answered.

    ``requests`` counts them, and connections to mail servers; ``may_have_arrived`` says
    that something left that the receiver may have taken. ``status`` and ``retry_after``
    (seconds) are of the last request, null where it had no answer or does not say;
    ``mail_refusal`` is the last code by which a mail server refused, null where it did
    not. No more than ``longest_body`` bytes of an answer are read.
    """

    requests: int = 0
    may_have_arrived: bool = False
    status: int | None = None
    retry_after: float | None = None
    mail_refusal: str | None = None
    longest_body: int = LONGEST_BODY


_EXCHANGE: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
_send = HTTPAdapter.send
_end_headers = HTTPConnection.endheaders
_connect = smtplib.SMTP.connect
_get_reply = smtplib.SMTP.getreply


@contextmanager
def watched(exchange: Exchange | None = None) -> Iterator[Exchange]:
    """Note what this thread sends; inside another such block, in that one's notes.

    No redirect is followed, for it would carry the message elsewhere, and no
    credentials are taken from ``~/.netrc``.
    """
    current = exchange or _EXCHANGE.get() or Exchange()
    token = _EXCHANGE.set(current)
    try:
        yield current
    finally:
        _EXCHANGE.reset(token)


def _watched_send(
    self: HTTPAdapter,
    request: requests.PreparedRequest,
    *args: Any,  # noqa: ANN401 - passed on
    **options: Any,  # noqa: ANN401 - passed on
) -> requests.Response:
    """Send, note the answer, and read no more of it than is allowed."""
    exchange = _EXCHANGE.get()
    if exchange is None:
        return _send(self, request, *args, **options)
    exchange.requests += 1
    exchange.status = exchange.retry_after = None
    answer = _send(self, request, *args, **options)
    exchange.status = answer.status_code
    exchange.retry_after = _seconds(answer.headers.get("Retry-After"))
    if answer.is_redirect:
        del answer.headers["Location"]
    _bound(answer, exchange.longest_body)
    return answer


def _watched_end_headers(
    self: HTTPConnection,
    *args: Any,  # noqa: ANN401 - passed on
    **options: Any,  # noqa: ANN401 - passed on
) -> None:
    """Let a request leave, and note that it may arrive; connected before, not yet.

    Nothing of it has left while names are looked up, a connection is made, a proxy
    asked for a way or TLS agreed on.
    """
    exchange = _EXCHANGE.get()
    if exchange is not None:
        if self.sock is None:
            self.connect()
        exchange.may_have_arrived = True
    _end_headers(self, *args, **options)


def _bound(answer: requests.Response, longest: int) -> None:
    """Read the body up to its bounds, and leave the rest; the status stands anyway."""
    body = bytearray()
    until = time.monotonic() + BODY_SECONDS
    with suppress(OSError, HTTPError):
        while len(body) < longest and time.monotonic() < until:
            # What is there, without waiting until the chunk is full.
            part = answer.raw.read1(
                min(CHUNK, longest - len(body)), decode_content=True
            )
            if not part:
                break
            body += part
    answer.close()
    # Where requests keeps what it has read.
    answer._content = bytes(body)  # noqa: SLF001
    answer._content_consumed = True  # noqa: SLF001


def _seconds(retry_after: str | None) -> float | None:
    """Read a ``Retry-After``: seconds, or a date; null where it is neither."""
    if retry_after is None:
        return None
    if retry_after.strip().isascii() and retry_after.strip().isdigit():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    # Without a zone it is UTC.
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)


def _without_netrc(
    url: str | bytes,
    raise_errors: bool = False,  # noqa: FBT001, FBT002 - as requests has it
) -> tuple[str, str] | None:
    """Look up credentials in ``~/.netrc``, but not for a delivery."""
    if _EXCHANGE.get() is not None:
        return None
    return get_netrc_auth(url, raise_errors)


def _watched_connect(
    self: smtplib.SMTP,
    *args: Any,  # noqa: ANN401 - passed on
    **options: Any,  # noqa: ANN401 - passed on
) -> tuple[int, bytes]:
    """Connect to a mail server, and note that somebody is asked."""
    exchange = _EXCHANGE.get()
    if exchange is not None:
        exchange.requests += 1
    return _connect(self, *args, **options)


def _watched_reply(self: smtplib.SMTP) -> tuple[int, bytes]:
    """Take a mail server's reply, and note a refusal's code without its text."""
    exchange = _EXCHANGE.get()
    if exchange is None:
        return _get_reply(self)
    code, text = _get_reply(self)
    if code == GO_AHEAD:
        exchange.may_have_arrived, exchange.mail_refusal = True, None
    elif code >= FIRST_REFUSAL:
        detail = ENHANCED_CODE.match(text)
        exchange.mail_refusal = f"{code} {detail[0].decode()}" if detail else f"{code}"
    return code, text


HTTPAdapter.send = _watched_send  # type: ignore[method-assign]
HTTPConnection.endheaders = _watched_end_headers  # type: ignore[method-assign]
requests.sessions.get_netrc_auth = _without_netrc  # type: ignore[attr-defined]
smtplib.SMTP.connect = _watched_connect  # type: ignore[method-assign]
smtplib.SMTP.getreply = _watched_reply  # type: ignore[method-assign]
