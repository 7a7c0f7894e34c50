"""What a run of the router left behind: at receivers, in the ledger, in the outbox."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

AGAIN = ("route", "--as-of", "build")
# A test begins in a home of which nobody was ever told anything.
ROUTE = (*AGAIN, "--begin-anew")
LATER = ("route", "--as-of", "2026-04-01T16:00:00Z")
ROLES = ("billing", "fulfilment", "inventory", "operations_lead")


def serve(home: Path, server: HTTPServer, *roles: str) -> None:
    """Send the roles' messages to the server as webhooks."""
    home.mkdir(parents=True, exist_ok=True)
    url = server.url_for("/hook")
    lines = [f"  - {{url: '{url}', tag: '{', '.join(roles)}'}}"]
    path = home / "channels.yml"
    path.write_text("\n".join(["webhooks:", *lines, ""]))
    path.chmod(0o600)


def serve_all(home: Path, server: HTTPServer) -> None:
    """Send the messages of every role of these tests to a server that takes them."""
    serve(home, server, *ROLES)
    server.expect_request("/hook").respond_with_data(status=200)


def refuse_once(server: HTTPServer, path: str, status: int = 503) -> None:
    """Answer the first message to the path with a refusal, all others with 200."""
    server.expect_oneshot_request(path).respond_with_data(status=status)
    server.expect_request(path).respond_with_data(status=200)


def received(server: HTTPServer) -> list[dict[str, Any]]:
    return [request.get_json() for request, _ in server.log]


def ledger(home: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        return connection.execute(query).fetchall()


def outbox(home: Path) -> list[dict[str, Any]]:
    path = home / "outbox.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]
