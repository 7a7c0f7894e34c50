"""Receivers that know the shape of incident services, and refuse what those refuse."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from werkzeug import Request, Response

USER, PASSWORD = "ann@example.com", "p@ss:wörd"
KEY = "0123456789abcdef0123456789abcdef"
SEVERITIES = {"critical", "error", "warning", "info"}


@dataclass
class Incident:
    """What a service holds of one incident, open until it is resolved."""

    key: str
    urgency: object = None
    states: list[str] = field(default_factory=lambda: ["opened"])
    notes: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.states[-1] != "resolved"


class RefusalError(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


def demand(condition: object, status: int = 400) -> None:
    if not condition:
        raise RefusalError(status)


class Service:
    """Holds incidents by key; a key may come again once its incident is resolved."""

    accepted = 202

    def __init__(self) -> None:
        self.incidents: list[Incident] = []
        self.dropped = 0
        # Called when something has changed, before it is answered.
        self.changed: Callable[[], None] = lambda: None

    def __call__(self, request: Request) -> Response:
        try:
            body = json.loads(request.data) if request.data else {}
            answer, status = self.answer(request, body), self.accepted
        except RefusalError as refusal:
            answer, status = {"status": "refused"}, refusal.status
        else:
            if not (request.method == "GET" or request.path.endswith("/search/jql")):
                self.changed()
        return Response(json.dumps(answer), status, content_type="application/json")

    def answer(self, request: Request, body: Any) -> Any:
        raise NotImplementedError

    def of(self, key: str) -> Incident | None:
        return next((one for one in self.incidents if one.key == key), None)

    def open(self, key: str) -> Incident | None:
        return next(
            (one for one in self.incidents if one.key == key and one.is_open), None
        )

    def trigger(self, key: str, urgency: object, note: str) -> None:
        """Open an incident, or update the one that is open under the key."""
        incident = self.open(key)
        if incident is None:
            incident = Incident(key)
            self.incidents.append(incident)
        incident.urgency = urgency
        incident.notes.append(note)

    def move(self, key: str, state: str) -> None:
        """Change an open incident; for another nothing happens, and nobody is told."""
        incident = self.open(key)
        if incident is None:
            self.dropped += 1
        elif incident.states[-1] != state:
            incident.states.append(state)


class PagerDuty(Service):
    urgent = "critical"

    def answer(self, request: Request, body: Any) -> Any:
        demand(request.path == "/v2/enqueue" and request.method == "POST", 404)
        demand(body.get("routing_key") == KEY)
        key = body.get("dedup_key", "")
        demand(0 < len(key) <= 255)
        action = body.get("event_action")
        if action == "trigger":
            payload = body.get("payload", {})
            demand(0 < len(payload.get("summary", "")) <= 1024)
            demand(payload.get("source"))
            demand(payload.get("severity") in SEVERITIES)
            note = payload["custom_details"]["text"]
            self.trigger(key, payload["severity"], note)
        else:
            states = {"acknowledge": "acknowledged", "resolve": "resolved"}
            demand(action in states)
            self.move(key, states[action])
        return {"status": "success", "dedup_key": key}


class Opsgenie(Service):
    urgent = "P1"
    prefix = ""
    # It answers before it has looked for the alert.
    lost = 202

    def answer(self, request: Request, body: Any) -> Any:
        demand(request.headers.get("Authorization") == f"GenieKey {KEY}", 401)
        demand(request.path.startswith(f"{self.prefix}/v2/alerts"), 404)
        path = request.path.removeprefix(f"{self.prefix}/v2/alerts").strip("/")
        if not path:
            self.create(body)
        else:
            self.change(request, path, body)
        return {"result": "Request will be processed", "requestId": "1"}

    def create(self, body: Any) -> None:
        demand(0 < len(body.get("message", "")) <= 130)
        demand(0 < len(body.get("alias", "")) <= 512)
        demand(len(body.get("description", "")) <= 15000)
        demand(body.get("priority") in {"P1", "P2", "P3", "P4", "P5"})
        demand(all(isinstance(each, str) for each in body["details"].values()))
        opened = self.open(body["alias"])
        if opened is None:
            self.trigger(body["alias"], body["priority"], body["description"])

    def change(self, request: Request, path: str, body: Any) -> None:
        key, _, what = path.partition("/")
        by_alias = request.args.get("identifierType") == "alias"
        incident = self.open(key) if by_alias else None
        if incident is None:
            self.dropped += 1
            demand(self.lost == 202, self.lost)
        elif what == "priority":
            demand(request.method == "PUT")
            incident.urgency = body["priority"]
        elif what == "notes":
            incident.notes.append(body["note"])
        else:
            states = {"acknowledge": "acknowledged", "close": "resolved"}
            demand(what in states, 404)
            self.move(key, states[what])


class JiraServiceManagement(Opsgenie):
    prefix = "/jsm/ops/integration"
    lost = 404

    def change(self, request: Request, path: str, body: Any) -> None:
        demand(not path.endswith("/priority"), 404)
        super().change(request, path, body)


def authorized(request: Request) -> bool:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    given = base64.b64decode(credentials).decode()
    return scheme == "Basic" and given == f"{USER}:{PASSWORD}"


def text_of(document: Any) -> str:
    """Return the text of a document of Atlassian's, or refuse what is none."""
    demand(document["type"] == "doc" and document["version"] == 1)
    lines = []
    for paragraph in document["content"]:
        demand(paragraph["type"] == "paragraph")
        for part in paragraph["content"]:
            demand(part["type"] == "text" and part["text"])
            lines.append(part["text"])
    return "\n".join(lines)


