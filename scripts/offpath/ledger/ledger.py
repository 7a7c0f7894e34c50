"""The ledger: what was decided, sent and done. SQLite, committed per message."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
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
from offpath.ledger.post import Post, Row
from offpath.routing.attention import DIGEST_CODE, OVER_CODE, QUIET
from offpath.routing.history import History
from offpath.routing.intents import (
    LOST_CODE,
    Decision,
    ExceptionRecord,
    exception_of_payload,
)

LAST_CHARACTER = chr(0x10FFFF)
# SQLite takes the other columns from the row that has the highest number.
LAST_DECISIONS = """
select exception_id, decision, reason, max(decision_number)
from decisions
group by exception_id
"""
Parameters = Sequence[object] | Mapping[str, object]


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
    def post(self) -> Post:
        """Its messages on their way."""
        return Post(self._connection)

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
        row = self._rows("select pruned_before from home").fetchone()
        return instant(row[0]) if row and row[0] else None

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
                " where message_id in (select message_id from messages)"
                " group by exception_id"
            )
        }
        for exception_id in exception_ids:
            if exception_id in last:
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
            for row in self._rows(LAST_DECISIONS)
        }

    def last_reasons(self, *codes: str) -> dict[str, str]:
        """Return the reason of the last decision, where it begins with a code."""
        rows = self._rows(
            f"""
            select exception_id, reason
            from ({LAST_DECISIONS})
            where substr(reason, 1, instr(reason || ':', ':') - 1)
                in (select value from json_each(?))
            """,  # noqa: S608
            [json.dumps(codes)],
        )
        return {row["exception_id"]: row["reason"] for row in rows}

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
        # What is back and waits for its turn is in a spell of which nothing is written.
        waits = exception_id in self.last_reasons(DIGEST_CODE, OVER_CODE)
        spell = history.spell if waits else history.last_spell
        told = [
            past.intent_id
            for past in history.intents
            if past.spell == spell and past.may_be_told
        ]
        self._connection.execute(
            "insert into actions"
            " (action, exception_id, actor, note, close_code, acted_at, spell, told)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(action, exception_id, actor, note, close_code, instant_text(at)),
                *(spell, json.dumps(told)),
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
