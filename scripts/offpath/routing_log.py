"""Export the ledger's history as Parquet, which dbt reads back at its next build."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from offpath.errors import LeaseHeldError
from offpath.ledger import Ledger, Row
from offpath.lock import only_one

DRAFT = ".draft"
LOCK = "export.lock"
PATIENCE_SECONDS = 30.0

# For each kind of row: the query on the ledger and the types of the exported columns.
EXPORTS: dict[str, tuple[str, dict[str, str]]] = {
    "messages": (
        """
        select
            intents.intent_id,
            intents.exception_id,
            intents.rule_id,
            intents.journey,
            intents.kind,
            intents.step,
            intents.owner_role,
            messages.channel,
            messages.state,
            intents.reason,
            intents.decided_at,
            messages.delivered_at,
            messages.attempts,
            messages.is_possible_duplicate
        from intents
        inner join messages
            on intents.message_id = messages.message_id
        where messages.state in ('sent', 'outbox', 'failed', 'held')
        order by intents.rowid, messages.rowid
        """,
        {
            "intent_id": "varchar",
            "exception_id": "varchar",
            "rule_id": "varchar",
            "journey": "varchar",
            "kind": "varchar",
            "step": "integer",
            "owner_role": "varchar",
            "channel": "varchar",
            "state": "varchar",
            "reason": "varchar",
            "decided_at": "timestamp",
            "delivered_at": "timestamp",
            "attempts": "integer",
            "is_possible_duplicate": "boolean",
        },
    ),
    "actions": (
        """
        select action, exception_id, actor, note, close_code, acted_at
        from actions
        order by action_number
        """,
        {
            "action": "varchar",
            "exception_id": "varchar",
            "actor": "varchar",
            "note": "varchar",
            "close_code": "varchar",
            "acted_at": "timestamp",
        },
    ),
    "decisions": (
        """
        select exception_id, decided_at, decision, reason, decision_number
        from decisions
        order by decision_number
        """,
        {
            "exception_id": "varchar",
            "decided_at": "timestamp",
            "decision": "varchar",
            "reason": "varchar",
            "decision_number": "bigint",
        },
    ),
}


def export(ledger: Ledger, routing_log: Path, warn: Callable[[str], None]) -> None:
    """Replace each exported file by the ledger's present rows.

    One process at a time, so that an older look at the ledger never replaces a newer.
    The ledger is what counts: where the files cannot be written a warning says so, and
    the next run writes them.
    """
    try:
        with only_one(routing_log / LOCK, "exporting", PATIENCE_SECONDS):
            _replace(ledger, routing_log)
    except (LeaseHeldError, OSError, duckdb.IOException) as error:
        warn(f"{routing_log} is not up to date: {error}; the next run writes it")


def _replace(ledger: Ledger, routing_log: Path) -> None:
    """Write all files beside the old ones, then put them in their place."""
    draft = routing_log / DRAFT
    # What a killed run left behind.
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for kind, (query, types) in EXPORTS.items():
        _write(draft / kind, ledger.rows(query), types)
    for kind in EXPORTS:
        target = routing_log / kind / f"{kind}.parquet"
        target.parent.mkdir(exist_ok=True)
        (draft / kind).replace(target)
    shutil.rmtree(draft)


def _write(target: Path, rows: list[Row], types: dict[str, str]) -> None:
    """Write the rows as Parquet with columns of the given types."""
    columns = ", ".join(
        f"cast({name} as {kind}) as {name}" for name, kind in types.items()
    )
    lines = target.with_suffix(".jsonl")
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with duckdb.connect() as connection:
        text = dict.fromkeys(types, "varchar")
        relation = connection.read_json(
            str(lines), columns=text, format="newline_delimited"
        )
        relation.project(columns).write_parquet(str(target))
