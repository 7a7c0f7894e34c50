"""Receivers on loopback that behave as badly as one asks, by HTTP and by SMTP."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Behaviour = Callable[[socket.socket], None]


class Receiver:
    """A server that reads requests whole, keeps them, and then behaves."""

    def __init__(self, behave: Behaviour, *, speaks_first: bool = False) -> None:
        self._behave = behave
        self._speaks_first = speaks_first
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._socket.getsockname()[1]
        self.requests: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        # Closing alone leaves the thread that waits in accept.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(
                    target=self._serve, args=[connection], daemon=True
                ).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            if not self._speaks_first:
                self.requests.append(_request(connection))
            self._behave(connection)


@contextmanager
def receiver(behave: Behaviour, *, speaks_first: bool = False) -> Iterator[Receiver]:
    server = Receiver(behave, speaks_first=speaks_first)
    try:
        yield server
    finally:
        server.close()


def _request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        part = connection.recv(65536)
        if not part:
            return request
        request += part
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    while len(body) < sum(lengths):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(status: int, *headers: str, body: bytes = b"ok") -> Behaviour:
    def behave(connection: socket.socket) -> None:
        lines = [
            f"HTTP/1.1 {status} Whatever",
            f"Content-Length: {len(body)}",
            "Connection: close",
            *headers,
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        connection.sendall(body)

    return behave


def after(seconds: float, behave: Behaviour) -> Behaviour:
    def wait(connection: socket.socket) -> None:
        time.sleep(seconds)
        behave(connection)

    return wait


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Behave to each connection by the next of these."""
    turns = iter(behaviours)

    def behave(connection: socket.socket) -> None:
        next(turns)(connection)

    return behave


def hang(connection: socket.socket) -> None:
    connection.settimeout(120)
    while connection.recv(65536):
        pass


def drip_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while True:
        time.sleep(0.2)
        connection.sendall(b"x")


def drip_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        time.sleep(0.2)
        connection.sendall(b"x")


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def close_within_the_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")


def mail_server(
    refusals: dict[str, str],
    taken: list[str],
    *,
    greeting: str = "220 stub",
    verdict: str | Behaviour = "250 fine",
) -> Behaviour:
    """Speak SMTP; refuse recipients as told, and note who got a mail.

    ``verdict`` is what is said, or done, once the text of a mail is there.
    """

    def behave(connection: socket.socket) -> None:
        file = connection.makefile("rwb")

        def reply(line: str) -> None:
            file.write(line.encode() + b"\r\n")
            file.flush()

        reply(greeting)
        recipients: list[str] = []
        while line := file.readline().decode().strip():
            command = line.partition(" ")[0].upper()
            if command == "RCPT":
                address = line.partition("<")[2].partition(">")[0]
                if address in refusals:
                    reply(refusals[address])
                    continue
                recipients.append(address)
            if command == "DATA":
                reply("354 go ahead")
                while file.readline().strip() != b".":
                    pass
                if not isinstance(verdict, str):
                    verdict(connection)
                    return
                if verdict.startswith("250"):
                    taken.extend(recipients)
                recipients = []
                reply(verdict)
                continue
            reply("221 bye" if command == "QUIT" else "250 fine")

    return behave