class Jira(Service):
    accepted = 200
    urgent: object = "Highest"
    priorities = frozenset({"Highest", "High", "Medium", "Low", "Lowest"})
    ways: ClassVar = {
        "opened": {"11": "acknowledged", "31": "resolved"},
        "resolved": {"41": "opened"},
    }

    def answer(self, request: Request, body: Any) -> Any:
        demand(authorized(request), 401)
        path = request.path.removeprefix("/rest/api/3/")
        if path == "search/jql":
            return self.search(body)
        if path == "issue":
            return self.create(body["fields"])
        number, _, what = path.removeprefix("issue/").partition("/")
        demand(number.isdigit() and int(number) < len(self.incidents), 404)
        incident = self.incidents[int(number)]
        if what == "comment":
            incident.notes.append(text_of(body["body"]))
        elif what == "transitions":
            return self.transitions(request, incident, body)
        else:
            demand(request.method == "PUT" and not what, 405)
            demand(body["fields"]["priority"]["name"] in self.priorities)
            incident.urgency = body["fields"]["priority"]["name"]
        return None

    def search(self, body: Any) -> Any:
        query = r'project = "OPS" and labels = "(\S+)" order by created desc'
        found = re.fullmatch(query, body["jql"])
        demand(found and body["fields"] == ["status"])
        return {
            "issues": [
                {"id": str(number), "fields": {"status": self.status(one.states[-1])}}
                for number, one in reversed(list(enumerate(self.incidents)))
                if found and one.key == found[1]
            ]
        }

    def create(self, fields: Any) -> Any:
        demand(
            fields["project"]["key"] == "OPS" and fields["issuetype"]["name"] == "Task"
        )
        demand(0 < len(fields["summary"]) <= 255 and "\n" not in fields["summary"])
        demand(not any(" " in label or len(label) > 255 for label in fields["labels"]))
        priority = fields.get("priority", {}).get("name")
        demand(priority is None or priority in self.priorities)
        incident = Incident(fields["labels"][-1], priority)
        incident.notes.append(text_of(fields["description"]))
        self.incidents.append(incident)
        return {"id": str(len(self.incidents) - 1)}

    def transitions(self, request: Request, incident: Incident, body: Any) -> Any:
        ways = self.ways.get(incident.states[-1], {})
        if request.method == "GET":
            return {
                "transitions": [
                    {"id": way, "to": self.status(state)} for way, state in ways.items()
                ]
            }
        demand(body["transition"]["id"] in ways)
        incident.states.append(ways[body["transition"]["id"]])
        return None

    @staticmethod
    def status(state: str) -> Any:
        categories = {"opened": "new", "resolved": "done"}
        return {"statusCategory": {"key": categories.get(state, "indeterminate")}}


class JiraWithoutPriorities(Jira):
    urgent = None
    priorities = frozenset()


class ServiceNow(Service):
    accepted = 200
    urgent = ("1", "1")

    def answer(self, request: Request, body: Any) -> Any:
        demand(authorized(request), 401)
        path = request.path.removeprefix("/api/now/table/incident").strip("/")
        if request.method == "GET":
            query = re.fullmatch(
                r"correlation_id=(\S+)\^ORDERBYDESCsys_created_on",
                request.args["sysparm_query"],
            )
            demand(query)
            return {
                "result": [
                    {"sys_id": str(number), "state": self.state(one)}
                    for number, one in reversed(list(enumerate(self.incidents)))
                    if query and one.key == query[1]
                ]
            }
        if request.method == "POST":
            demand(0 < len(body["short_description"]) <= 160)
            demand(0 < len(body["correlation_id"]) <= 100)
            incident = Incident(body["correlation_id"])
            incident.notes.append(body["description"])
            self.incidents.append(incident)
        else:
            demand(request.method == "PATCH" and path.isdigit(), 404)
            incident = self.incidents[int(path)]
            self.change(incident, body)
        if "urgency" in body:
            incident.urgency = (body["urgency"], body["impact"])
        return {"result": {}}

    def change(self, incident: Incident, body: Any) -> None:
        if body.get("state") == "6":
            # A data policy of the service asks for both.
            demand(body.get("close_code") and body.get("close_notes"), 403)
            incident.states.append("resolved")
            incident.notes.append(body["close_notes"])
            return
        if body.get("state") == "2":
            incident.states.append("acknowledged")
        incident.notes.append(body["work_notes"])

    @staticmethod
    def state(incident: Incident) -> str:
        return {"opened": "1", "acknowledged": "2", "resolved": "6"}[
            incident.states[-1]
        ]


