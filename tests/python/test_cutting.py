"""Messages that are too long for their receiver: cut, and they say so."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import an_exception, build_warehouse
from hypothesis import given
from hypothesis import strategies as st
from offpath.delivery.cutting import fit_body, fit_payload
from offpath.routing.messages import DIGEST_LINES
from pytest_httpserver import HTTPServer
from routed import ROUTE, ledger, received
from test_letters import Offpath
from werkzeug import Request, Response

SHORTEST = 40


def a_payload(count: int, length: int = 80) -> dict[str, Any]:
    """Return a message of so many exceptions, its lines of a length."""
    listed = [f"line {number} ".ljust(length, "x") for number in range(count)]
    more = [f"and {count - DIGEST_LINES} more, less urgent"]
    body = listed[:DIGEST_LINES] + (more if count > DIGEST_LINES else [])
    exceptions = [{"exception_id": f"{number:032}"} for number in range(count)]
    return {
        "id": "m",
        "title": "Digest",
        "body": "\n".join([*body, "Playbook: here", "Answer each: offpath ack"]),
        "exceptions": exceptions,
    }


@given(st.integers(1, 100), st.integers(10, 200), st.integers(SHORTEST, 10_000))
def test_a_body_fits_and_says_how_many_it_stands_for(
    count: int, length: int, limit: int
) -> None:
    payload = a_payload(count, length)
    text = fit_body(payload, limit)
    assert len(text) <= limit
    if text == payload["body"]:
        return
    assert "offpath " in text
    lines = text.split("\n")
    listed = [line for line in lines if line.startswith("line ")]
    assert listed == payload["body"].split("\n")[: len(listed)]
    if count > 1 and listed:
        assert f"and {count - len(listed)} more, less urgent: offpath status" in lines


def test_what_is_about_no_exception_keeps_its_first_lines() -> None:
    lines = ["They were open before.", *(f"{number} of a rule" for number in range(99))]
    notice = {"id": "m", "title": "Known", "body": "\n".join(lines), "exceptions": []}
    text = fit_body(notice, 200)
    assert len(text) <= 200
    *kept, last = text.split("\n")
    assert kept == lines[: len(kept)]
    assert len(kept) > 5
    assert last == f"and {len(lines) - len(kept)} more lines"


def test_what_to_do_stays_with_the_most_urgent() -> None:
    text = fit_body(a_payload(60), 2000)
    assert text.endswith("\nPlaybook: here\nAnswer each: offpath ack")
    assert text.count("line ") == 23


@given(st.integers(1, 3000), st.integers(1000, 300_000))
def test_a_payload_fits_and_says_how_many_it_stands_for(count: int, limit: int) -> None:
    text = fit_payload(a_payload(count), limit)
    assert len(text) <= limit
    message = json.loads(text)
    assert message["exception_count"] == count
    assert message["is_cut"] or len(message["exceptions"]) == count
    assert (
        message["exceptions"]
        == a_payload(count)["exceptions"][: len(message["exceptions"])]
    )


def flood(home: Path, count: int) -> None:
    rows = [
        an_exception(number, route_class="page", subject_id=f"O-<{number}>-{'x' * 40}")
        for number in range(count)
    ]
    build_warehouse(home, rows)


@pytest.mark.parametrize(
    ("entry", "patched", "limit"),
    [
        (
            "discord://123456789012345678/abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789",
            "discord.NotifyDiscord.notify_url",
            2000,
        ),
        (
            "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops",
            "slack.NotifySlack.webhook_url",
            3000,
        ),
        (
            "tgram://123456789:abcdefg_hijklmnop/12315544",
            "telegram.NotifyTelegram.notify_url",
            4096,
        ),
    ],
)
def test_a_flood_reaches_a_small_chat(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    entry: str,
    patched: str,
    limit: int,
) -> None:
    monkeypatch.setattr(f"apprise.plugins.{patched}", httpserver.url_for("/bot"))
    texts: list[str] = []

    def take(request: Request) -> Response:
        """Refuse what is longer than the chat takes."""
        message = json.dumps(request.get_json())
        texts.append(message)
        longest = max(map(len, strings(request.get_json())))
        return Response("ok", status=200 if longest <= limit else 400)

    httpserver.expect_request(re.compile("^/bot")).respond_with_handler(take)
    flood(home, 60)
    (home / "channels.yml").write_text(
        f"urls:\n  - '{entry}':\n      - tag: inventory\n"
    )
    result = offpath(*ROUTE)
    assert result.exit_code == 0, result.stdout
    (text,) = texts
    assert "more, less urgent: offpath status" in text.replace("\\", "")
    assert "60 cases" in text


def strings(value: object) -> list[str]:
    """Return all texts in a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return (
        [text for item in value for text in strings(item)]
        if isinstance(value, list)
        else [""]
    )


def test_a_webhook_gets_the_most_urgent_of_a_flood(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    rows = [
        an_exception(
            number, route_class="page", evidence=json.dumps({"x": "y" * 30_000})
        )
        for number in range(30)
    ]
    build_warehouse(home, rows)
    url = httpserver.url_for("/hook")
    (home / "channels.yml").write_text(
        f"webhooks: [{{url: '{url}', tag: inventory}}]\n"
    )
    httpserver.expect_request("/hook").respond_with_data("ok")
    assert offpath(*ROUTE).exit_code == 0
    (message,) = received(httpserver)
    assert message["exception_count"] == 30
    assert message["is_cut"]
    assert 3 <= len(message["exceptions"]) < 10
    assert len(httpserver.log[0][0].get_data()) <= 256_000


def test_what_is_too_large_is_cut_once_more(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    def take(request: Request) -> Response:
        return Response(status=413 if len(request.get_data()) > 30_000 else 200)

    build_warehouse(home, [an_exception(number) for number in range(60)])
    url = httpserver.url_for("/hook")
    (home / "channels.yml").write_text(
        f"webhooks: [{{url: '{url}', tag: inventory}}]\n"
    )
    httpserver.expect_request("/hook").respond_with_handler(take)
    assert offpath(*ROUTE).exit_code == 0
    assert [response.status_code for _, response in httpserver.log] == [413, 200]
    assert ledger(home, "select state, attempts from messages") == [("sent", 1)]
