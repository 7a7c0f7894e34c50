"""The incident services that are spoken to in their own way.

The fields of each class are what its entry in the channels file may hold.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import requests

from offpath.delivery.channels import RefusedError, ask
from offpath.delivery.incidents import OPENING, Update
from offpath.text import cut

LIFE = OPENING | {"acknowledged", "handed_over", "resolved"}
BAD_REQUEST = 400
NOT_FOUND = 404
PRIORITIES = {"critical": "P1", "error": "P2", "warning": "P3", "info": "P5"}


def asked(
    method: str,
    url: str,
    body: Any = None,  # noqa: ANN401 - any JSON
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401 - what a service answers
    """Make one request; return the JSON of its answer, None where it is none.

    Raise DeliveryError as `ask` does.
    """
    answer = ask(method, url, json=body, params=params, headers=headers)
    try:
        return answer.json()
    except requests.JSONDecodeError:
        return None


@dataclass(frozen=True, slots=True, repr=False)
class PagerDuty:
    """Events API v2. It keeps no notes, so that what is new triggers again."""

    routing_key: str
    url: str = "https://events.pagerduty.com"

    kinds: ClassVar[frozenset[str]] = LIFE

    def tell(self, update: Update) -> None:
        """Trigger, acknowledge or resolve by the key."""
        actions = {"acknowledged": "acknowledge", "resolved": "resolve"}
        action = actions.get(update.kind, "trigger")
        event: dict[str, object] = {
            "routing_key": self.routing_key,
            "event_action": action,
            "dedup_key": update.key,
        }
        if action == "trigger":
            event["client"] = "offpath"
            event["payload"] = {
                "summary": cut(update.summary, 1024),
                "severity": update.urgency,
                "source": "offpath",
                "component": update.details["journey"],
                "class": update.details["rule_id"],
                "custom_details": {**update.details, "text": cut(update.note, 15000)},
            }
        asked("POST", f"{self.url}/v2/enqueue", event)


@dataclass(frozen=True, slots=True, repr=False)
class Opsgenie:
    """Alert API v2. An alert that is open takes what is created under its alias."""

    api_key: str
    url: str = "https://api.opsgenie.com"

    kinds: ClassVar[frozenset[str]] = LIFE
    # Whether the priority of an open alert can be changed.
    can_raise: ClassVar[bool] = True

    def tell(self, update: Update) -> None:
        """Create, annotate, acknowledge or close by the alias."""
        if update.opens:
            self._create(update)
        if update.kind == "raised" and self.can_raise:
            self._change(update, "PUT", "priority", priority=self._priority(update))
        if update.kind != "opened":
            actions = {"acknowledged": "acknowledge", "resolved": "close"}
            action = actions.get(update.kind, "notes")
            self._change(update, "POST", action, note=cut(update.note, 25000))

    def _create(self, update: Update) -> None:
        alert = {
            "message": cut(update.summary, 130),
            "alias": update.key,
            "description": cut(update.note, 15000),
            "details": {name: str(value) for name, value in update.details.items()},
            "entity": str(update.details["journey"]),
            "source": "offpath",
            "priority": self._priority(update),
        }
        asked("POST", f"{self.url}/v2/alerts", alert, headers=self._headers)

    def _change(self, update: Update, method: str, what: str, **body: str) -> None:
        """Change an open alert; one that a person has closed stays as it is."""
        try:
            asked(
                method,
                f"{self.url}/v2/alerts/{update.key}/{what}",
                {"source": "offpath", **body},
                headers=self._headers,
                params={"identifierType": "alias"},
            )
        except RefusedError as error:
            if error.status != NOT_FOUND:
                raise

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"GenieKey {self.api_key}"}

    @staticmethod
    def _priority(update: Update) -> str:
        return PRIORITIES[update.urgency]


@dataclass(frozen=True, slots=True, repr=False)
class JiraServiceManagement(Opsgenie):
    """The alerts of Jira Service Management, which took Opsgenie's way over."""

    url: str = "https://api.atlassian.com/jsm/ops/integration"

    can_raise: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, repr=False)
