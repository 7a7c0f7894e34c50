"""A receiver on this machine that can kill who sends to it."""

from __future__ import annotations

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Self

MARK = "[possible duplicate]"


class Taken(NamedTuple):
    """A message that arrived, by whatever it is known."""

    path: str
    message_id: str
    is_marked: bool

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.path, self.message_id


class Receiver:
    """Takes every message; use it as a context manager."""

    def __init__(self) -> None:
        """Listen at a free port of the loopback."""
        self._lock = threading.Lock()
        self._taken: list[Taken] = []
        self._victim: subprocess.Popen[bytes] | None = None
        self._after = 0
        self._is_before_answer = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def taken(self) -> list[Taken]:
        """Return what arrived since it forgot."""
        with self._lock:
            return list(self._taken)

    def forget(self) -> None:
        """Forget what arrived, and kill nobody."""
        with self._lock:
            self._taken.clear()
            self._victim = None

    def spare(self) -> None:
        """Kill nobody any more."""
        with self._lock:
            self._victim = None

    def kill(
        self, victim: subprocess.Popen[bytes], after: int, *, is_before_answer: bool
    ) -> None:
        """Kill the process at its message of that number, unless it ends before."""
        with self._lock:
            self._victim, self._after = victim, after
            self._is_before_answer = is_before_answer

    def _take(self, path: str, body: bytes) -> subprocess.Popen[bytes] | None:
        """Note a message; return whom it is the end of."""
        content = json.loads(body)
        title = str(content["title"])
        is_marked = title.startswith(MARK)
        with self._lock:
            message_id = content.get("id") or title.removeprefix(MARK).strip()
            self._taken.append(Taken(path, str(message_id), is_marked))
            return self._victim if len(self._taken) >= self._after else None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        """Return what handles a request to this receiver."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                victim = receiver._take(self.path, body)
                if victim and receiver._is_before_answer:
                    victim.kill()
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                if victim and not receiver._is_before_answer:
                    self.wfile.flush()
                    victim.kill()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
