"""The ledger: what was decided, sent and done. SQLite, committed per message."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

from offpath.errors import ConfigurationError
from offpath.instants import instant, instant_text
from offpath.ledger.database import (
    named,
    open_for_reading,
    open_for_writing,
    transaction,
)
from offpath.ledger.histories import read_histories
from offpath.ledger.lease import Lease
from offpath.ledger.memory import Memory
from offpath.routing.attention import QUIET
from offpath.routing.history import History
from offpath.routing.intents import LOST_CODE, Decision, ExceptionRecord
from offpath.routing.messages import Message, exception_of_payload

State = Literal[
    "pending", "sending", "sent", "outbox", "failed", "refused", "dropped", "held"
]
LAST_CHARACTER = chr(0x10FFFF)
Row = dict[str, object]
Parameters = Sequence[object] | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to one channel.

    ``attempts`` counts those that were made. ``may_have_arrived`` tells that one of
    them had no answer; ``taken`` is how many of its exceptions the channel has, from
    the first on; ``next_try_at`` is null where any run may try.
    """

    message_id: str
    channel: str
    owner_role: str
    payload: Mapping[str, Any]
    is_possible_duplicate: bool
    state: State = "pending"
    attempts: int = 0
    may_have_arrived: bool = False
    taken: int = 0
    next_try_at: datetime | None = None
    error: str | None = None

    @property
    def left(self) -> Mapping[str, Any]:
        """The message without the exceptions that the channel has."""
        if not self.taken:
            return self.payload
        return {**self.payload, "exceptions": self.payload["exceptions"][self.taken :]}


