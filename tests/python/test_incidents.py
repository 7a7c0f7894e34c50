"""Incident services: one incident an exception and spell, from opened to resolved."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import Result
from conftest import a_journey, a_role, an_escalation, an_exception, build_warehouse
from incident_receivers import (
    KEY,
    PASSWORD,
    USER,
    Jira,
    JiraServiceManagement,
    JiraWithoutPriorities,
    Opsgenie,
    PagerDuty,
    Service,
    ServiceNow,
    demand,
    of_apprise,
)
from offpath.delivery.channel_file import load_channels
from offpath.delivery.channels import DeliveryError, RefusedError
from offpath.delivery.incidents import MOST_OPENED
from pytest_httpserver import HTTPServer
from requests.adapters import HTTPAdapter
from routed import AGAIN, LATER, ROUTE, ledger, outbox

Offpath = Callable[..., Result]
Start = Callable[..., subprocess.Popen[str]]

CREDENTIALS = {
    "pagerduty": "routing_key: '${SERVICE_KEY}'",
    "opsgenie": "api_key: '${SERVICE_KEY}'",
    "jira_service_management": "api_key: '${SERVICE_KEY}'",
    "jira": "email: '${SERVICE_USER}', api_token: '${SERVICE_PASSWORD}', project: OPS",
    "servicenow": "user: '${SERVICE_USER}', password: '${SERVICE_PASSWORD}'",
}
NATIVE: dict[str, tuple[str, type[Service]]] = {
    "pagerduty": ("pagerduty", PagerDuty),
    "opsgenie": ("opsgenie", Opsgenie),
    "jira_service_management": ("jira_service_management", JiraServiceManagement),
    "jira": ("jira", Jira),
    "jira_without_priorities": ("jira", JiraWithoutPriorities),
    "servicenow": ("servicenow", ServiceNow),
}
APPRISE = sorted(of_apprise())
# Of these an acknowledgement changes the state, and is no comment only.
WITH_ACKNOWLEDGEMENT = {
    *("pagerduty", "opsgenie", "jira_service_management", "servicenow"),
    *("splunk", "pagertree", "signl4", "ilert"),
}
PAGE = {"route_class": "page", "severity": "critical", "route_reason": "it is critical"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("KEY", KEY), ("USER", USER), ("PASSWORD", PASSWORD)):
        monkeypatch.setenv(f"SERVICE_{name}", value)


def channels(home: Path, text: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "channels.yml").write_text(text, encoding="utf-8")
    (home / "channels.yml").chmod(0o600)


def entry(name: str, server: HTTPServer, role: str = "inventory") -> str:
    service, receiver = NATIVE[name]
    url = server.url_for(getattr(receiver, "prefix", ""))
    return f"  - {{service: {service}, url: '{url}', tag: {role}, {CREDENTIALS[service]}}}\n"


def serve(home: Path, server: HTTPServer, name: str, *roles: str) -> Service:
    """Let the service of that name listen, and send it the roles' incidents."""
    lines = [entry(name, server, role) for role in roles or ("inventory",)]
    channels(home, "".join(["incidents:\n", *lines]))
    return listen(server, NATIVE[name][1]())


def listen(server: HTTPServer, service: Service) -> Service:
    server.expect_request(re.compile(".*")).respond_with_handler(service)
    return service


