"""The messages of an open ledger, from being written until they have left."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from offpath.home import OUTBOX
from offpath.instants import instant, instant_text
from offpath.ledger.database import transaction
from offpath.routing.messages import Message

State = Literal[
    "pending", "sending", "sent", "outbox", "failed", "refused", "dropped", "held"
]
Row = dict[str, object]


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


class Post:
    """What is to be told, by which channels, and how it fared."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read and write by the ledger's connection, in its transaction if any."""
        self._connection = connection

    def write(self, messages: Iterable[tuple[Message, Sequence[str]]]) -> None:
        """Write new messages, each with the names of its channels, as pending.

        A withdrawn message of the same id is wanted again. What may have been told by
        another message, or before a backup was restored, is marked.
        """
        restored_at = self._restored_at()
        with transaction(self._connection):
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

    def hold(self, message_ids: Iterable[str]) -> None:
        """Hold back messages wherever nobody can have read them."""
        with transaction(self._connection):
            self._connection.executemany(
                "update messages set state = 'held'"
                " where message_id = ?"
                " and state in ('pending', 'failed', 'refused', 'outbox')",
                [(each,) for each in message_ids],
            )

    def want(self, carried: Iterable[tuple[str, str]]) -> None:
        """Let messages go by channels from which they were taken back."""
        with transaction(self._connection):
            self._connection.executemany(
                "update messages set state = 'pending', attempts = 0, error = null,"
                " next_try_at = null"
                " where message_id = ? and channel = ? and state = 'held'",
                sorted(carried),
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
            for row in self._connection.execute(
                f"""
                select * from messages
                where state in ({marks})
                order by priority, rowid
                """,  # noqa: S608
                states,
            )
        ]

    def interrupted(self) -> list[Delivery]:
        """Return what a killed run was sending: each may have arrived.

        But what was on its way into the outbox, where nobody reads it.
        """
        self._connection.execute(
            "update messages set may_have_arrived = 1"
            " where state = 'sending' and channel <> ?",
            [OUTBOX],
        )
        return self.deliveries("sending")

    def move(self, delivery: Delivery, channels: Iterable[str]) -> list[Delivery]:
        """Move an undelivered message to other channels, and return it by each.

        Those that have it already are left out; with none left it is held.
        """
        moved: list[Delivery] = []
        with transaction(self._connection):
            for channel in channels:
                # What was taken back there is wanted again.
                taken = self._connection.execute(
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
            for row in self._connection.execute("select * from rests")
        }

    def letters(self, *states: State, prefix: str = "") -> list[Row]:
        """Return the messages in the given states whose ids begin with the prefix.

        The next try of one that is to be tried again waits for its channel's rest too.
        """
        rows = self._connection.execute(
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
        return [dict(row) for row in rows]

    def settle(
        self, letters: Iterable[Row], state: Literal["pending", "dropped"]
    ) -> None:
        """Have letters tried again from the beginning, or give them up."""
        with transaction(self._connection):
            self._connection.executemany(
                "update messages set state = ?, attempts = 0, next_try_at = null"
                " where message_id = ? and channel = ?",
                [(state, each["message_id"], each["channel"]) for each in letters],
            )

    def notice(self, message_id: str) -> tuple[str, bool] | None:
        """Return the role of a message and whether it may know; None without one."""
        row = self._connection.execute(
            "select owner_role, max(state in ('sent', 'sending') or may_have_arrived)"
            " as may_be_told from messages where message_id = ? group by owner_role",
            [message_id],
        ).fetchone()
        return row and (str(row["owner_role"]), bool(row["may_be_told"]))

    def release_notices(self, channels: Mapping[str, Collection[str]]) -> None:
        """Take out of the outbox what is about no exception, for roles with channels.

        Roles without a channel are left out of ``channels``.
        """
        waiting = self._connection.execute(
            "select message_id, owner_role from messages where state = 'outbox'"
            " and message_id not in (select message_id from intents)"
        ).fetchall()
        with transaction(self._connection):
            for message_id, role in waiting:
                for channel in channels.get(role, ()):
                    self._connection.execute(
                        "insert into messages"
                        " (message_id, channel, owner_role, payload, priority, state,"
                        " is_possible_duplicate, may_have_arrived)"
                        " select message_id, ?, owner_role, payload, priority,"
                        " 'pending', max(is_possible_duplicate, may_have_arrived),"
                        " may_have_arrived from messages"
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

    def date_restore(self, now: datetime) -> None:
        """Write which was the first run with marts after a restore, if there was one.

        A restore writes LATEST, which is after any clock.
        """
        self._connection.execute(
            "update home set restored_at = min(restored_at, ?)", [instant_text(now)]
        )

    def _restored_at(self) -> datetime | None:
        """Return which was the first run after a restore; None without one."""
        row = self._connection.execute("select restored_at from home").fetchone()
        return instant(row["restored_at"]) if row and row["restored_at"] else None


def _may_repeat(message: Message, restored_at: datetime | None) -> bool:
    """Tell whether it may have been told before a backup took the ledger's place.

    That is, until a day after the first run with marts since, of what had been detected
    by that run, and of what is about no exception; both by the clock of the runs.
    """
    return (
        restored_at is not None
        and message.decided_at < restored_at + timedelta(days=1)
        and (
            not message.intents
            or any(each.detected_at <= restored_at for _, each in message.intents)
        )
    )