@dataclass
class Told:
    """What a request to a service of Apprise says."""

    key: str
    state: str
    urgency: object = None


class OfApprise(Service):
    """A service that Apprise speaks to, at an address of its own."""

    def __init__(self, path: str, told: Callable[[Any], Told], urgent: object) -> None:
        super().__init__()
        self.path = path
        self.told = told
        self.urgent = urgent
        self.accepted = 200

    def answer(self, request: Request, body: Any) -> Any:
        demand(re.fullmatch(self.path, request.path), 404)
        told = self.told(body)
        demand(told.key)
        if told.state == "opened":
            self.trigger(told.key, told.urgency, json.dumps(body))
        else:
            demand(told.state in {"acknowledged", "resolved"})
            self.move(told.key, told.state)
        return {"result": "success"}


def _state(body: Any, name: str, opened: str, acknowledged: str, resolved: str) -> str:
    states = {opened: "opened", acknowledged: "acknowledged", resolved: "resolved"}
    return states.get(body.get(name), "")


def of_apprise() -> dict[str, tuple[str, OfApprise]]:
    """Return the address of each service of Apprise, and its receiver."""
    uuid = "ab12cd34-ab12-4c5d-8e9f-0123456789ab"
    return {
        "splunk": (
            f"splunk://route@{uuid}",
            OfApprise(
                rf"/alert.victorops.com/integrations/generic/\d+/alert/{uuid}/route",
                lambda body: Told(
                    body["entity_id"],
                    _state(
                        body,
                        "message_type",
                        *("CRITICAL", "ACKNOWLEDGEMENT", "RECOVERY"),
                    ),
                    body["message_type"],
                ),
                "CRITICAL",
            ),
        ),
        "pagertree": (
            "pagertree://int_abcdefghi",
            OfApprise(
                "/api.pagertree.com/integration/int_abcdefghi",
                lambda body: Told(
                    body["id"],
                    _state(body, "event_type", "create", "acknowledge", "resolve"),
                    body.get("urgency"),
                ),
                "critical",
            ),
        ),
        "signl4": (
            "signl4://secret123",
            OfApprise(
                "/connect.signl4.com/webhook/secret123/?",
                lambda body: Told(
                    body["X-S4-ExternalID"],
                    _state(body, "X-S4-Status", "", "acknowledged", "resolved")
                    if "X-S4-Status" in body
                    else "opened",
                ),
                None,
            ),
        ),
        "ilert": (
            "ilert://il1key123",
            OfApprise(
                "/api.ilert.com/api/events",
                lambda body: Told(
                    body["alertKey"],
                    _state(body, "eventType", "ALERT", "ACCEPT", "RESOLVE"),
                    body.get("priority"),
                ),
                "HIGH",
            ),
        ),
        "squadcast": (
            "squadcast://webhookkey123",
            OfApprise(
                "/api.squadcast.com/v2/incidents/api/webhookkey123",
                lambda body: Told(
                    body["event_id"],
                    _state(body, "status", "trigger", "-", "resolve"),
                    body.get("priority"),
                ),
                "P1",
            ),
        ),
        "incidentio": (
            "incidentio://01GW2G3V0S59R238FAHPDS1R66/token",
            OfApprise(
                "/api.incident.io/v2/alert_events/http/01GW2G3V0S59R238FAHPDS1R66",
                lambda body: Told(
                    body["deduplication_key"],
                    _state(body, "status", "firing", "-", "resolved"),
                    body.get("metadata", {}).get("severity"),
                ),
                "critical",
            ),
        ),
        "firehydrant": (
            "firehydrant://tokentoken",
            OfApprise(
                "/signals.firehydrant.com/v1/process/tokentoken",
                lambda body: Told(
                    body["idempotency_key"],
                    _state(body, "status", "OPEN", "-", "CLOSED"),
                    body["level"],
                ),
                "FATAL",
            ),
        ),
        "goalert": (
            f"goalerts://goalert.example.com/{uuid}",
            OfApprise(
                "/goalert.example.com/api/v2/generic/incoming",
                lambda body: Told(
                    body["dedup"],
                    _state(
                        body | {"action": body.get("action", "open")},
                        "action",
                        "open",
                        "-",
                        "close",
                    ),
                ),
                None,
            ),
        ),
    }
