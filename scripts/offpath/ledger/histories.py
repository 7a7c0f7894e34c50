"""Read from the ledger what is known of each exception."""

import json
import sqlite3
from bisect import bisect_right
from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import Any

from offpath.instants import instant
from offpath.routing.history import Answer, History, PastIntent

# The last fields of a past intent, from ``is_told`` on.
Fate = tuple[Any, ...]
# Of a message that nobody has: it was taken back.
HELD: Fate = ()

# Once a message, and not once an intent: a digest carries thousands of them.
FATES = """
select
    message_id,
    max(state in ('sent', 'sending')) as is_told,
    max(state in ('pending', 'failed')) as is_undelivered,
    max((may_have_arrived or taken) and state <> 'sent') as is_maybe_told,
    max(state = 'outbox') as is_waiting,
    max(state in ('refused', 'dropped')) as is_refused,
    max(state = 'refused') as is_letter,
    group_concat(
        case
            when state in ('sent', 'sending') or may_have_arrived or taken
                then channel
        end,
        char(10)
    ) as channels,
    group_concat(
        case
            when state = 'held' and not (may_have_arrived or taken) then channel
        end,
        char(10)
    ) as withheld,
    min(case when state = 'sent' then delivered_at end) as delivered_at
from messages
{of_one}
group by message_id
having max(state <> 'held' or may_have_arrived or taken)
"""
INTENTS = """
select
    exception_id,
    intent_id,
    message_id,
    kind,
    spell,
    step,
    owner_role,
    route_class,
    decided_at,
    may_be_told
from intents
{of_one}
order by rowid
"""
ANSWERS = """
select exception_id, action, spell, told, actor, close_code, note
from actions
{of_one}
order by action_number
"""


RUNS = "select started_at from runs"


def read_histories(
    connection: sqlite3.Connection, exception_id: str | None = None
) -> dict[str, History]:
    """Return what is known of each exception, or of one of them.

    Withdrawn intents are left out, unless somebody may know of them.
    """
    of_one = "" if exception_id is None else "where exception_id = ?"
    parameters = [] if exception_id is None else [exception_id]
    of_its_messages = (
        f"where message_id in (select message_id from intents {of_one})"  # noqa: S608
        if of_one
        else ""
    )
    runs = sorted(instant(row["started_at"]) for row in connection.execute(RUNS))
    fates = {
        row["message_id"]: _fate(row, runs)
        for row in connection.execute(FATES.format(of_one=of_its_messages), parameters)
    }
    instants: dict[str, datetime] = {}
    intents: dict[str, list[PastIntent]] = defaultdict(list)
    for (
        key,
        intent_id,
        message_id,
        kind,
        spell,
        step,
        role,
        route_class,
        at,
        may_be_told,
    ) in connection.execute(INTENTS.format(of_one=of_one), parameters):
        if message_id not in fates and not may_be_told:
            continue
        if at not in instants:
            instants[at] = instant(at)
        what = (intent_id, message_id, kind, spell, step, role, route_class)
        past = PastIntent(*what, instants[at], *fates.get(message_id, HELD))
        if may_be_told:
            # By a message that told it before this one.
            past = replace(past, is_maybe_told=True)
        intents[key].append(past)
    answers: dict[str, list[Answer]] = defaultdict(list)
    resolved: dict[str, str] = {}
    for row in connection.execute(ANSWERS.format(of_one=of_one), parameters):
        if row["action"] == "resolved":
            resolved[row["exception_id"]] = _resolution(row)
        else:
            told = frozenset(json.loads(row["told"]))
            answer = Answer(row["spell"], told, row["actor"])
            answers[row["exception_id"]].append(answer)
    return {
        key: History(
            intents=tuple(intents.get(key, ())),
            answers=tuple(answers.get(key, ())),
            is_resolved=key in resolved,
            resolution=resolved.get(key, ""),
        )
        for key in intents.keys() | answers.keys() | resolved.keys()
    }


def _resolution(row: sqlite3.Row) -> str:
    """Say who resolved it, as what, and what they noted."""
    resolution = f"{row['actor']} resolved it as {row['close_code']}"
    return f"{resolution}: {row['note']}" if row["note"] else resolution


def _fate(row: sqlite3.Row, runs: list[datetime]) -> Fate:
    """Return what became of a message over all channels it went to.

    ``runs`` are the instants at which runs began, in their order.
    """
    told_at = None
    if row["delivered_at"]:
        begun = bisect_right(runs, instant(row["delivered_at"]))
        told_at = runs[begun - 1] if begun else None
    is_open = row["is_told"] or row["is_undelivered"] or row["is_waiting"]
    return (
        bool(row["is_told"]),
        bool(row["is_undelivered"]),
        bool(row["is_maybe_told"]),
        bool(row["is_waiting"] and not row["is_told"]),
        bool(row["is_refused"] and not is_open),
        bool(row["is_letter"]),
        frozenset((row["channels"] or "").splitlines()),
        frozenset((row["withheld"] or "").splitlines()),
        told_at,
    )
