"""The incident services of Apprise, and what of an incident each of them carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import apprise

from offpath.delivery.channels import AppriseChannel, RefusedError
from offpath.delivery.incidents import OPENING, Update, Urgency

Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """How a service is told, in parameters of its Apprise address.

    ``key`` is the parameter that names an incident. One without ``acknowledges`` is not
    told of it.
    """

    key: str
    opens: Parameters
    resolves: Parameters
    acknowledges: Parameters | None = None
    urgencies: Mapping[Urgency, Parameters] = field(default_factory=dict)

    @property
    def kinds(self) -> frozenset[str]:
        """What it is told."""
        acknowledged = set() if self.acknowledges is None else {"acknowledged"}
        return OPENING | acknowledged | {"handed_over", "resolved"}

    def parameters(self, update: Update) -> Parameters:
        """Return what says in an address what is to become of which incident."""
        key = {self.key: update.key}
        if update.kind == "resolved":
            return key | {**self.resolves}
        if update.kind == "acknowledged" and self.acknowledges is not None:
            return key | {**self.acknowledges}
        return key | {**self.opens} | {**self.urgencies.get(update.urgency, {})}


def _each(name: str, values: Mapping[Urgency, str]) -> dict[Urgency, Parameters]:
    return {urgency: {name: value} for urgency, value in values.items()}


SPLUNK = LifeCycle(
    key="entity_id",
    opens={"action": "critical"},
    acknowledges={"action": "acknowledge"},
    resolves={"action": "recovery"},
    urgencies=_each("action", {"warning": "warning", "info": "info"}),
)
GOALERT = LifeCycle("dedup", opens={"action": "trigger"}, resolves={"action": "close"})
LIFE_CYCLES: Mapping[str, LifeCycle] = {
    "splunk": SPLUNK,
    "victorops": SPLUNK,
    "goalert": GOALERT,
    "goalerts": GOALERT,
    "pagertree": LifeCycle(
        key="dedup",
        opens={"action": "create"},
        acknowledges={"action": "acknowledge"},
        resolves={"action": "resolve"},
        urgencies=_each(
            "urgency",
            {
                "critical": "critical",
                "error": "high",
                "warning": "medium",
                "info": "low",
            },
        ),
    ),
    "signl4": LifeCycle(
        key="dedup",
        opens={"action": "trigger"},
        acknowledges={"action": "acknowledge"},
        resolves={"action": "resolve"},
    ),
    "ilert": LifeCycle(
        key="dedup",
        opens={"action": "trigger", "priority": "high"},
        acknowledges={"action": "acknowledge"},
        resolves={"action": "resolve"},
        urgencies=_each("priority", {"warning": "low", "info": "low"}),
    ),
    "squadcast": LifeCycle(
        key="dedup",
        opens={"action": "trigger"},
        resolves={"action": "resolve"},
        urgencies=_each(
            "priority",
            {"critical": "P1", "error": "P2", "warning": "P3", "info": "P5"},
        ),
    ),
    "incidentio": LifeCycle(
        key="dedup",
        opens={"action": "trigger"},
        resolves={"action": "resolve"},
        urgencies=_each(
            "+severity",
            {
                "critical": "critical",
                "error": "error",
                "warning": "warning",
                "info": "info",
            },
        ),
    ),
    "firehydrant": LifeCycle(
        key="dedup",
        opens={"action": "trigger"},
        resolves={"action": "resolve"},
        urgencies={
            "critical": {"level": "fatal", "priority": "high"},
            "error": {"level": "error", "priority": "high"},
            "warning": {"level": "warn", "priority": "medium"},
            "info": {"level": "info", "priority": "low"},
        },
    ),
}
# They make an incident of each message and know none of them again: they are told when
# something begins or grows worse, and when it is over.
WITHOUT_LIFE_CYCLE = frozenset({"betterstack", "spike", "xmatters"})
FIRST_AND_LAST = frozenset({"opened", "raised", "escalated", "handed_over", "resolved"})
# Apprise tells them of no key or severity, or nothing at all while it says that it did.
NATIVE: Mapping[str, str] = {
    "pagerduty": "{service: pagerduty, routing_key: …, tag: …}",
    "opsgenie": "{service: opsgenie, api_key: …, tag: …}",
    "jira": "{service: jira_service_management, api_key: …, tag: …}",
}


class AppriseIncidents:
    """Tells a service of Apprise by an address made for each update."""

    def __init__(self, service: apprise.NotifyBase, life_cycle: LifeCycle) -> None:
        """Tell the service, whose address may say more than its life cycle does."""
        self._name = str(service.schema)
        self._address = str(service.url())  # type: ignore[no-untyped-call]
        self._life_cycle = life_cycle
        self.kinds = life_cycle.kinds

    def tell(self, update: Update) -> None:
        """Open, acknowledge or resolve an incident by its key."""
        title, _, body = update.note.partition("\n")
        parameters = self._life_cycle.parameters(update)
        address = with_parameters(self._address, parameters)
        service = apprise.Apprise.instantiate(address)
        if service is None:
            message = f"Apprise reads no address of {self._name} with an incident's key"
            raise RefusedError(message)
        AppriseChannel(self._name, service).deliver(
            {
                "title": update.summary if update.kind == "opened" else title,
                "body": body,
                "exceptions": [update.details],
            },
            is_possible_duplicate=False,
        )


def with_parameters(address: str, parameters: Parameters) -> str:
    """Return an address with these parameters in place of any of their names."""
    start, _, query = address.partition("?")
    names = {urlencode({name: ""}) for name in parameters}
    kept = [
        each
        for each in query.split("&")
        if each and f"{each.split('=')[0]}=" not in names
    ]
    return f"{start}?{'&'.join([*kept, urlencode(parameters)])}"
