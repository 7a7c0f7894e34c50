"""The ledger: what was decided, sent and done. SQLite, committed per message."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

from offpath.decisions import Decision, ExceptionRecord, History, PastIntent
from offpath.instants import instant, instant_text
from offpath.lease import Lease
from offpath.ledger_file import open_for_reading, open_for_writing
from offpath.messages import Message, exception_of_payload

State = Literal["pending", "sending", "sent", "outbox", "failed", "held"]
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to one channel."""

    message_id: str
    channel: str
    owner_role: str
    payload: Mapping[str, object]
    is_possible_duplicate: bool


class Ledger:
    """An open ledger; use it as a context manager."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Wrap a connection to a ledger; see `writing` and `reading`."""
        self._connection = connection

    @classmethod
    def writing(cls, path: Path) -> Self:
        """Open the ledger for writing, and create it if it is not there."""
        return cls(open_for_writing(path))

    @classmethod
    def reading(cls, path: Path) -> Self:
        """Open the ledger so that nothing changes it; a missing one reads as empty."""
        return cls(open_for_reading(path))

    def __enter__(self) -> Self:
        """Return the open ledger."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the ledger."""
        self._connection.close()

    @contextmanager
    def lease(self) -> Iterator[Lease]:
        """Hold the right to send, and give it back."""
        lease = Lease(self._connection)
        try:
            yield lease
        finally:
            lease.release()

    def histories(self) -> dict[str, History]:
        """Return what is known of each exception; withdrawn intents are left out."""
        intents: dict[str, list[PastIntent]] = defaultdict(list)
        for row in self._rows(
            """
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
                max(messages.state in ('sent', 'outbox', 'sending')) as is_told,
                max(messages.state in ('pending', 'failed')) as is_undelivered
            from intents
            inner join messages
                on intents.message_id = messages.message_id
            group by intents.intent_id
            having max(messages.state <> 'held')
            """
        ):
            intents[row["exception_id"]].append(
                PastIntent(
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
                )
            )
        acknowledged: dict[str, datetime] = {}
        resolved: set[str] = set()
        for row in self._rows(
            "select exception_id, action, max(acted_at) as acted_at from actions"
            " group by exception_id, action"
        ):
            if row["action"] == "resolved":
                resolved.add(row["exception_id"])
            else:
                acknowledged[row["exception_id"]] = instant(row["acted_at"])
        return {
            exception_id: History(
                intents=tuple(intents.get(exception_id, ())),
                acknowledged_at=acknowledged.get(exception_id),
                is_resolved=exception_id in resolved,
            )
            for exception_id in intents.keys() | acknowledged.keys() | resolved
        }

    def told_between(
        self, since: datetime, until: datetime, held: Collection[str]
    ) -> dict[str, list[datetime]]:
        """Return when each role was told something, but that something is over.

        A message counts once, unless it is one of several tasks: each has to be done.
        Undelivered ones count too, but those that are ``held`` or are going to be.
        """
        told: dict[str, list[datetime]] = defaultdict(list)
        for row in self._rows(
            """
            with lately as (
                select * from intents
                where decided_at between ? and ? and kind <> 'resolved'
            ),
            sent as materialized (
                select message_id, json_extract(payload, '$.kind') as kind
                from messages
                where message_id in (select message_id from lately)
                    and state <> 'held'
                    and (
                        state not in ('pending', 'failed')
                        or message_id not in (select value from json_each(?))
                    )
                group by message_id
            )
            select lately.owner_role, lately.decided_at
            from lately
            inner join sent
                on lately.message_id = sent.message_id
            group by
                lately.owner_role,
                case
                    when lately.route_class = 'task'
                        and lately.kind in ('opened', 'raised')
                        and sent.kind <> 'digest'
                        then lately.intent_id
                    else lately.message_id
                end
            """,
            [instant_text(since), instant_text(until), json.dumps(list(held))],
        ):
            told[row["owner_role"]].append(instant(row["decided_at"]))
        return told

    def last_told(self, exception_ids: Iterable[str]) -> list[ExceptionRecord]:
        """Return announced exceptions, each as its last message carried it.

        A digest carries many, so that each message is read once.
        """
        wanted: dict[str, set[str]] = defaultdict(set)
        last = {
            row["exception_id"]: row["message_id"]
            for row in self._rows(
                "select exception_id, message_id, max(rowid) from intents"
                " group by exception_id"
            )
        }
        for exception_id in exception_ids:
            wanted[last[exception_id]].add(exception_id)
        return [
            exception_of_payload(each)
            for message_id, members in wanted.items()
            for each in self._payload(message_id)["exceptions"]
            if each["exception_id"] in members
        ]

    def _payload(self, message_id: str) -> Mapping[str, Any]:
        """Return what a message says, which is the same on every channel."""
        (row,) = self._rows(
            "select payload from messages where message_id = ? limit 1", [message_id]
        )
        payload: Mapping[str, Any] = json.loads(row["payload"])
        return payload

    def is_resolved(self, exception_id: str) -> bool:
        """Tell whether somebody has resolved the exception."""
        query = "select 1 from actions where exception_id = ? and action = 'resolved'"
        return self._rows(query, [exception_id]).fetchone() is not None

    def record(self, now: datetime, decisions: Mapping[str, Decision]) -> None:
        """Write what was decided about each exception."""
        with self._transaction():
            self._connection.executemany(
                "insert into decisions (exception_id, decided_at, decision, reason)"
                " values (?, ?, ?, ?)",
                [
                    (
                        exception_id,
                        instant_text(now),
                        decision.decision,
                        decision.reason,
                    )
                    for exception_id, decision in decisions.items()
                ],
            )

    def last_decisions(self) -> dict[str, tuple[str, str]]:
        """Return the last decision about each exception, and its reason."""
        return {
            row["exception_id"]: (row["decision"], row["reason"])
            for row in self._rows(
                "select exception_id, decision, reason, max(decision_number)"
                " from decisions group by exception_id"
            )
        }

    def plan(self, messages: Iterable[tuple[Message, Sequence[str]]]) -> None:
        """Write new messages, each with the names of its channels, as pending.

        A withdrawn message of the same id is wanted again.
        """
        with self._transaction():
            for message, channels in messages:
                self._connection.executemany(
                    "insert or replace into intents values"
                    " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (
                            intent.intent_id,
                            message.message_id,
                            intent.exception_id,
                            exception.rule_id,
                            exception.journey,
                            intent.kind,
                            intent.spell,
                            intent.step,
                            intent.owner_role,
                            intent.route_class,
                            intent.reason,
                            instant_text(message.decided_at),
                        )
                        for intent, exception in message.intents
                    ],
                )
                self._connection.executemany(
                    "insert into messages"
                    " (message_id, channel, owner_role, payload, priority, state)"
                    " values (?, ?, ?, ?, ?, 'pending')"
                    " on conflict (message_id, channel) do update"
                    " set state = 'pending', payload = excluded.payload,"
                    " priority = excluded.priority, attempts = 0, error = null"
                    " where messages.state = 'held'",
                    [
                        (
                            message.message_id,
                            channel,
                            message.owner_role,
                            json.dumps(message.payload()),
                            message.priority,
                        )
                        for channel in channels
                    ],
                )

    def hold(self, message_ids: Iterable[str]) -> None:
        """Hold back messages wherever they have not been delivered."""
        with self._transaction():
            self._connection.executemany(
                "update messages set state = 'held'"
                " where message_id = ? and state in ('pending', 'failed')",
                [(each,) for each in message_ids],
            )

    def deliveries(self, *states: State) -> list[Delivery]:
        """Return the messages in the given states, the most urgent first."""
        marks = ", ".join("?" for _ in states)
        return [
            Delivery(
                message_id=row["message_id"],
                channel=row["channel"],
                owner_role=row["owner_role"],
                payload=json.loads(row["payload"]),
                is_possible_duplicate=bool(row["is_possible_duplicate"]),
            )
            for row in self._rows(
                f"""
                select * from messages
                where state in ({marks})
                order by priority, rowid
                """,  # noqa: S608
                states,
            )
        ]

    def move(self, delivery: Delivery, channel: str) -> Delivery | None:
        """Move an undelivered message to another channel and return it so.

        If that channel has it already, this one is held and None returned.
        """
        moved = self._connection.execute(
            "update or ignore messages set channel = ? where message_id = ?"
            " and channel = ?",
            [channel, delivery.message_id, delivery.channel],
        ).rowcount
        if moved:
            return replace(delivery, channel=channel)
        self._connection.execute(
            "update messages set state = 'held' where message_id = ? and channel = ?",
            [delivery.message_id, delivery.channel],
        )
        return None

    def begin(self, delivery: Delivery, *, is_possible_duplicate: bool) -> None:
        """Write, before a message leaves, that it is about to."""
        self._connection.execute(
            "update messages set state = 'sending', attempts = attempts + 1,"
            " is_possible_duplicate = ? where message_id = ? and channel = ?",
            [is_possible_duplicate, delivery.message_id, delivery.channel],
        )

    def finish(
        self, delivery: Delivery, state: State, at: datetime, error: str | None = None
    ) -> None:
        """Write how a message fared."""
        delivered_at = None if state == "failed" else instant_text(at)
        self._connection.execute(
            "update messages set state = ?, delivered_at = ?, error = ?"
            " where message_id = ? and channel = ?",
            [state, delivered_at, error, delivery.message_id, delivery.channel],
        )

    def act(  # noqa: PLR0913 - the columns of an action
        self,
        action: Literal["acknowledged", "resolved"],
        exception_id: str,
        *,
        actor: str,
        note: str | None,
        close_code: str | None,
        at: datetime,
    ) -> None:
        """Write what a person did about an exception."""
        self._connection.execute(
            "insert into actions"
            " (action, exception_id, actor, note, close_code, acted_at)"
            " values (?, ?, ?, ?, ?, ?)",
            [action, exception_id, actor, note, close_code, instant_text(at)],
        )

    def exception_ids(self, prefix: str) -> list[str]:
        """Return the ids known here that begin with the prefix."""
        return [
            str(row["exception_id"])
            for row in self._rows(
                "select distinct exception_id from decisions"
                " where substr(exception_id, 1, length(?)) = ?",
                [prefix, prefix],
            )
        ]

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Answer a query with one dictionary a row."""
        return [dict(row) for row in self._rows(query, parameters)]

    def _rows(self, query: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._connection.execute(query, parameters)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")