class Ledger:
    """An open ledger; use it as a context manager."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Wrap a connection to a ledger; see `writing` and `reading`."""
        self._connection = connection
        self._path = path

    @classmethod
    def writing(cls, path: Path) -> Self:
        """Open the ledger for writing, and create it if it is not there."""
        return cls(open_for_writing(path), path)

    @classmethod
    def reading(cls, path: Path) -> Self:
        """Open the ledger so that nothing changes it; a missing one reads as empty."""
        return cls(open_for_reading(path), path)

    @classmethod
    def has_begun(cls, path: Path) -> bool:
        """Tell whether a run came to its end there, or decided anything."""
        with cls.reading(path) as ledger:
            found = ledger.rows(
                "select 1 where exists (select 1 from decisions)"
                " or exists (select 1 from runs where ended_at is not null)"
            )
        return bool(found)

    def __enter__(self) -> Self:
        """Return the open ledger."""
        return self

    def __exit__(
        self, _: object = None, error: BaseException | None = None, *__: object
    ) -> None:
        """Close the ledger, and say of what went wrong with it which file it is."""
        self._connection.close()
        if isinstance(error, sqlite3.DatabaseError | json.JSONDecodeError):
            with named(self._path):
                raise error

    @contextmanager
    def lease(self) -> Iterator[Lease]:
        """Hold the right to send, and give it back."""
        lease = Lease(self._connection)
        try:
            yield lease
        finally:
            lease.release()

    @property
    def memory(self) -> Memory:
        """What it keeps besides intents, messages and answers."""
        return Memory(self._connection)

    def claim(self, folder: Path) -> None:
        """Remember the home's folder, in which alone this ledger sends and hears.

        Raise ConfigurationError in another one: it is a copy, or it was moved.
        """
        here = str(folder.resolve())
        self._connection.execute(
            "insert or ignore into home (only_row, folder) values (1, ?)", [here]
        )
        (there,) = self._rows("select folder from home").fetchone()
        if there != here:
            message = (
                f"this ledger sends from {there} and is at {here} now; if it was moved,"
                " `offpath adopt` lets it send from here; a copy would tell all twice"
            )
            raise ConfigurationError(message)

    def pruned_before(self) -> datetime | None:
        """Return the instant before which what was over is not known here any more."""
        return self._instant_of_home("pruned_before")

    def _instant_of_home(self, name: str) -> datetime | None:
        """Return an instant that the ledger knows of itself."""
        row = self._rows(f"select {name} from home").fetchone()  # noqa: S608
        return instant(row[name]) if row and row[name] else None

    def histories(self) -> dict[str, History]:
        """Return what is known of each exception; withdrawn intents are left out."""
        return read_histories(self._connection)

    def told_between(
        self, since: datetime, until: datetime, held: Collection[str]
    ) -> dict[str, list[datetime]]:
        """Return when each role was told something that asks for attention.

        A message counts once, unless it is one of several tasks: each has to be done.
        Undelivered ones count too, but those that are ``held`` or are going to be.
        """
        told: dict[str, list[datetime]] = defaultdict(list)
        for row in self._rows(
            """
            with lately as (
                select * from intents
                where
                    decided_at between ? and ?
                    and kind not in (select value from json_each(?))
            ),
            sent as materialized (
                select message_id, json_extract(payload, '$.kind') as kind
                from messages
                where message_id in (select message_id from lately)
                    and state <> 'held'
                    and (
                        state not in ('pending', 'failed', 'refused', 'outbox')
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
            [
                *(instant_text(since), instant_text(until)),
                *(json.dumps(list(QUIET)), json.dumps(list(held))),
            ],
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
        decided_at = instant_text(now)
        with self.transaction():
            self._connection.executemany(
                "insert into decisions (exception_id, decided_at, decision, reason)"
                " values (?, ?, ?, ?)",
                [
                    (exception_id, decided_at, decision.decision, decision.reason)
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

    def last_reasons(self, *codes: str) -> dict[str, str]:
        """Return the reason of the last decision, where it begins with a code."""
        rows = self._rows(
            """
            with last_decisions as (
                select exception_id, reason, max(decision_number)
                from decisions
                group by exception_id
            )
            select exception_id, reason
            from last_decisions
            where substr(reason, 1, instr(reason || ':', ':') - 1)
                in (select value from json_each(?))
            """,
            [json.dumps(codes)],
        )
        return {row["exception_id"]: row["reason"] for row in rows}

    def plan(self, messages: Iterable[tuple[Message, Sequence[str]]]) -> None:
        """Write new messages, each with the names of its channels, as pending.

        A withdrawn message of the same id is wanted again. What may have been told by
        another message, or before a backup was restored, is marked.
        """
        restored_at = self._instant_of_home("restored_at")
        with self.transaction():
            for message, channels in messages:
                decided_at = instant_text(message.decided_at)
                self._connection.executemany(
                    "insert or replace into intents values"
                    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, coalesce(("
                    " select max(former.may_be_told or messages.may_have_arrived"
                    " or messages.taken) from intents as former inner join messages"
                    " on former.message_id = messages.message_id"
                    " where former.intent_id = ?1), 0))",
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
                            decided_at,
                        )
                        for intent, exception in message.intents
                    ],
                )
                payload = json.dumps(message.payload())
                self._connection.executemany(
                    "insert into messages"
                    " (message_id, channel, owner_role, payload, priority, state,"
                    " is_possible_duplicate)"
                    " values (?1, ?2, ?3, ?4, ?5, 'pending', max(?6, ("
                    " select coalesce(max(may_have_arrived), 0) from messages"
                    " where message_id = ?1), ("
                    " select coalesce(max(may_be_told), 0) from intents"
                    " where message_id = ?1)))"
                    " on conflict (message_id, channel) do update"
                    " set state = 'pending', payload = excluded.payload,"
                    " priority = excluded.priority, attempts = 0, taken = 0,"
                    " error = null, next_try_at = null,"
                    " is_possible_duplicate = excluded.is_possible_duplicate"
                    " where messages.state = 'held'",
                    [
                        (
                            message.message_id,
                            channel,
                            message.owner_role,
                            payload,
                            message.priority,
                            _may_repeat(message, restored_at),
                        )
                        for channel in channels
                    ],
                )

    def date_restore(self, now: datetime) -> None:
        """Write which was the first run with marts after a restore, if there was one.

        A restore writes LATEST, which is after any clock.
        """
        self._connection.execute(
            "update home set restored_at = min(restored_at, ?)", [instant_text(now)]
        )

    def hold(self, message_ids: Iterable[str]) -> None:
        """Hold back messages wherever nobody can have read them."""
        with self.transaction():
            self._connection.executemany(
                "update messages set state = 'held'"
                " where message_id = ?"
                " and state in ('pending', 'failed', 'refused', 'outbox')",
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
                state=row["state"],
                attempts=row["attempts"],
                may_have_arrived=bool(row["may_have_arrived"]),
                taken=row["taken"],
                next_try_at=row["next_try_at"] and instant(row["next_try_at"]),
                error=row["error"],
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

    def move(self, delivery: Delivery, channels: Iterable[str]) -> list[Delivery]:
        """Move an undelivered message to other channels, and return it by each.

        Those that have it already are left out; with none left it is held.
        """
        moved: list[Delivery] = []
        with self.transaction():
            for channel in channels:
                # What was taken back there is wanted again.
                taken = self._rows(
                    "insert into messages"
                    " (message_id, channel, owner_role, payload, priority, state,"
                    " is_possible_duplicate, may_have_arrived)"
                    " select message_id, ?, owner_role, payload, priority, 'pending',"
                    " is_possible_duplicate, may_have_arrived or taken"
                    " from messages where message_id = ? and channel = ?"
                    " on conflict (message_id, channel) do update"
                    " set state = 'pending', attempts = 0, taken = 0, error = null,"
                    " next_try_at = null, may_have_arrived = messages.may_have_arrived"
                    " or messages.taken or excluded.may_have_arrived"
                    " where messages.state = 'held' returning may_have_arrived",
                    [channel, delivery.message_id, delivery.channel],
                ).fetchone()
                if taken:
                    moved.append(
                        replace(
                            delivery,
                            channel=channel,
                            state="pending",
                            attempts=0,
                            may_have_arrived=bool(taken["may_have_arrived"]),
                            taken=0,
                            next_try_at=None,
                            error=None,
                        )
                    )
            leave = (
                "delete from messages"
                if moved
                else "update messages set state = 'held'"
            )
            self._connection.execute(
                f"{leave} where message_id = ? and channel = ?",
                [delivery.message_id, delivery.channel],
            )
        return moved

    def begin(self, delivery: Delivery, *, is_possible_duplicate: bool) -> None:
        """Write, before a message leaves, that it is about to."""
        self._connection.execute(
            "update messages set state = 'sending', attempts = attempts + 1,"
            " is_possible_duplicate = ? where message_id = ? and channel = ?",
            [is_possible_duplicate, delivery.message_id, delivery.channel],
        )

    def finish(  # noqa: PLR0913 - the columns of an outcome
        self,
        delivery: Delivery,
        state: State,
        at: datetime,
        error: str | None = None,
        *,
        may_have_arrived: bool = False,
        taken: int = 0,
        next_try_at: datetime | None = None,
    ) -> None:
        """Write how a message fared, and how many more exceptions the channel has."""
        is_delivered = state in ("sent", "outbox")
        self._connection.execute(
            "update messages set state = ?, delivered_at = ?, error = ?,"
            " may_have_arrived = max(may_have_arrived, ?), taken = taken + ?,"
            " next_try_at = ?"
            " where message_id = ? and channel = ?",
            [
                state,
                instant_text(at) if is_delivered else None,
                error,
                may_have_arrived,
                taken,
                next_try_at and instant_text(next_try_at),
                delivery.message_id,
                delivery.channel,
            ],
        )

    def rest(self, channel: str, until: datetime) -> None:
        """Leave a channel alone until then, as it asked for."""
        self._connection.execute(
            "insert or replace into rests values (?, ?)", [channel, instant_text(until)]
        )

    def rests(self) -> dict[str, datetime]:
        """Return until when each channel wants to be left alone."""
        return {
            row["channel"]: instant(row["rests_until"])
            for row in self._rows("select * from rests")
        }

    def letters(self, *states: State, prefix: str = "") -> list[Row]:
        """Return the messages in the given states whose ids begin with the prefix.

        The next try of one that is to be tried again waits for its channel's rest too.
        """
        return self.rows(
            "select message_id, owner_role, channel, state, attempts,"
            " nullif(max(coalesce(next_try_at, ''), coalesce("
            " case when state in ('pending', 'failed') then rests_until end, '')), '')"
            " as next_try_at, error, json_extract(payload, '$.title') as title"
            " from messages left join rests using (channel)"
            " where state in (select value from json_each(?))"
            " and substr(message_id, 1, length(?)) = ?"
            " order by priority, messages.rowid",
            [json.dumps(states), prefix, prefix],
        )

    def settle(
        self, letters: Iterable[Row], state: Literal["pending", "dropped"]
    ) -> None:
        """Have letters tried again from the beginning, or give them up."""
        with self.transaction():
            self._connection.executemany(
                "update messages set state = ?, attempts = 0, next_try_at = null"
                " where message_id = ? and channel = ?",
                [(state, each["message_id"], each["channel"]) for each in letters],
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
        """Write what a person did about an exception, and what was known by then."""
        history = read_histories(self._connection, exception_id).get(
            exception_id, History()
        )
        told = [
            past.intent_id
            for past in history.intents
            if past.spell == history.last_spell and past.may_be_told
        ]
        self._connection.execute(
            "insert into actions"
            " (action, exception_id, actor, note, close_code, acted_at, spell, told)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(action, exception_id, actor, note, close_code, instant_text(at)),
                *(history.last_spell, json.dumps(told)),
            ],
        )

    def decided_before(self, exception_ids: Iterable[str]) -> dict[str, int]:
        """Return the number of the last decision about each before it lost its rows."""
        return {
            exception_id: self._rows(
                "select coalesce(max(decision_number), 0) as number from decisions"
                " where exception_id = ? and substr(reason, 1, ?) <> ?",
                [exception_id, len(LOST_CODE), LOST_CODE],
            ).fetchone()["number"]
            for exception_id in exception_ids
        }

    def release_notices(self, channels: Mapping[str, Collection[str]]) -> None:
        """Take out of the outbox what is about no exception, for roles with channels.

        Roles without a channel are left out of ``channels``.
        """
        waiting = self._rows(
            "select message_id, owner_role from messages where state = 'outbox'"
            " and message_id not in (select message_id from intents)"
        ).fetchall()
        with self.transaction():
            for message_id, role in waiting:
                for channel in channels.get(role, ()):
                    self._connection.execute(
                        "insert into messages"
                        " (message_id, channel, owner_role, payload, priority, state)"
                        " select message_id, ?, owner_role, payload, priority,"
                        " 'pending' from messages"
                        " where message_id = ? and state = 'outbox'"
                        " on conflict (message_id, channel) do nothing",
                        [channel, message_id],
                    )
                if channels.get(role):
                    self._connection.execute(
                        "update messages set state = 'held'"
                        " where message_id = ? and state = 'outbox'",
                        [message_id],
                    )

    def exception_ids(self, prefix: str) -> list[str]:
        """Return the ids known here that begin with the prefix."""
        return [
            str(row["exception_id"])
            for row in self._rows(
                "select distinct exception_id from decisions"
                # Unlike a function of the id, these limits are looked up in its index.
                " where exception_id >= ? and exception_id < ?",
                [prefix, f"{prefix}{LAST_CHARACTER}"],
            )
        ]

    @contextmanager
    def changed_parts(self) -> Iterator[set[tuple[str, int]]]:
        """Yield the parts of the routing log to write: kind and number.

        They are forgotten if the block comes to its end; until then nobody writes.
        """
        with self.transaction():
            yield {
                (row["kind"], row["part"])
                for row in self._rows("select kind, part from changed_parts")
            }
            self._connection.execute("delete from changed_parts")

    def rows(self, query: str, parameters: Parameters = ()) -> list[Row]:
        """Answer a query with one dictionary a row."""
        return [dict(row) for row in self._rows(query, parameters)]

    def _rows(self, query: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        return self._connection.execute(query, parameters)

    def transaction(self) -> AbstractContextManager[None]:
        """Write all or nothing; one within another is a part of it."""
        return transaction(self._connection)


def _may_repeat(message: Message, restored_at: datetime | None) -> bool:
    """Tell whether it may have been told before a backup took the ledger's place.

    That is, until a day after the first run with marts since, of what had been detected
    by that run; both by the clock of the runs.
    """
    return (
        restored_at is not None
        and message.decided_at < restored_at + timedelta(days=1)
        and any(each.detected_at <= restored_at for _, each in message.intents)
    )
