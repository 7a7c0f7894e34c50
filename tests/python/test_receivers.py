"""Receivers that behave badly: what becomes of the message, and of the others."""

import json
import os
import subprocess
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from apprise.plugins.custom_json import NotifyJSON
from click.testing import Result
from conftest import SCRIPTS, an_exception, build_warehouse
from offpath.delivery import channels as channels_module
from offpath.delivery import courier as courier_module
from offpath.delivery.channel_file import load_channels
from offpath.delivery.courier import Courier, Sending, back_off
from offpath.ledger.ledger import Ledger
from offpath.routing.messages import Message
from receivers import (
    Behaviour,
    Receiver,
    after,
    answer,
    close,
    close_within_the_body,
    drip_body,
    drip_head,
    hang,
    in_turn,
    mail_server,
    receiver,
    reset,
)
from routed import ROUTE, ledger

Offpath = Callable[..., Result]

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
MEGABYTE = 1_000_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a delivery take a second and a channel three."""
    monkeypatch.setattr(courier_module, "DELIVERY_SECONDS", 1.0)
    monkeypatch.setattr(courier_module, "CHANNEL_SECONDS", 3.0)


def write(home: Path, text: str) -> None:
    (home / "channels.yml").write_text(text)


def entry(kind: str, server: Receiver, role: str = "inventory") -> str:
    """Return a channels file with the server as its one channel."""
    if kind == "webhook":
        return (
            f"webhooks:\n  - {{url: 'http://127.0.0.1:{server.port}/', tag: {role}}}\n"
        )
    return f"urls:\n  - 'json://127.0.0.1:{server.port}/':\n      - tag: {role}\n"


def a_message(name: str, role: str = "inventory", **changes: object) -> Message:
    values: dict[str, object] = {
        "message_id": name.ljust(32, "0"),
        "owner_role": role,
        "kind": "opened",
        "title": f"New: {name}",
        "body": "what, since when, and what to do",
        "priority": 1,
        "decided_at": NOW,
        "intents": (),
    }
    return Message(**(values | changes))  # type: ignore[arg-type]


def run(home: Path, *messages: Message, at: datetime = NOW) -> list[Sending]:
    """Plan the messages, deliver all that waits, and return what a run reports."""
    channels = load_channels(home / "channels.yml", home / "outbox.jsonl")
    with Ledger.writing(home / "ledger.sqlite") as book, book.lease() as lease:
        courier = Courier(book, channels, lease, lambda: at)
        book.post.write(
            (each, list(channels.of(each.owner_role, each.kind))) for each in messages
        )
        courier.deliver(book.post.deliveries("pending", "failed", "refused"))
        return list(courier.sendings.values())


KINDS = ("webhook", "apprise")


class Row(NamedTuple):
    """How a receiver behaves, and what becomes of its message.

    Its state afterwards, whether it may have arrived, how often the receiver was asked
    after one run and after two, and what is said of it.
    """

    behave: Behaviour
    state: str
    may_have_arrived: int
    asked: tuple[int, int]
    said: str = "no answer"


IN_TEN_MINUTES = "Retry-After: 600"
TABLE = {
    "200": Row(answer(200), "sent", 0, (1, 1), ""),
    "202": Row(answer(202), "sent", 0, (1, 1), ""),
    "301": Row(answer(301, "Location: /"), "failed", 0, (1, 2), "answered 301"),
    "400": Row(answer(400), "refused", 0, (1, 1), "answered 400"),
    "401": Row(answer(401), "refused", 0, (1, 1), "answered 401"),
    "408": Row(answer(408), "failed", 0, (1, 2), "answered 408"),
    "410": Row(answer(410), "refused", 0, (1, 1), "answered 410"),
    "413": Row(answer(413), "refused", 0, (2, 2), "answered 413"),
    "425": Row(answer(425), "failed", 0, (1, 2), "answered 425"),
    "429": Row(answer(429, IN_TEN_MINUTES), "failed", 0, (1, 1), "answered 429"),
    "500": Row(answer(500), "failed", 0, (1, 2), "answered 500"),
    "503": Row(answer(503, IN_TEN_MINUTES), "failed", 0, (1, 1), "answered 503"),
    "hang": Row(hang, "failed", 1, (1, 2)),
    "drip": Row(drip_head, "failed", 1, (1, 2)),
    "reset": Row(reset, "failed", 1, (1, 2)),
    "close": Row(close, "failed", 1, (1, 2)),
    "close within the body": Row(close_within_the_body, "sent", 0, (1, 1), ""),
}
UNTAKEN = [case for case, row in TABLE.items() if row.state != "sent"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", TABLE)
def test_a_message_is_what_its_receiver_made_of_it(
    home: Path, hurried: None, kind: str, case: str
) -> None:
    row = TABLE[case]
    with receiver(row.behave) as server:
        write(home, entry(kind, server))
        (sending,) = run(home, a_message("one"))
        assert sending.state == row.state
        assert ledger(home, "select state, may_have_arrived from messages") == [
            (row.state, row.may_have_arrived)
        ]
        first = len(server.requests)
        run(home, at=NOW + timedelta(seconds=1))
        assert (first, len(server.requests)) == row.asked


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", UNTAKEN)
def test_what_went_wrong_is_told_and_another_channel_has_its_message(
    home: Path, offpath: Offpath, hurried: None, kind: str, case: str
) -> None:
    row = TABLE[case]
    build_warehouse(home, [an_exception(1), an_exception(2, owner_role="billing")])
    with receiver(row.behave) as server, receiver(answer(200)) as well:
        both = entry(kind, server) + entry(kind, well, "billing").partition("\n")[2]
        write(home, both)
        assert offpath(*ROUTE).exit_code == 1
        assert len(well.requests) == 1
    (letter,) = json.loads(offpath("letters", "list", "--json").stdout)["letters"]
    assert (letter["owner_role"], letter["state"]) == ("inventory", row.state)
    assert letter["error"].startswith(row.said)
    is_resting = row.asked == (1, 1) and row.state == "failed"
    again = "2026-04-01T12:10:00Z" if is_resting else None
    assert letter["next_try_at"] == again
    (line,) = offpath("letters", "list").stdout.splitlines()
    assert ("not before 2026-04-01 12:10Z" in line) == is_resting
    status = offpath("status", "--as-of", "build").stdout
    assert f"Messages: 1 {row.state}, 1 sent\n" in status
    if row.state == "failed":
        assert line.partition("  ")[2] in status
    else:
        assert "offpath letters list shows what was refused and why" in status


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_that_drips_is_not_waited_for(
    home: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("offpath.delivery.wire.BODY_SECONDS", 0.5)
    monkeypatch.setattr(courier_module, "DELIVERY_SECONDS", 10.0)
    with receiver(drip_body) as server:
        write(home, entry(kind, server))
        (sending,) = run(home, a_message("one"))
    assert sending.state == "sent", "the status has said so"


@pytest.mark.parametrize("kind", KINDS)
def test_no_redirect_is_followed(home: Path, kind: str) -> None:
    with (
        receiver(answer(200)) as elsewhere,
        receiver(
            answer(307, f"Location: http://127.0.0.1:{elsewhere.port}/")
        ) as server,
    ):
        write(home, entry(kind, server))
        (sending,) = run(home, a_message("one"))
        assert (sending.state, sending.error) == ("failed", "answered 307")
        assert not elsewhere.requests


def bomb() -> bytes:
    """Return a few bytes that unpack to more than a gigabyte."""
    packer = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    part = bytes(100 * MEGABYTE)
    return b"".join([*(packer.compress(part) for _ in range(11)), packer.flush()])


@pytest.fixture(scope="module")
def vast() -> list[tuple[list[str], bytes]]:
    """Return bodies of a hundred megabytes and more, with headers that they need."""
    return [([], bytes(100 * MEGABYTE)), (["Content-Encoding: gzip"], bomb())]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [200, 301, 500])
def test_a_body_of_any_size_takes_little(
    home: Path, vast: list[tuple[list[str], bytes]], kind: str, status: int
) -> None:
    for number, (headers, body) in enumerate(vast):
        with receiver(answer(status, "Location: /", *headers, body=body)) as server:
            write(home, entry(kind, server))
            tracemalloc.start()
            (sending,) = run(home, a_message(f"message{number}"))[-1:]
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert sending.state == ("sent" if status == 200 else "failed")
        assert peak < 8 * MEGABYTE


def test_a_process_stays_small_whatever_it_is_answered(
    home: Path, vast: list[tuple[list[str], bytes]]
) -> None:
    script = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_receivers import a_message, run
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print([each.state for each in run(Path(sys.argv[1]), a_message("one"))])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / before)
"""
    with ExitStack() as stack:
        text = ""
        for kind in KINDS:
            servers = [
                stack.enter_context(receiver(answer(200, *headers, body=body)))
                for headers, body in vast
            ]
            first, second = (entry(kind, server) for server in servers)
            text += first + second.partition("\n")[2]
        write(home, text)
        done = subprocess.run(
            [sys.executable, "-c", script, str(home), str(Path(__file__).parent)],
            env=os.environ | {"PYTHONPATH": f"{SCRIPTS}{os.pathsep}{SCRIPTS.parent}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    states, growth = done.stdout.splitlines()
    assert states == str(["sent"] * 4)
    assert float(growth) < 1.5


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_reached_has_not_arrived(home: Path, kind: str) -> None:
    with receiver(hang) as server:
        pass
    write(home, entry(kind, server))
    messages = [a_message("one"), a_message("two"), a_message("three")]
    sendings = run(home, *messages)
    errors = [each.error or "" for each in sendings]
    assert errors[0].startswith("no answer")
    assert errors[1:] == ["not tried: it gave no answer in this run"] * 2
    assert ledger(home, "select sum(may_have_arrived) from messages") == [(0,)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("behave", [answer(200), close, reset, hang])
def test_what_was_to_go_by_tls_has_not_left_before_that_is_agreed_on(
    home: Path, monkeypatch: pytest.MonkeyPatch, kind: str, behave: Behaviour
) -> None:
    monkeypatch.setattr(channels_module, "TIMEOUTS", (0.5, 15))
    with receiver(behave, speaks_first=True) as server:
        text = entry(kind, server).replace("http:", "https:")
        text = text.replace("json:", "jsons:").replace("/'", "/?cto=0.5'")
        write(home, text)
        (sending,) = run(home, a_message("one"))
    assert sending.state == "failed"
    assert (sending.error or "").startswith("no answer")
    assert ledger(home, "select may_have_arrived from messages") == [(0,)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_handshake_that_is_given_up_has_let_nothing_leave(
    home: Path, hurried: None, kind: str
) -> None:
    with receiver(hang, speaks_first=True) as server:
        text = entry(kind, server).replace("http:", "https:")
        write(home, text.replace("json:", "jsons:"))
        (sending, later) = run(home, a_message("one"), a_message("two"))
    assert sending.error == "no answer in 1 s"
    assert later.error == "not tried: it gave no answer in this run"
    assert ledger(home, "select max(may_have_arrived) from messages") == [(0,)]


@pytest.mark.parametrize("behave", [answer(407), answer(502), close])
def test_what_a_proxy_gives_no_way_to_has_not_left(
    home: Path, monkeypatch: pytest.MonkeyPatch, behave: Behaviour
) -> None:
    with receiver(behave) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        write(home, "webhooks:\n  - {url: 'https://a.example/', tag: inventory}\n")
        (sending,) = run(home, a_message("one"))
        assert proxy.requests[0].startswith(b"CONNECT a.example:443 ")
    assert sending.state == "failed"
    assert ledger(home, "select may_have_arrived from messages") == [(0,)]


def mail(server: Receiver, options: str) -> str:
    """Return a channels file with mail by the server; the options as YAML."""
    url = f"mailto://127.0.0.1:{server.port}?from=offpath@example.com&mode=insecure"
    return f"urls:\n  - '{url}':\n      - {options}\n        tag: inventory\n"


def test_of_two_recipients_of_a_mail_each_has_an_outcome(home: Path) -> None:
    taken: list[str] = []
    refusals = {"b@example.com": "550 5.1.1 b@example.com is not here"}
    with receiver(mail_server(refusals, taken), speaks_first=True) as server:
        write(home, mail(server, "to: a@example.com, b@example.com"))
        sendings = run(home, a_message("one"))
        assert sorted((each.state, each.error) for each in sendings) == [
            ("refused", "the mail server refused it with 550 5.1.1"),
            ("sent", None),
        ]
        run(home, at=NOW + timedelta(days=1))
    assert taken == ["a@example.com"]


def test_who_gets_a_copy_is_a_recipient_too(home: Path) -> None:
    taken: list[str] = []
    refusals = {"c@example.com": "450 4.2.1 later, c@example.com"}
    with receiver(mail_server(refusals, taken), speaks_first=True) as server:
        write(home, mail(server, "to: a@example.com\n        cc: c@example.com"))
        sendings = run(home, a_message("one"))
        refusals.clear()
        run(home, at=NOW + timedelta(days=1))
    assert sorted((each.state, each.error or "") for each in sendings) == [
        ("failed", "the mail server refused it with 450 4.2.1"),
        ("sent", ""),
    ]
    assert sorted(taken) == ["a@example.com", "c@example.com"]


# What a mail server says or does, the state of the mail, whether it may have arrived,
# what is said of it, and whether the next run tries it again.
MAIL = {
    "busy": ({"greeting": "421 4.3.2 not now"}, "failed", 0, "421 4.3.2", True),
    "no service": ({"greeting": "554 no mail here"}, "refused", 0, "554", False),
    "not now": ({"verdict": "451 4.3.0 later"}, "failed", 0, "451 4.3.0", True),
    "never": ({"verdict": "554 5.7.1 no"}, "refused", 0, "554 5.7.1", False),
    "drops it": ({"verdict": close}, "failed", 1, "no answer", True),
    "is reset": ({"verdict": reset}, "failed", 1, "no answer", True),
    "is silent": ({"verdict": hang}, "failed", 1, "no answer in 1 s", True),
}


@pytest.mark.parametrize("case", MAIL)
def test_a_mail_is_what_its_server_made_of_it(
    home: Path, hurried: None, case: str
) -> None:
    manners, state, may_have_arrived, said, is_tried_again = MAIL[case]
    taken: list[str] = []
    behave = in_turn(mail_server({}, taken, **manners), mail_server({}, taken))
    with (
        receiver(answer(200)) as well,
        receiver(behave, speaks_first=True) as server,
    ):
        text = mail(server, "to: a@example.com")
        write(home, text + entry("apprise", well, "billing").partition("\n")[2])
        sending, _ = run(home, a_message("one"), a_message("other", "billing"))
        assert len(well.requests) == 1
        assert sending.state == state
        assert said in (sending.error or "")
        assert ledger(
            home, "select state, may_have_arrived from messages order by message_number"
        ) == [(state, may_have_arrived), ("sent", 0)]
        assert taken == []
        run(home, at=NOW + timedelta(seconds=1))
    assert taken == (["a@example.com"] if is_tried_again else [])


def test_a_mail_server_that_hangs_up_at_once_has_got_nothing(home: Path) -> None:
    with receiver(close, speaks_first=True) as server:
        write(home, mail(server, "to: a@example.com"))
        (sending,) = run(home, a_message("one"))
    assert (sending.state, sending.error) == ("failed", "no answer")
    assert ledger(home, "select may_have_arrived from messages") == [(0,)]


def test_a_silent_mail_server_is_waited_for_once(home: Path, hurried: None) -> None:
    with receiver(hang, speaks_first=True) as server:
        write(home, mail(server, "to: a@example.com"))
        messages = [a_message("one"), a_message("two"), a_message("three")]
        errors = [each.error for each in run(home, *messages)]
    assert errors == [
        "no answer in 1 s",
        *["not tried: it gave no answer in this run"] * 2,
    ]
    assert ledger(home, "select sum(may_have_arrived) from messages") == [(0,)]


def test_a_service_that_sends_nothing_has_not_delivered(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NotifyJSON, "send", lambda *_, **__: True)
    with receiver(answer(200)) as server:
        write(home, entry("apprise", server))
        (sending,) = run(home, a_message("one"))
    assert sending.state == "refused"
    assert "sent no request" in (sending.error or "")


def test_a_failure_is_one_though_the_entry_calls_it_optional(home: Path) -> None:
    with receiver(answer(500)) as server:
        text = entry("apprise", server).replace(
            f"{server.port}/", f"{server.port}/?optional=yes"
        )
        write(home, text)
        (sending,) = run(home, a_message("one"))
    assert (sending.state, sending.error) == ("failed", "answered 500")


@pytest.mark.parametrize("kind", KINDS)
def test_a_poisonous_message_lets_the_others_pass(
    home: Path, hurried: None, kind: str
) -> None:
    told: list[bytes] = []

    def poisoned(connection: object) -> None:
        request = server.requests[-1]
        (reset if b"poison" in request else answer(200))(connection)  # type: ignore[arg-type]
        if b"poison" not in request:
            told.append(request)

    with receiver(poisoned) as server:
        write(home, entry(kind, server))
        others = [a_message(f"other{number}", priority=2) for number in range(3)]
        run(home, a_message("poison"), *others)
        assert len(told) == len(others)
        run(home, a_message("late", priority=3))
        assert len(told) == len(others) + 1
    assert [b"poison" in each for each in server.requests] == [
        *[True, False, False, False],
        *[False, True],
    ], "it goes last from then on"


def test_two_messages_without_an_answer_close_the_channel(
    home: Path, hurried: None
) -> None:
    with receiver(hang) as server:
        write(home, entry("webhook", server))
        begun = time.monotonic()
        sendings = run(home, *(a_message(f"message{number}") for number in range(9)))
        assert time.monotonic() - begun < 10
        assert len(server.requests) == 2
    assert [each.state for each in sendings] == ["failed"] * 9


def test_healthy_channels_have_everything_while_others_are_silent_or_slow(
    home: Path, hurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "WORKERS", 4)
    told: list[float] = []
    begun = 0.0

    def healthy(connection: object) -> None:
        answer(200)(connection)  # type: ignore[arg-type]
        told.append(time.monotonic() - begun)

    behaviours = [hang] * 3 + [after(0.7, answer(200))] * 3 + [healthy] * 3
    with ExitStack() as stack:
        lines, messages = ["webhooks:"], []
        servers: list[Receiver] = []
        for number, behave in enumerate(behaviours):
            server = stack.enter_context(receiver(behave))
            servers.append(server)
            role = f"role{number}"
            lines.append(f"  - {{url: 'http://127.0.0.1:{server.port}', tag: {role}}}")
            messages += [a_message(f"{role}a{each}", role) for each in range(10)]
        write(home, "\n".join([*lines, ""]))
        begun = time.monotonic()
        run(home, *messages)
        seconds = time.monotonic() - begun
    assert len(told) == 3 * 10
    assert all(len(server.requests) <= 6 for server in servers[3:6]), "3 s by 0.7 s"
    assert max(told) < 4
    assert seconds < 12


def test_a_process_ends_though_a_receiver_never_does(home: Path) -> None:
    script = """
import sys
from pathlib import Path
from offpath.delivery import courier
courier.DELIVERY_SECONDS = 0.5
sys.path.insert(0, sys.argv[2])
from test_receivers import a_message, run
print([each.error for each in run(Path(sys.argv[1]), a_message("one"))])
"""
    with receiver(hang) as server:
        write(home, entry("webhook", server))
        done = subprocess.run(
            [sys.executable, "-c", script, str(home), str(Path(__file__).parent)],
            env=os.environ | {"PYTHONPATH": f"{SCRIPTS}{os.pathsep}{SCRIPTS.parent}"},
            capture_output=True,
            text=True,
            # Less than its own time-out for an answer.
            timeout=13,
            check=True,
        )
    assert done.stdout == "['no answer in 0 s']\n"


def test_a_channel_that_asks_for_rest_gets_it_from_every_message(home: Path) -> None:
    with receiver(answer(429, "Retry-After: 3600")) as server:
        write(home, entry("webhook", server))
        sendings = run(home, a_message("one"), a_message("two"))
        assert [each.error for each in sendings] == [
            "answered 429",
            "not tried: it asked for rest until 2026-04-01 13:00Z",
        ]
        run(home, a_message("three"), at=NOW + timedelta(minutes=59))
        assert len(server.requests) == 1
        run(home, at=NOW + timedelta(minutes=61))
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("60", "2026-04-01T12:01:00Z"),
        ("9" * 30, "2026-04-02T12:00:00Z"),
        ("Fri, 31 Dec 9999 23:59:59 GMT", "2026-04-02T12:00:00Z"),
        ("Wed, 01 Jan 2020 00:00:00 GMT", "2026-04-01T12:00:00Z"),
        ("soon", None),
        ("-1", None),
    ],
)
def test_a_rest_is_seconds_or_a_date_and_a_day_at_most(
    home: Path, text: str, until: str | None
) -> None:
    with receiver(answer(429, f"Retry-After: {text}")) as server:
        write(home, entry("webhook", server))
        run(home, a_message("one"))
    assert ledger(home, "select max(rests_until) from rests") == [(until,)]


def test_waits_grow_to_six_hours_and_differ_between_messages() -> None:
    waits = [back_off("a", attempts) for attempts in range(1, 30)]
    assert waits[:2] == [timedelta(0), timedelta(0)]
    assert timedelta(seconds=48) <= waits[2] <= timedelta(seconds=72)
    assert timedelta(hours=4.8) <= waits[-1] <= timedelta(hours=7.2)
    assert back_off("a", 5) == back_off("a", 5) != back_off("b", 5)


def test_a_message_that_failed_often_waits(home: Path) -> None:
    with receiver(answer(500)) as server:
        write(home, entry("webhook", server))
        run(home, a_message("one"))
        for _ in range(3):
            (sending,) = run(home)
        assert len(server.requests) == 3
        assert (sending.error or "").startswith(
            "not tried: waits until 2026-04-01 12:0"
        )
        assert (sending.error or "").endswith(", answered 500")
        run(home, at=NOW + timedelta(minutes=3))
        assert len(server.requests) == 4


def test_what_may_have_arrived_is_marked_where_ids_do_not_settle_it(
    home: Path, hurried: None
) -> None:
    with receiver(close) as server:
        write(home, entry("apprise", server))
        run(home, a_message("one"))
        run(home)
        titles = [
            json.loads(each.partition(b"\r\n\r\n")[2])["title"]
            for each in server.requests
        ]
    assert titles == ["New: one", "[possible duplicate] New: one"]