class Jira:
    """Issues of Jira Cloud (REST v3), found again by a label.

    Its search may lag some seconds behind: a run that is killed and started again
    within them makes a second issue.
    """

    url: str
    email: str
    api_token: str
    project: str
    issue_type: str = "Task"

    kinds: ClassVar[frozenset[str]] = LIFE
    names: ClassVar[Mapping[str, str]] = {
        "critical": "Highest",
        "error": "High",
        "warning": "Medium",
        "info": "Low",
    }

    def tell(self, update: Update) -> None:
        """Create the issue, comment on it, or move it to a status that is done."""
        issue = self._find(update.key)
        is_done = issue is not None and self._is_done(issue["fields"]["status"])
        if issue is None or (is_done and update.kind == "opened"):
            # One that is over was handed over meanwhile, and comes back.
            if update.opens:
                self._create(update)
            return
        path = f"issue/{issue['id']}"
        if update.kind == "resolved" and is_done:
            return
        if update.kind == "raised":
            self._raise(path, update)
        self._ask("POST", f"{path}/comment", {"body": document(update.note)})
        if update.kind == "resolved":
            self._close(path)

    def _find(self, label: str) -> Any:  # noqa: ANN401 - an issue, None if there is none
        """Return the last issue with the label."""
        query = {
            "jql": f'project = "{self.project}" and labels = "{label}"'
            " order by created desc",
            "fields": ["status"],
            "maxResults": 1,
        }
        found = self._ask("POST", "search/jql", query)["issues"]
        return found[0] if found else None

    def _create(self, update: Update) -> None:
        """Create the issue, without a priority in a project that has none."""
        fields = {
            "project": {"key": self.project},
            "issuetype": {"name": self.issue_type},
            "summary": cut(update.summary, 255),
            "description": document(update.note),
            "labels": ["offpath", update.key],
        }
        priority = {"priority": {"name": self.names[update.urgency]}}
        try:
            self._ask("POST", "issue", {"fields": fields | priority})
        except RefusedError as error:
            if error.status != BAD_REQUEST:
                raise
            self._ask("POST", "issue", {"fields": fields})

    def _raise(self, path: str, update: Update) -> None:
        """Change the priority, unless the project has none; the comment says it."""
        fields = {"priority": {"name": self.names[update.urgency]}}
        try:
            self._ask("PUT", path, {"fields": fields})
        except RefusedError as error:
            if error.status != BAD_REQUEST:
                raise

    def _close(self, path: str) -> None:
        """Go to the first status that the workflow offers and that is done."""
        transitions = self._ask("GET", f"{path}/transitions")["transitions"]
        ways = [each["id"] for each in transitions if self._is_done(each["to"])]
        if not ways:
            message = "the issue's workflow has no transition from here to done"
            raise RefusedError(message)
        self._ask("POST", f"{path}/transitions", {"transition": {"id": ways[0]}})

    @staticmethod
    def _is_done(status: Mapping[str, Any]) -> bool:
        return bool(status["statusCategory"]["key"] == "done")

    def _ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
        headers = basic(self.email, self.api_token)
        return asked(method, f"{self.url}/rest/api/3/{path}", body, headers=headers)


@dataclass(frozen=True, slots=True, repr=False)
class ServiceNow:
    """Incidents of the table API, found again by their correlation id."""

    url: str
    user: str
    password: str

    kinds: ClassVar[frozenset[str]] = LIFE
    # Urgency and impact, of which the service makes the priority.
    ranks: ClassVar[Mapping[str, tuple[str, str]]] = {
        "critical": ("1", "1"),
        "error": ("1", "2"),
        "warning": ("2", "2"),
        "info": ("3", "3"),
    }
    new: ClassVar[str] = "1"
    in_progress: ClassVar[str] = "2"
    resolved: ClassVar[str] = "6"
    over: ClassVar[frozenset[str]] = frozenset({"6", "7", "8"})

    def tell(self, update: Update) -> None:
        """Create the incident, add a work note, or resolve it."""
        incident = self._find(update.key)
        state = "" if incident is None else str(incident["state"])
        if incident is None or (state in self.over and update.kind == "opened"):
            # One that is over was handed over meanwhile, and comes back.
            if update.opens:
                self._ask("POST", self._content(update))
            return
        change = {"work_notes": update.note}
        if update.kind == "resolved":
            if state in self.over:
                return
            change = {
                "state": self.resolved,
                "close_code": "Solution provided",
                "close_notes": cut(update.note, 4000),
            }
        elif update.kind == "acknowledged" and state == self.new:
            change["state"] = self.in_progress
        elif update.kind == "raised":
            change |= self._rank(update)
        self._ask("PATCH", change, f"/{incident['sys_id']}")

    def _find(self, key: str) -> Any:  # noqa: ANN401 - an incident, None if there is none
        """Return the last incident with the key."""
        found = self._ask(
            "GET",
            None,
            sysparm_query=f"correlation_id={key}^ORDERBYDESCsys_created_on",
            sysparm_fields="sys_id,state",
            sysparm_limit="1",
        )["result"]
        return found[0] if found else None

    def _content(self, update: Update) -> dict[str, str]:
        return {
            "short_description": cut(update.summary, 160),
            "description": cut(update.note, 4000),
            "correlation_id": update.key,
            "correlation_display": "offpath",
        } | self._rank(update)

    def _rank(self, update: Update) -> dict[str, str]:
        urgency, impact = self.ranks[update.urgency]
        return {"urgency": urgency, "impact": impact}

    def _ask(self, method: str, body: object, path: str = "", **params: str) -> Any:  # noqa: ANN401 - what a service answers
        url = f"{self.url}/api/now/table/incident{path}"
        headers = basic(self.user, self.password) | {"Accept": "application/json"}
        return asked(method, url, body, headers=headers, params=params)


SERVICES: Mapping[str, type[PagerDuty | Opsgenie | Jira | ServiceNow]] = {
    "pagerduty": PagerDuty,
    "opsgenie": Opsgenie,
    "jira_service_management": JiraServiceManagement,
    "jira": Jira,
    "servicenow": ServiceNow,
}


def basic(user: str, password: str) -> dict[str, str]:
    """Return the header of basic authentication, in UTF-8."""
    credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


def document(text: str) -> dict[str, object]:
    """Return the text in Atlassian's document format, a paragraph a line.

    Nothing in it is read as markup there.
    """
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}]}
        for line in cut(text, 30000).splitlines()
        if line.strip()
    ]
    return {"type": "doc", "version": 1, "content": paragraphs}
