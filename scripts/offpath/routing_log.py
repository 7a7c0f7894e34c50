"""Export the ledger's history as Parquet, which dbt reads back at its next build."""

import json
import tempfile
from pathlib import Path

import duckdb

from offpath.ledger import Ledger, Row

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


def export(ledger: Ledger, routing_log: Path) -> None:
    """Replace each exported file by the ledger's present rows."""
    for kind, (query, types) in EXPORTS.items():
        folder = routing_log / kind
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / f"{kind}.parquet", ledger.rows(query), types)


def _replace(target: Path, rows: list[Row], types: dict[str, str]) -> None:
    """Write the rows beside the target, then put them in its place at once."""
    columns = ", ".join(
        f"cast({name} as {kind}) as {name}" for name, kind in types.items()
    )
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".draft-") as folder:
        lines = Path(folder) / "rows.jsonl"
        draft = Path(folder) / "rows"
        lines.write_text(
            "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
        )
        with duckdb.connect() as connection:
            text = dict.fromkeys(types, "varchar")
            relation = connection.read_json(
                str(lines), columns=text, format="newline_delimited"
            )
            relation.project(columns).write_parquet(str(draft))
        draft.replace(target)
