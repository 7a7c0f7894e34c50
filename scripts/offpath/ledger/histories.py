"""Read from the ledger what is known of each exception."""

import json
import sqlite3
from collections import defaultdict

from offpath.instants import instant
from offpath.routing.history import Answer, History, PastIntent

INTENTS = """
select
    intents.exception_id,
    intents.intent_id,
    intents.message_id,
    intents.kind,
    intents.spell,
    intents.step,
    intents.owner_role,
    intents.route_class,
    intents.decided_at,
    max(messages.state in ('sent', 'sending')) as is_told,
    max(
        (messages.may_have_arrived or messages.taken) and messages.state <> 'sent'
    ) as is_maybe_told,
    max(messages.state in ('pending', 'failed')) as is_undelivered,
    max(messages.state = 'outbox') as is_waiting,
    max(messages.state in ('refused', 'dropped')) as is_refused,
    max(messages.state = 'refused') as is_letter,
    group_concat(
        case
            when messages.state in ('sent', 'sending')
                or messages.may_have_arrived
                or messages.taken
                then messages.channel
        end,
        char(10)
    ) as channels
from intents
inner join messages
    on intents.message_id = messages.message_id
{of_one}
group by intents.intent_id
having max(messages.state <> 'held' or messages.may_have_arrived or messages.taken)
order by intents.rowid
"""
ANSWERS = """
select exception_id, action, spell, told
from actions
{of_one}
order by action_number
"""


def read_histories(
    connection: sqlite3.Connection, exception_id: str | None = None
) -> dict[str, History]:
    """Return what is known of each exception, or of one of them.

    Withdrawn intents are left out, unless somebody may know of them.
    """
    of_one = "" if exception_id is None else "where exception_id = ?"
    parameters = [] if exception_id is None else [exception_id]
    intents: dict[str, list[PastIntent]] = defaultdict(list)
    for row in connection.execute(INTENTS.format(of_one=of_one), parameters):
        intents[row["exception_id"]].append(_past(row))
    answers: dict[str, list[Answer]] = defaultdict(list)
    resolved: set[str] = set()
    for row in connection.execute(ANSWERS.format(of_one=of_one), parameters):
        if row["action"] == "resolved":
            resolved.add(row["exception_id"])
        else:
            answer = Answer(row["spell"], frozenset(json.loads(row["told"])))
            answers[row["exception_id"]].append(answer)
    return {
        key: History(
            intents=tuple(intents.get(key, ())),
            answers=tuple(answers.get(key, ())),
            is_resolved=key in resolved,
        )
        for key in intents.keys() | answers.keys() | resolved
    }


def _past(row: sqlite3.Row) -> PastIntent:
    """Return an intent of the ledger, over all channels it went to."""
    is_open = row["is_told"] or row["is_undelivered"] or row["is_waiting"]
    return PastIntent(
        intent_id=row["intent_id"],
        message_id=row["message_id"],
        kind=row["kind"],
        spell=row["spell"],
        step=row["step"],
        owner_role=row["owner_role"],
        route_class=row["route_class"],
        decided_at=instant(row["decided_at"]),
        is_told=bool(row["is_told"]),
        is_undelivered=bool(row["is_undelivered"]),
        is_maybe_told=bool(row["is_maybe_told"]),
        is_waiting=bool(row["is_waiting"] and not row["is_told"]),
        is_refused=bool(row["is_refused"] and not is_open),
        is_letter=bool(row["is_letter"]),
        channels=frozenset((row["channels"] or "").splitlines()),
    )
