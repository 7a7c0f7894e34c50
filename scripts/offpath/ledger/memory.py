"""What the ledger keeps from run to run besides intents, messages and answers."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from datetime import datetime
from typing import Any

from offpath.instants import instant, instant_text
from offpath.routing.attention import OwnerRole
from offpath.routing.duty import Duties
from offpath.routing.escalations import EscalationStep
from offpath.routing.intents import (
    ExceptionRecord,
    exception_of_payload,
    exception_values,
)
from offpath.warehouse.marts import Mart

# With its instants as text; made once, as it is asked for each exception.
ENCODE = json.JSONEncoder(default=instant_text).encode
Followed = tuple[ExceptionRecord, tuple[EscalationStep, ...]]


class Memory:
    """The smaller tables of an open ledger."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read and write by the ledger's connection, in its transaction if any."""
        self._connection = connection

    def begin_run(self, now: datetime) -> int:
        """Write that a run has begun, and return its number."""
        number = self._connection.execute(
            "insert into runs (started_at) values (?)", [instant_text(now)]
        ).lastrowid
        if number is None:
            message = "SQLite gave the new run no number"
            raise RuntimeError(message)
        return number

    def end_run(
        self, number: int, at: datetime, mart_as_of: datetime, undelivered: int
    ) -> None:
        """Write how a run ended."""
        self._connection.execute(
            "update runs set ended_at = ?, mart_as_of = ?, undelivered = ?"
            " where run_number = ?",
            [instant_text(at), instant_text(mart_as_of), undelivered, number],
        )

    def last_ended_at(self) -> datetime | None:
        """Return when the last run ended that was not killed; None if none did."""
        row = self._connection.execute(
            "select ended_at from runs where ended_at is not null"
            " order by run_number desc limit 1"
        ).fetchone()
        return row and instant(row["ended_at"])

    def known(self) -> dict[str, str]:
        """Return what is announced to nobody, with the class that it had."""
        rows = self._connection.execute("select exception_id, route_class from known")
        return {row["exception_id"]: row["route_class"] for row in rows}

    def know(
        self, now: datetime, known: Mapping[str, str], ended: Iterable[str]
    ) -> None:
        """Write what is announced to nobody, and forget of that what is over."""
        self._connection.executemany(
            "insert or replace into known values (?, ?, ?)",
            [(key, value, instant_text(now)) for key, value in known.items()],
        )
        self._connection.executemany(
            "delete from known where exception_id = ?", [(each,) for each in ended]
        )

    def followed(self) -> dict[str, Followed]:
        """Return what was announced or awaits an answer, as it was seen last."""
        rows = self._connection.execute("select * from followed")
        return {row["exception_id"]: _followed(row) for row in rows}

    def followed_since(self, at: datetime) -> list[Followed]:
        """Return what of it was detected after an instant."""
        rows = self._connection.execute(
            "select * from followed"
            # To the second, by their texts: few are younger than the marts.
            " where substr(json_extract(exception, '$.detected_at'), 1, 19) >= ?",
            [instant_text(at)[:19]],
        )
        return [each for each in map(_followed, rows) if each[0].detected_at > at]

    def follow(self, mart: Mart, followed: Iterable[Followed]) -> None:
        """Replace what the next run goes on with should it find no marts."""
        self._connection.execute("delete from followed")
        self._connection.executemany(
            "insert into followed values (?, ?, ?)",
            [
                (
                    exception.exception_id,
                    ENCODE(exception_values(exception)),
                    ENCODE([_step_values(step) for step in steps]),
                )
                for exception, steps in followed
            ],
        )
        self._connection.execute(
            "insert or replace into last_marts values (1, ?, ?, ?, ?)",
            [
                instant_text(mart.as_of),
                json.dumps([astuple(role) for role in mart.roles.values()]),
                json.dumps(mart.duties.as_json()),
                json.dumps(sorted(mart.trial_rules)),
            ],
        )

    def has_followed(self) -> bool:
        """Tell whether it was ever written what is followed; not in older ledgers."""
        query = "select 1 from last_marts"
        return self._connection.execute(query).fetchone() is not None

    def trial_rules(self) -> frozenset[str]:
        """Return the rules that were on trial in the last marts that were read."""
        row = self._connection.execute("select trial_rules from last_marts").fetchone()
        return frozenset(json.loads(row["trial_rules"]) if row else ())

    def last_mart(self) -> Mart | None:
        """Return what is left of the last marts that were read; None if none were."""
        row = self._connection.execute("select * from last_marts").fetchone()
        if row is None:
            return None
        followed = self.followed()
        return Mart(
            as_of=instant(row["as_of"]),
            exceptions=tuple(
                sorted(
                    (exception for exception, _ in followed.values()),
                    key=lambda each: (each.priority, each.detected_at),
                )
            ),
            escalations={key: steps for key, (_, steps) in followed.items()},
            roles={each[0]: OwnerRole(*each) for each in json.loads(row["roles"])},
            duties=Duties.of_json(json.loads(row["duties"])),
            trial_rules=frozenset(json.loads(row["trial_rules"])),
            is_whole=False,
        )

    def open_notices(self, kind: str) -> list[str]:
        """Return the ids of the notices of the kind that have no end yet."""
        return [
            str(row["message_id"])
            for row in self._connection.execute(
                "select message_id from notices where kind = ? and ended_at is null",
                [kind],
            )
        ]

    def note(self, message_id: str, kind: str, at: datetime) -> None:
        """Write that the operator is told of something."""
        self._connection.execute(
            "insert or ignore into notices (message_id, kind, noted_at)"
            " values (?, ?, ?)",
            [message_id, kind, instant_text(at)],
        )

    def count_notices(self, kind: str) -> int:
        """Return how often the operator was told of such a thing."""
        query = "select count(*) from notices where kind = ?"
        return int(self._connection.execute(query, [kind]).fetchone()[0])

    def end_notices(self, message_ids: Iterable[str], at: datetime) -> None:
        """Write that what the operator was told of is over."""
        self._connection.executemany(
            "update notices set ended_at = ? where message_id = ?",
            [(instant_text(at), each) for each in message_ids],
        )


def _followed(row: sqlite3.Row) -> Followed:
    return (
        exception_of_payload(json.loads(row["exception"])),
        tuple(_step(each) for each in json.loads(row["escalations"])),
    )


def _step_values(step: EscalationStep) -> dict[str, object]:
    return {name: getattr(step, name) for name in EscalationStep.__slots__}


def _step(payload: Mapping[str, Any]) -> EscalationStep:
    at = payload["notify_at"]
    return EscalationStep(
        payload["step"],
        payload["notify_role"],
        instant(at) if at else None,
        payload.get("after_minutes", 0),
    )
