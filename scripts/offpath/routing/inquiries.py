"""Answer questions about the state of routing; change nothing."""

from datetime import datetime
from typing import NamedTuple

from offpath.errors import ConfigurationError, MartError
from offpath.home import Home
from offpath.instants import instant_text
from offpath.ledger.ledger import Ledger
from offpath.routing.attention import DIGEST_CODE, OVER_CODE
from offpath.routing.escalations import EscalationStep
from offpath.routing.history import ANSWERED_CLASSES, History
from offpath.routing.intents import ExceptionRecord, exception_payload
from offpath.warehouse.marts import (
    aware_rows,
    exception_ids,
    instant_of,
    literal,
    load_mart,
    open_marts,
)

SHORTEST_PREFIX = 6


class OpenException(NamedTuple):
    """The columns of ``fct_exceptions`` that its status is made of."""

    exception_id: str
    rule_id: str
    subject_id: str
    severity: str
    owner_role: str
    route_class: str
    respond_by_at: datetime | None


def find_exception(home: Home, prefix: str) -> str:
    """Return the one exception id that begins with the prefix.

    The ledger knows whatever was routed, so that a build, or its failure, does not
    stand in the way of an answer. Raise ConfigurationError when there is none, or more
    than one.
    """
    if len(prefix) < SHORTEST_PREFIX:
        message = f"give at least {SHORTEST_PREFIX} characters of the exception's id"
        raise ConfigurationError(message)
    with Ledger.reading(home.ledger) as ledger:
        found = set(ledger.exception_ids(prefix))
    try:
        # Who answers what the ledger knows waits for no build.
        found |= exception_ids(home.marts, prefix, 0 if found else None)
    except MartError:
        if not found:
            raise
    if not found:
        message = (
            f"no exception has an id that begins with {prefix};"
            " `offpath status` lists those that are open"
        )
        raise ConfigurationError(message)
    if len(found) > 1:
        message = (
            f"{len(found)} exceptions have ids that begin with {prefix}; give more"
        )
        raise ConfigurationError(message)
    return found.pop()


def routing_status(home: Home, now: datetime) -> dict[str, object]:
    """Count messages by state; list the undelivered and the open exceptions.

    The most urgent come first, those that somebody has resolved last.
    """
    with open_marts(home.marts) as connection:
        mart_as_of = instant_of(connection)
        exceptions = [
            OpenException(*row)
            for row in aware_rows(
                connection,
                f"select {', '.join(OpenException._fields)} from fct_exceptions"  # noqa: S608
                " where is_open order by priority, detected_at, exception_id",
            )
        ]
    with Ledger.reading(home.ledger) as ledger:
        histories = ledger.histories()
        known = ledger.memory.known()
        waits = ledger.last_reasons(DIGEST_CODE, OVER_CODE)
        states = ledger.rows(
            "select state, count(*) as messages from messages"
            " group by state order by state"
        )
        undelivered = ledger.post.letters("pending", "sending", "failed")
    standings = [
        _standing(
            exception,
            histories.get(exception.exception_id, History()),
            waits.get(exception.exception_id),
            now,
            is_known=exception.exception_id in known,
        )
        for exception in exceptions
    ]
    return {
        "now": instant_text(now),
        "mart_as_of": instant_text(mart_as_of),
        "messages": {str(row["state"]): row["messages"] for row in states},
        "undelivered": undelivered,
        "exceptions": sorted(standings, key=lambda each: each["answer"] == "resolved"),
    }


def _standing(
    exception: OpenException,
    history: History,
    reason: str | None,
    now: datetime,
    *,
    is_known: bool,
) -> dict[str, object]:
    """Tell of an open exception what somebody has to know to act on it.

    ``answer`` is ``resolved`` or ``acknowledged`` where somebody said so; ``known``
    what was open before anybody was to be told; ``not told`` where no message has
    reached its owner that had to; else ``awaited`` of a page or task, and ``not asked
    for`` of digests and records. ``waits`` says until when the last run lets it wait,
    and why; null of what does not.
    """
    is_acknowledged = history.is_acknowledged(exception.owner_role)
    is_waiting = (
        reason is not None
        and exception.route_class in ("task", "digest")
        and not (history.is_resolved or is_acknowledged)
    )
    if history.is_resolved:
        answer = "resolved"
    elif is_acknowledged:
        answer = "acknowledged"
    elif exception.route_class != "record" and not any(
        past.may_be_told
        for past in history.announcements(history.spell, exception.owner_role)
    ):
        answer = "known" if is_known and not history.is_told else "not told"
    else:
        is_asked = exception.route_class in ANSWERED_CLASSES
        answer = "awaited" if is_asked else "not asked for"
    due = exception.respond_by_at
    return {
        "exception_id": exception.exception_id,
        "route_class": exception.route_class,
        "severity": exception.severity,
        "owner_role": exception.owner_role,
        "respond_by_at": due and instant_text(due),
        "is_overdue": due is not None and due <= now and not history.is_resolved,
        "answer": answer,
        "waits": reason.partition(": ")[2] if reason and is_waiting else None,
        "rule_id": exception.rule_id,
        "subject_id": exception.subject_id,
    }


def require_unresolved(ledger: Ledger, exception_id: str) -> None:
    """Raise ConfigurationError when somebody has resolved the exception."""
    if ledger.is_resolved(exception_id):
        message = f"{exception_id} is resolved; nobody needs to be on it"
        raise ConfigurationError(message)


def account_of(home: Home, exception_id: str) -> dict[str, object]:
    """Return the exception and all that was decided, sent and done about it.

    The exception is null when the marts no longer hold it, or are not to be read, which
    ``trouble`` tells of.
    """
    trouble = None
    held: list[ExceptionRecord] = []
    steps: tuple[EscalationStep, ...] = ()
    try:
        mart = load_mart(home.marts, f"exception_id = {literal(exception_id)}")
    except MartError as error:
        trouble = str(error)
    else:
        held = list(mart.exceptions)
        steps = mart.escalations.get(exception_id, ())
    with Ledger.reading(home.ledger) as ledger:
        return {
            "exception_id": exception_id,
            "trouble": trouble,
            "exception": exception_payload(held[0]) if held else None,
            "escalations": [
                {
                    "step": step.step,
                    "notify_role": step.notify_role,
                    "notify_at": step.notify_at and instant_text(step.notify_at),
                }
                for step in steps
            ],
            "decisions": ledger.rows(
                "select decided_at, decision, reason from decisions"
                " where exception_id = ? order by decision_number",
                [exception_id],
            ),
            "messages": ledger.rows(
                "select intents.kind, intents.step, intents.owner_role,"
                " messages.channel, messages.state, intents.reason,"
                " intents.decided_at, messages.delivered_at, messages.attempts,"
                " messages.is_possible_duplicate, messages.error, messages.message_id"
                " from intents inner join messages"
                " on intents.message_id = messages.message_id"
                " where intents.exception_id = ? order by intents.rowid",
                [exception_id],
            ),
            "actions": ledger.rows(
                "select action, actor, note, close_code, acted_at from actions"
                " where exception_id = ? order by action_number",
                [exception_id],
            ),
        }
