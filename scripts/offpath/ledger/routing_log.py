"""Export the ledger's history as Parquet, which dbt and `publish` read.

A kind of row is a folder of files, a file a part: rows whose numbers in the ledger are
neighbours. Only parts that changed since the last export are written.
"""

import glob
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from offpath.errors import ConfigurationError, LeaseHeldError
from offpath.home import Home
from offpath.instants import utc_now
from offpath.ledger.ledger import Ledger
from offpath.lock import only_one
from offpath.warehouse.marts import literal

DRAFT = ".draft"
LOCK = "export.lock"
# How folders begin that hold files of which the ledger knows nothing.
ASIDE = "aside-"
STAMP = "%Y%m%dT%H%M%S%fZ"
PATIENCE_SECONDS = 30.0
Warn = Callable[[str], None]
Part = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Kind:
    """How rows of one kind are exported.

    ``query`` yields them for the numbers from :first to :last; ``types`` are those of
    its columns in Parquet. ``number`` is the table and column that numbers them, with
    ``part_size`` numbers a part, as the triggers of the ledger have it; null where all
    rows are one part.
    """

    query: str
    types: dict[str, str]
    number: tuple[str, str] | None = None
    part_size: int = 1


KINDS = {
    "messages": Kind(
        """
        select
            intents.intent_id,
            intents.message_id,
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
        from messages
        inner join intents
            on messages.message_id = intents.message_id
        where messages.message_number between :first and :last
            and messages.state not in ('pending', 'sending')
        order by messages.message_number, intents.rowid
        """,
        {
            "intent_id": "varchar",
            "message_id": "varchar",
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
        ("messages", "message_number"),
        1_000,
    ),
    "actions": Kind(
        """
        select
            action_number, action, exception_id, actor, note, close_code, acted_at
        from actions
        where action_number between :first and :last
        order by action_number
        """,
        {
            "action_number": "bigint",
            "action": "varchar",
            "exception_id": "varchar",
            "actor": "varchar",
            "note": "varchar",
            "close_code": "varchar",
            "acted_at": "timestamp",
        },
        ("actions", "action_number"),
        1_000,
    ),
    "decisions": Kind(
        """
        select exception_id, decided_at, decision, reason, decision_number
        from decisions
        where decision_number between :first and :last
        order by decision_number
        """,
        {
            "exception_id": "varchar",
            "decided_at": "timestamp",
            "decision": "varchar",
            "reason": "varchar",
            "decision_number": "bigint",
        },
        ("decisions", "decision_number"),
        10_000,
    ),
    # Of the last spell that somebody was told of: since when somebody knows, who said
    # last that they are on it, and who closed it last.
    "states": Kind(
        """
        with told as (
            select intents.exception_id, intents.spell, messages.delivered_at
            from messages
            inner join intents
                on messages.message_id = intents.message_id
            where messages.state = 'sent'
                and intents.kind in ('opened', 'raised', 'escalated')
        ),
        spells as (
            select exception_id, max(spell) as spell
            from told
            group by exception_id
        ),
        first_told as (
            select told.exception_id, told.spell, min(told.delivered_at) as told_at
            from told
            inner join spells
                on told.exception_id = spells.exception_id
                    and told.spell = spells.spell
            group by told.exception_id, told.spell
        ),
        -- SQLite takes the other columns from the row that has the highest number.
        acknowledged as (
            select
                actions.exception_id,
                max(actions.action_number) as action_number,
                actions.acted_at,
                actions.actor
            from actions
            left join spells
                on actions.exception_id = spells.exception_id
            where actions.action = 'acknowledged'
                and actions.spell >= coalesce(spells.spell, 0)
            group by actions.exception_id
        ),
        resolved as (
            select
                exception_id,
                max(action_number) as action_number,
                acted_at,
                actor
            from actions
            where action = 'resolved'
            group by exception_id
        ),
        subjects as (
            select exception_id from spells
            union
            select exception_id from actions
        )
        select
            subjects.exception_id,
            first_told.told_at,
            acknowledged.acted_at as acknowledged_at,
            acknowledged.actor as acknowledged_by,
            resolved.acted_at as resolved_at,
            resolved.actor as resolved_by
        from subjects
        left join first_told
            on subjects.exception_id = first_told.exception_id
        left join acknowledged
            on subjects.exception_id = acknowledged.exception_id
        left join resolved
            on subjects.exception_id = resolved.exception_id
        order by subjects.exception_id
        """,
        {
            "exception_id": "varchar",
            "told_at": "timestamp",
            "acknowledged_at": "timestamp",
            "acknowledged_by": "varchar",
            "resolved_at": "timestamp",
            "resolved_by": "varchar",
        },
    ),
}


def require_ledger(home: Home) -> None:
    """Raise ConfigurationError where a ledger is gone that has sent messages.

    All would be told again, and nobody would hear the end of what is open.
    """
    is_gone = not home.ledger.exists() or not home.ledger.stat().st_size
    if is_gone and _has_messages(home.routing_log):
        message = (
            f"{home.ledger} is gone, and {home.routing_log} says that messages were"
            " sent. Restore it from a backup; or run `offpath route --baseline`, which"
            " announces nothing that is open now; or `offpath route --begin-anew`,"
            " which announces all of it again"
        )
        raise ConfigurationError(message)


def _has_messages(routing_log: Path) -> bool:
    """Tell whether the exported history holds a message."""
    if not any((routing_log / "messages").glob("*.parquet")):
        return False
    with duckdb.connect() as connection:
        try:
            rows = connection.sql(
                f"from {read_of(routing_log, 'messages')} limit 1"
            ).fetchall()
        except duckdb.Error:
            # Whatever it was, it was not written in vain.
            return True
    return bool(rows)


def export(ledger: Ledger, routing_log: Path, warn: Warn) -> bool:
    """Write the parts that changed since the last export, and tell whether it could.

    One process at a time, so that an older look at the ledger never replaces a newer.
    The ledger is what counts: where the files cannot be written a warning says so, and
    the next run writes them. Files that know more than the ledger are set aside.
    """
    try:
        with (
            only_one(routing_log / LOCK, "exporting", PATIENCE_SECONDS),
            duckdb.connect() as duck,
        ):
            _set_newer_aside(ledger, routing_log, duck, warn)
            with ledger.changed_parts() as changed:
                _write_parts(ledger, routing_log, duck, changed)
    except (LeaseHeldError, OSError, duckdb.IOException) as error:
        warn(f"{routing_log} is not up to date: {error}; the next run writes it")
        return False
    return True


def set_aside(routing_log: Path, now: datetime) -> Path | None:
    """Move all files out of dbt's way, and return where to; null where there are none.

    The next export writes all rows of the ledger.
    """
    folders = [routing_log / name for name in KINDS if (routing_log / name).exists()]
    if not folders:
        return None
    aside = routing_log / f"{ASIDE}{now:{STAMP}}"
    aside.mkdir()
    for folder in folders:
        folder.rename(aside / folder.name)
    return aside


def read_of(routing_log: Path, kind: str) -> str:
    """Return the SQL that reads the exported rows of a kind, for DuckDB."""
    files = Path(glob.escape(str(routing_log))) / kind / "*.parquet"
    return f"read_parquet({literal(files)}, union_by_name = true)"


def _write_parts(
    ledger: Ledger,
    routing_log: Path,
    duck: duckdb.DuckDBPyConnection,
    changed: set[Part],
) -> None:
    """Write parts beside the old ones, then put them in their place."""
    draft = routing_log / DRAFT
    # What a killed run left behind.
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    if any(name != "decisions" for name, _ in changed):
        changed.add(("states", 0))
    for name, kind in KINDS.items():
        folder = routing_log / name
        folder.mkdir(exist_ok=True)
        (draft / name).mkdir()
        present = {path.name for path in folder.glob("*.parquet")}
        wanted = {_file(part): part for part in _parts(ledger, kind)}
        for file, part in wanted.items():
            if (name, part) in changed or file not in present:
                lines = _lines(ledger, kind, part)
                _write(duck, lines, kind.types, draft / name / file)
    for name, kind in KINDS.items():
        for path in sorted((draft / name).glob("*.parquet")):
            path.replace(routing_log / name / path.name)
        wanted = {_file(part): part for part in _parts(ledger, kind)}
        for path in (routing_log / name).glob("*.parquet"):
            if path.name not in wanted:
                path.unlink()
    shutil.rmtree(draft)


def _parts(ledger: Ledger, kind: Kind) -> list[int]:
    """Return the numbers of the parts that a kind has; there is always a first."""
    if kind.number is None:
        return [0]
    table, column = kind.number
    rows = ledger.rows(
        f"select distinct {column} / {kind.part_size} as part from {table}"  # noqa: S608
    )
    return sorted({0} | {int(str(row["part"])) for row in rows})


def _file(part: int) -> str:
    """Return the name of a part's file."""
    return f"{part:06}.parquet"


def _lines(ledger: Ledger, kind: Kind, part: int) -> list[str]:
    """Return the rows of a part, each as a JSON object."""
    first = part * kind.part_size
    pairs = ", ".join(f"'{name}', {name}" for name in kind.types)
    rows = ledger.rows(
        f"select json_object({pairs}) as line from ({kind.query})",  # noqa: S608
        {"first": first, "last": first + kind.part_size - 1},
    )
    return [str(row["line"]) for row in rows]


def _write(
    duck: duckdb.DuckDBPyConnection,
    lines: list[str],
    types: dict[str, str],
    target: Path,
) -> None:
    """Write the rows as Parquet with columns of the given types."""
    rows = target.with_suffix(".jsonl")
    rows.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    columns = ", ".join(
        f"cast({name} as {kind}) as {name}" for name, kind in types.items()
    )
    relation = duck.read_json(
        glob.escape(str(rows)),
        columns=dict.fromkeys(types, "varchar"),
        format="newline_delimited",
    )
    relation.project(columns).write_parquet(str(target))


def _set_newer_aside(
    ledger: Ledger, routing_log: Path, duck: duckdb.DuckDBPyConnection, warn: Warn
) -> None:
    """Move files out of the way that hold what this ledger never knew.

    They are of another ledger, or of this one before a backup took its place. What they
    tell of must not be lost by writing over it.
    """
    numbered = ("decisions", "actions")
    if all(_is_known(ledger, routing_log, duck, name) for name in numbered):
        return
    aside = set_aside(routing_log, utc_now())
    warn(f"the routing log knew more than the ledger; what it held is kept in {aside}")


def _is_known(
    ledger: Ledger, routing_log: Path, duck: duckdb.DuckDBPyConnection, name: str
) -> bool:
    """Tell whether the ledger has the last exported row of a numbered kind."""
    kind = KINDS[name]
    files = [
        path
        for path in sorted((routing_log / name).glob("*.parquet"))
        if path.stem.isdigit()
    ]
    if kind.number is None or not files:
        return True
    table, number = kind.number
    columns = [each for each in kind.types if kind.types[each] == "varchar"]
    last = duck.execute(
        f"select {', '.join([number, *columns])}"  # noqa: S608
        f" from read_parquet({literal(glob.escape(str(files[-1])))})"
        f" order by {number} desc limit 1"
    ).fetchone()
    if last is None:
        return True
    rows = ledger.rows(
        f"select {', '.join([number, *columns])} from {table} where {number} = ?",  # noqa: S608
        [last[0]],
    )
    return [tuple(row.values()) for row in rows] == [last]