@pytest.fixture
def redirected(monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> None:
    """Bring what is meant for a host of the world to the loopback receiver."""
    whole = HTTPAdapter.send

    def send(self: HTTPAdapter, request: Any, *arguments: Any, **options: Any) -> Any:
        parts = urlsplit(request.url)
        if parts.hostname != httpserver.host:
            request.url = httpserver.url_for(f"/{parts.hostname}{parts.path}")
            request.headers.pop("Host", None)
        return whole(self, request, *arguments, **options)

    monkeypatch.setattr(HTTPAdapter, "send", send)


def begin(name: str, home: Path, server: HTTPServer) -> Service:
    """Send the incidents of inventory to a service, which listens."""
    if name in NATIVE:
        return serve(home, server, name)
    address, service = of_apprise()[name]
    channels(home, f"urls:\n  - {address}:\n      - tag: inventory\n")
    return listen(server, service)


def acknowledge(home: Path, number: int = 1) -> None:
    """Tell the channels that take it that somebody is on an exception."""
    payload = json.loads(
        ledger(home, "select payload from messages order by rowid limit 1")[0][0]
    )
    (exception,) = (
        each
        for each in payload["exceptions"]
        if each["exception_id"] == an_exception(number)["exception_id"]
    )
    acknowledged = exception | {"kind": "acknowledged", "reason": "by ann"}
    payload |= {"kind": "acknowledged", "exceptions": [acknowledged]}
    for channel in (
        load_channels(home / "channels.yml", home / "outbox.jsonl")
        .of("inventory", "acknowledged")
        .values()
    ):
        channel.deliver(payload, is_possible_duplicate=False)


def asked(server: HTTPServer) -> int:
    """Return how many requests have arrived since the last time."""
    count = len(server.log)
    server.clear_log()
    return count


@pytest.mark.parametrize("name", [*NATIVE, *APPRISE])
def test_a_critical_page_is_one_incident_from_opened_to_resolved(
    home: Path, offpath: Offpath, httpserver: HTTPServer, redirected: None, name: str
) -> None:
    service = begin(name, home, httpserver)
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    assert asked(httpserver) >= 1
    (incident,) = service.incidents
    assert incident.urgency == service.urgent
    assert "docs/playbooks/" in incident.notes[0]

    acknowledge(home)
    is_told = name in NATIVE or name in WITH_ACKNOWLEDGEMENT
    assert asked(httpserver) >= is_told

    build_warehouse(home, [an_exception(1, **PAGE, is_open=False)])
    assert offpath(*ROUTE).exit_code == 0
    assert asked(httpserver) >= 1
    if name in WITH_ACKNOWLEDGEMENT:
        assert incident.states == ["opened", "acknowledged", "resolved"]
    else:
        assert incident.states == ["opened", "resolved"]
    assert service.incidents == [incident]
    assert service.dropped == 0
    assert ledger(home, "select distinct state from messages") == [("sent",)]


@pytest.mark.parametrize("name", [*NATIVE, *APPRISE])
def test_what_was_sent_and_not_recorded_is_sent_again_to_the_same_incident(
    home: Path, offpath: Offpath, httpserver: HTTPServer, redirected: None, name: str
) -> None:
    service = begin(name, home, httpserver)
    for is_open in (True, False):
        build_warehouse(home, [an_exception(1, **PAGE, is_open=is_open)])
        assert offpath(*ROUTE).exit_code == 0
        with sqlite3.connect(home / "ledger.sqlite") as connection:
            connection.execute(
                "update messages set state = 'sending'"
                " where rowid = (select max(rowid) from messages)"
            )
        asked(httpserver)
        assert offpath(*ROUTE).exit_code == 0
        assert asked(httpserver) >= 1
        (incident,) = service.incidents
        assert incident.is_open == is_open


@pytest.mark.parametrize("name", NATIVE)
def test_a_run_killed_between_request_and_answer_leaves_one_incident(
    home: Path, offpath: Offpath, start: Start, httpserver: HTTPServer, name: str
) -> None:
    service = begin(name, home, httpserver)
    child: list[subprocess.Popen[str]] = []

    def kill() -> None:
        os.kill(child[0].pid, signal.SIGKILL)
        child[0].wait(60)

    for is_open in (True, False):
        build_warehouse(home, [an_exception(1, **PAGE, is_open=is_open)])
        service.changed = kill
        child[:] = [start(*ROUTE)]
        child[0].communicate(timeout=120)
        assert child[0].returncode == -signal.SIGKILL
        service.changed = lambda: None
        assert offpath(*ROUTE).exit_code == 0
        (incident,) = service.incidents
        assert incident.is_open == is_open
        assert incident.urgency == service.urgent


@pytest.mark.parametrize("end", [{"is_open": False}, {"route_class": "record"}])
@pytest.mark.parametrize("name", [*NATIVE, *APPRISE])
def test_what_comes_back_after_it_was_over_is_another_incident(  # noqa: PLR0913
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    redirected: None,
    name: str,
    end: dict[str, object],
) -> None:
    service = begin(name, home, httpserver)
    for changes in ({}, end, {}):
        build_warehouse(home, [an_exception(1, **(PAGE | changes))])
        assert offpath(*ROUTE).exit_code == 0
    assert [one.is_open for one in service.incidents] == [False, True]
    assert len({one.key for one in service.incidents}) == 2


@pytest.mark.parametrize("name", NATIVE)
def test_reminders_and_escalations_are_notes_on_the_incident(
    home: Path, offpath: Offpath, httpserver: HTTPServer, name: str
) -> None:
    service = serve(home, httpserver, name, "inventory", "fulfilment")
    steps = [an_escalation(1, 1, "fulfilment", "2026-04-01 15:00:00")]
    build_warehouse(home, [an_exception(1, **PAGE)], steps)
    assert offpath(*ROUTE).exit_code == 0
    assert offpath(*LATER).exit_code == 0
    (incident,) = service.incidents
    titles = [note.partition(" ")[0] for note in incident.notes]
    assert titles == ["New", "Reminder", "Escalated"]


@pytest.mark.parametrize("name", [*NATIVE, *APPRISE])
def test_a_role_that_learns_of_it_by_an_escalation_gets_an_incident(
    home: Path, offpath: Offpath, httpserver: HTTPServer, redirected: None, name: str
) -> None:
    service = begin(name, home, httpserver)
    text = (home / "channels.yml").read_text()
    channels(home, text.replace("tag: inventory", "tag: fulfilment"))
    steps = [an_escalation(1, 1, "fulfilment", "2026-04-01 15:00:00")]
    # The owner has no channel, so that the first step goes at once.
    build_warehouse(home, [an_exception(1, **PAGE)], steps)
    assert offpath(*ROUTE).exit_code == 0
    (incident,) = service.incidents
    assert incident.urgency == service.urgent
    build_warehouse(home, [an_exception(1, **PAGE, is_open=False)], steps)
    assert offpath(*LATER).exit_code == 0
    assert not incident.is_open


@pytest.mark.parametrize(
    ("name", "task", "page"),
    [
        ("pagerduty", "warning", "critical"),
        ("opsgenie", "P3", "P1"),
        # It has no way to change a priority: a note says that it is more urgent.
        ("jira_service_management", "P3", "P3"),
        ("jira", "Medium", "Highest"),
        ("jira_without_priorities", None, None),
        ("servicenow", ("2", "2"), ("1", "1")),
        ("splunk", "WARNING", "CRITICAL"),
        ("pagertree", "medium", "critical"),
    ],
)
def test_a_task_that_becomes_a_page_is_the_same_incident_and_more_urgent(  # noqa: PLR0913
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    redirected: None,
    name: str,
    task: object,
    page: object,
) -> None:
    service = begin(name, home, httpserver)
    if name == "splunk":
        # It opens an incident of a warning where it is set up so.
        told = service.told  # type: ignore[attr-defined]

        def of_warning(body: Any) -> Any:
            is_warning = body["message_type"] == "WARNING"
            one = told(body)
            one.state = "opened" if is_warning else one.state
            return one

        service.told = of_warning  # type: ignore[attr-defined]
    build_warehouse(home, [an_exception(1, severity="critical")])
    assert offpath(*ROUTE).exit_code == 0
    (incident,) = service.incidents
    assert incident.urgency == task
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    assert incident.urgency == page
    assert service.incidents == [incident]
    assert "More urgent" in incident.notes[-1]


@pytest.mark.parametrize("name", ["pagerduty", "squadcast"])
def test_a_task_that_is_over_closes_its_incident_at_once(
    home: Path, offpath: Offpath, httpserver: HTTPServer, redirected: None, name: str
) -> None:
    service = begin(name, home, httpserver)
    later = {"digest_at": "2026-04-01 18:00:00"}
    roles = [a_role("inventory")]
    build_warehouse(home, [an_exception(1, **later)], roles=roles)
    assert offpath(*ROUTE).exit_code == 0
    later |= {"cleared_at": "2026-04-01 11:00:00"}
    rows = [an_exception(1, **later, is_open=False)]
    build_warehouse(home, rows, roles=roles)
    assert offpath(*ROUTE).exit_code == 0
    (incident,) = service.incidents
    assert not incident.is_open


def test_digests_are_no_incidents_and_wait_for_another_channel(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    service = serve(home, httpserver, "pagerduty")
    build_warehouse(home, [an_exception(1, route_class="digest")])
    warning = (
        "warning: inventory: incident services only, and digests are no incidents:"
        " they go to the outbox until there is another channel\n"
    )
    assert offpath(*ROUTE, "--dry-run").stderr == warning
    assert offpath(*ROUTE).stderr == warning
    assert service.incidents == []
    assert [each["kind"] for each in outbox(home)] == ["opened"]
    assert json.loads(offpath(*ROUTE, "--json").stdout)["messages"] == []


def test_that_rows_are_gone_is_no_incident_and_waits_for_another_channel(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    service = serve(home, httpserver, "pagerduty")
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [], cases=[], journeys=[a_journey(owner_role="inventory")])
    assert offpath(*ROUTE).exit_code == 1
    assert json.loads(offpath(*ROUTE, "--json").stdout)["messages"] == []
    assert [each["kind"] for each in outbox(home)] == ["rows_lost"]
    (incident,) = service.incidents
    assert incident.states == ["opened"]


def test_a_notice_is_no_incident_and_waits_for_another_channel(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    service = serve(home, httpserver, "pagerduty")
    journeys = [a_journey(owner_role="inventory")]
    build_warehouse(home, [an_exception(1, **PAGE)], journeys=journeys)
    assert offpath(*AGAIN, "--baseline").exit_code == 0
    assert json.loads(offpath(*ROUTE, "--json").stdout)["messages"] == []
    assert [each["kind"] for each in outbox(home)] == ["baseline"]
    query = "select channel, state from messages"
    assert ledger(home, query) == [("outbox", "outbox")]
    assert service.incidents == []


@pytest.mark.parametrize("name", [*NATIVE, *APPRISE])
def test_what_is_handed_over_to_who_is_told_elsewhere_is_over_for_the_service(
    home: Path, offpath: Offpath, httpserver: HTTPServer, redirected: None, name: str
) -> None:
    service = begin(name, home, httpserver)
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [an_exception(1, **PAGE, owner_role="billing")])
    assert offpath(*ROUTE).exit_code == 0
    (incident,) = service.incidents
    assert incident.states == ["opened", "resolved"]
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    assert [one.is_open for one in service.incidents] == [False, True]


@pytest.mark.parametrize("name", NATIVE)
def test_what_is_handed_over_within_a_service_is_the_same_incident(
    home: Path, offpath: Offpath, httpserver: HTTPServer, name: str
) -> None:
    service = serve(home, httpserver, name, "inventory", "billing")
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [an_exception(1, **PAGE, owner_role="billing")])
    assert offpath(*ROUTE).exit_code == 0
    (incident,) = service.incidents
    assert incident.is_open
    assert any(note.startswith("Handed over") for note in incident.notes)
    rows = [an_exception(1, **PAGE, owner_role="billing", is_open=False)]
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 0
    assert service.incidents == [incident]
    assert not incident.is_open


@pytest.mark.parametrize("name", NATIVE)
def test_an_opening_without_an_answer_opens_nothing_after_it_is_over(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    service = serve(home, httpserver, name)
    monkeypatch.setattr("offpath.delivery.channels.TIMEOUTS", (1, 0.5))
    service.changed = lambda: time.sleep(1)
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 1
    service.changed = lambda: None
    build_warehouse(home, [an_exception(1, **PAGE, is_open=False)])
    assert [offpath(*ROUTE).exit_code for _ in range(2)] == [0, 0]
    (incident,) = service.incidents
    assert incident.states == ["opened", "resolved"]


def test_what_a_service_took_of_a_message_is_closed_though_the_rest_never_went(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    rows = [an_exception(number, **PAGE) for number in range(6)]
    channels(home, f"incidents:\n{entry('pagerduty', httpserver)}")
    service = PagerDuty()
    for _ in range(3):
        httpserver.expect_oneshot_request("/v2/enqueue").respond_with_handler(service)
    httpserver.expect_oneshot_request("/v2/enqueue").respond_with_data(
        status=429, headers={"Retry-After": "0"}
    )
    httpserver.expect_request("/v2/enqueue").respond_with_handler(service)
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 1
    assert [one.is_open for one in service.incidents] == [True] * 3
    build_warehouse(home, [row | {"is_open": False} for row in rows])
    assert offpath(*ROUTE).exit_code == 0
    assert [one.is_open for one in service.incidents] == [False] * 3


def test_a_digest_goes_by_the_channel_that_takes_it(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    url = httpserver.url_for("/hook")
    httpserver.expect_request("/hook").respond_with_data("ok")
    service = serve(home, httpserver, "pagerduty")
    text = (home / "channels.yml").read_text()
    channels(home, f"{text}webhooks:\n  - {{url: '{url}', tag: inventory}}\n")
    rows = [
        an_exception(1, **PAGE),
        *(an_exception(n, route_class="digest") for n in (2, 3)),
    ]
    build_warehouse(home, rows)
    result = offpath(*ROUTE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(service.incidents) == 1
    hooks = [
        request.get_json() for request, _ in httpserver.log if request.path == "/hook"
    ]
    assert sorted(each["kind"] for each in hooks) == ["digest", "opened"]


def test_a_flood_is_some_incidents_and_one_for_the_rest(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    service = serve(home, httpserver, "pagerduty")
    count = MOST_OPENED + 10
    rows = [an_exception(number, **PAGE) for number in range(count)]
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 0
    assert len(service.incidents) == MOST_OPENED + 1
    assert "10 more are open" in service.incidents[-1].notes[0]
    build_warehouse(home, [row | {"is_open": False} for row in rows])
    assert offpath(*ROUTE).exit_code == 0
    *own, rest = service.incidents
    assert not any(one.is_open for one in own)
    assert rest.is_open, "a person closes it"


def test_one_incident_that_is_refused_does_not_stop_the_others(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    rows = [an_exception(number, **PAGE, priority=number) for number in range(5)]
    poison = rows[0]["exception_id"]

    class Picky(Opsgenie):
        def create(self, body: Any) -> None:
            demand(poison not in body["alias"], 422)
            super().create(body)

    build_warehouse(home, rows)
    channels(home, f"incidents:\n{entry('opsgenie', httpserver)}")
    service = listen(httpserver, Picky())
    result = offpath(*ROUTE)
    assert result.exit_code == 1
    assert "answered 422" in result.stdout
    assert len(service.incidents) == 4
    build_warehouse(home, [row | {"is_open": False} for row in rows])
    assert offpath(*ROUTE).exit_code == 0
    assert not any(one.is_open for one in service.incidents)


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [
        ("pagerduty", 400, RefusedError),
        ("pagerduty", 429, DeliveryError),
        ("pagerduty", 500, DeliveryError),
        ("pagerduty", 301, DeliveryError),
        ("jira", 401, RefusedError),
        ("servicenow", 503, DeliveryError),
    ],
)
def test_a_refusal_is_told_from_a_service_that_cannot_answer_now(
    home: Path,
    httpserver: HTTPServer,
    name: str,
    status: int,
    error: type[DeliveryError],
) -> None:
    channels(home, f"incidents:\n{entry(name, httpserver)}")
    httpserver.expect_request(re.compile(".*")).respond_with_data(
        status=status, headers={"Retry-After": "30", "Location": "/elsewhere"}
    )
    (channel,) = (
        load_channels(home / "channels.yml", home / "outbox").of("inventory", "opened")
    ).values()
    with pytest.raises(error) as caught:
        channel.deliver(a_payload(), is_possible_duplicate=False)
    assert type(caught.value) is error or issubclass(type(caught.value), error)
    assert isinstance(caught.value, RefusedError) == (error is RefusedError)
    assert str(caught.value) == f"answered {status}"
    assert caught.value.retry_after == (None if error is RefusedError else 30)
    assert len(httpserver.log) == 1, "no redirect is followed"


def a_payload(*numbers: int, kind: str = "opened") -> dict[str, Any]:
    exceptions = [
        an_exception(number, **PAGE)
        | {"kind": kind, "spell": 0, "step": 0, "reason": "page: it is critical"}
        | {"onset_at": "2026-04-01T08:00:00Z", "detected_at": "2026-04-01T10:00:00Z"}
        | {"respond_by_at": "2026-04-01T14:00:00Z", "digest_at": None}
        for number in numbers or (1,)
    ]
    return {
        "id": "m",
        "kind": kind,
        "owner_role": "inventory",
        "title": "New",
        "body": "Journey",
        "decided_at": "2026-04-01T12:00:00Z",
        "exceptions": exceptions,
    }


def test_a_message_says_how_many_of_its_exceptions_were_taken(
    home: Path, httpserver: HTTPServer
) -> None:
    service = serve(home, httpserver, "pagerduty")
    (channel,) = (
        load_channels(home / "channels.yml", home / "outbox").of(
            "inventory", "resolved"
        )
    ).values()
    channel.deliver(a_payload(*range(5)), is_possible_duplicate=False)
    httpserver.clear()
    for _ in range(3):
        httpserver.expect_ordered_request("/v2/enqueue").respond_with_handler(service)
    httpserver.expect_ordered_request("/v2/enqueue").respond_with_data(
        status=429, headers={"Retry-After": "60"}
    )
    with pytest.raises(DeliveryError) as caught:
        channel.deliver(
            a_payload(*range(5), kind="resolved"), is_possible_duplicate=False
        )
    assert (caught.value.taken, caught.value.retry_after) == (3, 60)
    assert [one.is_open for one in service.incidents] == [False] * 3 + [True] * 2
    assert len(httpserver.log) == 4, "it asked to be left alone"


def test_what_a_service_did_not_take_of_a_message_goes_in_the_next_run(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    service = serve(home, httpserver, "pagerduty")
    rows = [an_exception(number, **PAGE) for number in range(6)]
    build_warehouse(home, rows)
    assert offpath(*ROUTE).exit_code == 0
    build_warehouse(home, [row | {"is_open": False} for row in rows])
    httpserver.clear()
    for _ in range(4):
        httpserver.expect_oneshot_request("/v2/enqueue").respond_with_handler(service)
    httpserver.expect_oneshot_request("/v2/enqueue").respond_with_data(
        status=429, headers={"Retry-After": "0"}
    )
    httpserver.expect_request("/v2/enqueue").respond_with_handler(service)
    assert offpath(*ROUTE).exit_code == 1
    assert asked(httpserver) == 5
    assert offpath(*ROUTE).exit_code == 0
    assert asked(httpserver) == 2
    assert not any(one.is_open for one in service.incidents)
    assert len(service.incidents) == 6


def test_a_long_message_ends_in_time_and_goes_on_in_the_next_run(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = serve(home, httpserver, "pagerduty")
    rows = [an_exception(number, **PAGE) for number in range(4)]
    build_warehouse(home, rows)
    monkeypatch.setattr("offpath.delivery.incidents.SECONDS", -1)
    assert "told 1 of 4 in time" in offpath(*ROUTE).stdout
    assert [offpath(*ROUTE).exit_code for _ in range(3)] == [1, 1, 0]
    assert asked(httpserver) == 4
    assert len(service.incidents) == 4


def test_an_acknowledgement_whose_service_is_gone_is_told_to_nobody_else(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    serve(home, httpserver, "pagerduty")
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    asked(httpserver)
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        connection.execute(
            "insert into messages"
            " (message_id, channel, owner_role, payload, priority, state)"
            " select 'answer', channel, owner_role,"
            " json_set(payload, '$.id', 'answer', '$.kind', 'acknowledged',"
            " '$.carried_as', 'acknowledged'), 1, 'failed'"
            " from messages"
        )
    channels(
        home, f"webhooks:\n  - {{url: '{httpserver.url_for('/')}', tag: inventory}}\n"
    )
    result = offpath(*ROUTE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert asked(httpserver) == 0
    assert ledger(home, "select state from messages where message_id = 'answer'") == [
        ("held",)
    ]


@pytest.mark.parametrize("name", NATIVE)
def test_what_a_person_closed_at_the_service_stays_closed_when_it_is_over(
    home: Path, offpath: Offpath, httpserver: HTTPServer, name: str
) -> None:
    service = serve(home, httpserver, name)
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    (incident,) = service.incidents
    incident.states.append("resolved")
    asked(httpserver)
    build_warehouse(home, [an_exception(1, **PAGE, is_open=False)])
    assert offpath(*ROUTE).exit_code == 0
    assert asked(httpserver) >= 1
    assert service.incidents == [incident]
    assert incident.states == ["opened", "resolved"]


def test_what_is_worth_another_try_is_tried_though_something_was_refused(
    home: Path, httpserver: HTTPServer
) -> None:
    channels(home, f"incidents:\n{entry('pagerduty', httpserver)}")
    for status in (202, 400, 500, 202):
        httpserver.expect_ordered_request("/v2/enqueue").respond_with_data(
            status=status
        )
    (channel,) = (
        load_channels(home / "channels.yml", home / "outbox").of("inventory", "opened")
    ).values()
    with pytest.raises(DeliveryError, match="answered 500") as caught:
        channel.deliver(a_payload(*range(4)), is_possible_duplicate=False)
    assert not isinstance(caught.value, RefusedError)
    assert caught.value.taken == 1
    assert len(httpserver.log) == 4


def test_no_credentials_of_a_netrc_file_are_sent(
    home: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve(home, httpserver, "pagerduty")
    netrc = home / "netrc"
    netrc.write_text("default login ann password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    (channel,) = (
        load_channels(home / "channels.yml", home / "outbox").of("inventory", "opened")
    ).values()
    channel.deliver(a_payload(), is_possible_duplicate=False)
    assert len(service.incidents) == 1
    ((request, _),) = httpserver.log
    assert "Authorization" not in request.headers


def test_a_workflow_without_a_way_to_done_is_said(
    home: Path, httpserver: HTTPServer
) -> None:
    service = serve(home, httpserver, "jira")
    service.ways = {"opened": {"11": "acknowledged"}}  # type: ignore[attr-defined]
    (channel,) = (
        load_channels(home / "channels.yml", home / "outbox").of(
            "inventory", "resolved"
        )
    ).values()
    channel.deliver(a_payload(), is_possible_duplicate=False)
    with pytest.raises(RefusedError, match="no transition from here to done"):
        channel.deliver(a_payload(kind="resolved"), is_possible_duplicate=False)


@pytest.mark.parametrize("name", NATIVE)
def test_texts_that_are_too_long_are_cut_to_what_a_service_takes(
    home: Path, httpserver: HTTPServer, name: str
) -> None:
    service = serve(home, httpserver, name)
    (channel,) = (
        load_channels(home / "channels.yml", home / "outbox").of("inventory", "opened")
    ).values()
    payload = a_payload()
    payload["exceptions"][0] |= {
        "rule_title": "waits\nlong " * 500,
        "subject_id": "O-1 " * 5000,
        "playbook_location": "é\n" * 40000,
    }
    channel.deliver(payload, is_possible_duplicate=False)
    assert len(service.incidents) == 1


@pytest.mark.parametrize("address", ["betterstack://token123", f"spike://{'a' * 32}"])
def test_a_service_without_a_life_cycle_gets_the_first_message_and_the_last(
    home: Path, offpath: Offpath, httpserver: HTTPServer, redirected: None, address: str
) -> None:
    httpserver.expect_request(re.compile(".*")).respond_with_data("ok", status=200)
    channels(home, f"urls:\n  - {address}:\n      - tag: inventory\n")
    build_warehouse(home, [an_exception(1, **PAGE)])
    assert offpath(*ROUTE).exit_code == 0
    assert offpath(*LATER).exit_code == 0
    build_warehouse(home, [an_exception(1, **PAGE, is_open=False)])
    assert offpath(*LATER).exit_code == 0
    assert [request.get_json()["description"][:7] for request, _ in httpserver.log] == [
        "Journey",
        "Journey",
    ]
    assert [each["kind"] for each in outbox(home)] == ["reminded"]


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("pagerduty://key@api", "pagerduty"),
        ("opsgenie://key", "opsgenie"),
        ("jira://key", "jira_service_management"),
    ],
)
def test_an_address_of_apprise_that_keeps_no_incident_is_refused_by_name(
    home: Path, address: str, service: str
) -> None:
    channels(home, f"urls:\n  - {address}:\n      - tag: inventory\n")
    with pytest.raises(Exception, match=f"line 2.*service: {service}"):
        load_channels(home / "channels.yml", home / "outbox")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{tag: a}", "an incident service is one of pagerduty, opsgenie, jira_service"),
        ("{service: nagios, tag: a}", "an incident service is one of pagerduty,"),
        ("{service: [jira], tag: a}", "an incident service is one of pagerduty,"),
        ("{service: pagerduty, tag: a}", "pagerduty needs the key routing_key"),
        (
            "{service: pagerduty, routing_key: '', tag: a}",
            "pagerduty needs the key routing_key",
        ),
        (
            "{service: pagerduty, routing_key: x, region: eu, tag: a}",
            "pagerduty has only the keys service, tag, routing_key, url",
        ),
        (
            "{service: servicenow, url: x, user: u, password: p, tag: a}",
            "servicenow needs",
        ),
        (
            "{service: pagerduty, routing_key: '${NO_KEY}', tag: a}",
            "the environment variable NO_KEY is not set",
        ),
        (
            "{service: pagerduty, routing_key: x}",
            "no tag says which owner role it serves",
        ),
    ],
)
def test_a_wrong_entry_is_said_with_its_line(
    home: Path, text: str, expected: str
) -> None:
    channels(home, f"incidents:\n  - {text}\n")
    with pytest.raises(Exception, match=rf"line 2: {re.escape(expected)}"):
        load_channels(home / "channels.yml", home / "outbox")


def test_secrets_and_addresses_are_in_no_error(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    channels(
        home,
        f"incidents:\n{entry('pagerduty', httpserver)}"
        f"  - {{service: opsgenie, url: 'http://127.0.0.1:1', tag: inventory,"
        f" {CREDENTIALS['opsgenie']}}}\n",
    )
    httpserver.expect_request("/v2/enqueue").respond_with_data(status=400)
    build_warehouse(home, [an_exception(1, **PAGE)])
    result = offpath(*ROUTE)
    assert result.exit_code == 1
    assert "no answer (ConnectionError)" in result.stdout
    written = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    shown = result.output.encode()
    assert not any(KEY.encode() in text for text in [shown, *written])


def test_a_role_keeps_its_attention(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    """A task above it waits for the digest, and so is no incident."""
    service = serve(home, httpserver, "pagerduty")
    later = {"digest_at": "2026-04-01 18:00:00"}
    rows = [an_exception(number, **later, priority=number) for number in (1, 2)]
    build_warehouse(home, rows, roles=[a_role("inventory", 1)])
    assert offpath(*ROUTE).exit_code == 0
    assert len(service.incidents) == 1
