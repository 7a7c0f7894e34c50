"""Keep a home: back its ledger up and restore it, and let go of what is long over."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from offpath.errors import ConfigurationError
from offpath.home import OUTBOX, Home
from offpath.instants import LATEST, instant, instant_text, utc_now
from offpath.ledger.database import (
    named,
    opened_for_writing,
    require_ledger,
    statements,
    transaction,
)
from offpath.ledger.ledger import Ledger
from offpath.ledger.routing_log import ASIDE, STAMP, export, set_aside
from offpath.lock import only_one
from offpath.warehouse.marts import open_marts

Warn = Callable[[str], None]
# How the ledger is kept that a backup takes the place of.
FORMER = "ledger-before-"
# The exceptions of which everything was said before an instant: they were over, and
# whoever was told of them was told so; no message is on its way or waits.
DONE = """
with last_decisions as (
    select exception_id, max(decision_number) as decision_number
    from decisions
    group by exception_id
),
unfinished as (
    select intents.exception_id
    from messages
    inner join intents
        on messages.message_id = intents.message_id
    where messages.state not in ('sent', 'held', 'dropped')
)
insert into temp.done
select decisions.exception_id
from decisions
inner join last_decisions
    on decisions.decision_number = last_decisions.decision_number
where decisions.decision = 'nothing'
    and (
        decisions.reason like '%_and_told'
        or decisions.reason like '%_before_announced'
    )
    and decisions.exception_id not in (
        select exception_id from intents where decided_at >= :before
    )
    and decisions.exception_id not in (select exception_id from unfinished)
    and decisions.exception_id not in (select exception_id from temp.kept)
    and decisions.exception_id not in (
        select exception_id from actions where acted_at >= :before
    )
"""
# The last decision and action stay: by them an export knows its ledger again. So does
# a message that was never about an exception.
FORGETTING = """
delete from messages
where message_id in (
        select message_id from intents
        where exception_id in (select exception_id from temp.done)
    )
    and message_id not in (
        select message_id from intents
        where exception_id not in (select exception_id from temp.done)
    );
delete from intents where exception_id in (select exception_id from temp.done);
delete from decisions
where exception_id in (select exception_id from temp.done)
    and decision_number < (select max(decision_number) from decisions);
delete from actions
where exception_id in (select exception_id from temp.done)
    and action_number < (select max(action_number) from actions);
delete from known where exception_id in (select exception_id from temp.done);
delete from runs
where started_at < :before
    and run_number < (select max(run_number) from runs);
"""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning let go of; sizes of the ledger in bytes."""

    exceptions: int
    outbox_lines: int
    bytes_before: int
    bytes_after: int


def back_up(home: Home, target: Path) -> None:
    """Write a whole copy of the ledger, while others may write to it.

    A former file is replaced when the new one is whole. Raise ConfigurationError
    without a ledger.
    """
    if not home.ledger.exists():
        message = f"there is no ledger at {home.ledger}"
        raise ConfigurationError(message)
    if target.is_dir() or (target.exists() and target.samefile(home.ledger)):
        message = f"{target} is no file to write a backup to"
        raise ConfigurationError(message)
    with opened_for_writing(home.ledger) as ledger:
        _copy(ledger, target)


def restore(home: Home, source: Path, now: datetime, warn: Warn) -> Path | None:
    """Put a backup in the ledger's place; return where the former one is kept.

    Whatever the backup had not delivered may have arrived since, so that it goes out
    as a possible duplicate; so does what is told anew until a day after the next run
    with marts, whose clock need not be that of ``now``. The routing log that knows more
    is kept aside. Raise ConfigurationError for what is no backup, LeaseHeldError where
    another run is at work.
    """
    require_ledger(source)
    with only_one(home.lock, "restoring"):
        former = _keep_former(home, now)
        with (
            closing(sqlite3.connect(source)) as backup,
            closing(sqlite3.connect(home.ledger)) as ledger,
        ):
            backup.backup(ledger)
        with opened_for_writing(home.ledger) as ledger, transaction(ledger):
            ledger.execute("delete from lease")
            ledger.execute(
                "update messages set is_possible_duplicate = 1, may_have_arrived = 1"
                " where state in ('pending', 'sending', 'failed', 'refused')"
                " and channel <> ?",
                [OUTBOX],
            )
            _adopt(ledger, home)
            ledger.execute("update home set restored_at = ?", [instant_text(LATEST)])
        set_aside(home.routing_log, now)
        with Ledger.writing(home.ledger) as written:
            export(written, home.routing_log, warn)
    return former


def adopt(home: Home) -> None:
    """Let the ledger be at home where it is now. Raise ConfigurationError without."""
    require_ledger(home.ledger)
    with (
        only_one(home.lock, "adopting"),
        opened_for_writing(home.ledger) as ledger,
    ):
        _adopt(ledger, home)


def prune(home: Home, before: datetime, warn: Warn) -> Pruned:
    """Let go of exceptions that were over before an instant and all that was said.

    Of those alone that the marts do not hold open, and that nobody still has to hear
    of; and of lines of the outbox as old as that, unless they wait for a channel. Raise
    ConfigurationError without a ledger, MartError where the marts cannot be read,
    LeaseHeldError where another run is at work.
    """
    require_ledger(home.ledger)
    with only_one(home.lock, "pruning"):
        kept = _kept_in_marts(home, before)
        bytes_before = home.ledger.stat().st_size
        with opened_for_writing(home.ledger) as ledger:
            Ledger(ledger, home.ledger).claim(home.folder)
            count = _forget(ledger, kept, before)
            lines = _shorten_outbox(home, ledger, before)
            ledger.execute("vacuum")
            ledger.execute("pragma wal_checkpoint(truncate)")
        for path in (*home.routing_log.glob(f"{ASIDE}*"), *_former(home)):
            if _stamp(path) < before:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        with Ledger.writing(home.ledger) as written:
            export(written, home.routing_log, warn)
    return Pruned(count, lines, bytes_before, home.ledger.stat().st_size)


def _copy(ledger: sqlite3.Connection, target: Path) -> None:
    """Copy by SQLite, which misses nothing that is not in the main file yet."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.draft")
    draft.unlink(missing_ok=True)
    with named(target), closing(sqlite3.connect(draft)) as copy:
        ledger.backup(copy)
        # One file, which needs no other beside it to be read.
        copy.execute("pragma journal_mode = delete")
    draft.replace(target)


def _keep_former(home: Home, now: datetime) -> Path | None:
    """Keep the ledger that is there, readable or not, under another name."""
    if not home.ledger.exists():
        return None
    former = home.folder / f"{FORMER}{now:{STAMP}}.sqlite"
    try:
        with opened_for_writing(home.ledger) as ledger:
            _copy(ledger, former)
    except ConfigurationError:
        for end in ("-wal", "-shm", ""):
            path = home.ledger.with_name(home.ledger.name + end)
            if path.exists():
                path.replace(former.with_name(former.name + end))
    return former


def _adopt(ledger: sqlite3.Connection, home: Home) -> None:
    """Write where the ledger is at home."""
    ledger.execute(
        "insert into home (only_row, folder) values (1, ?)"
        " on conflict (only_row) do update set folder = excluded.folder",
        [str(home.folder.resolve())],
    )


def _kept_in_marts(home: Home, before: datetime) -> list[str]:
    """Return the exceptions of the marts that were not over before the instant."""
    with open_marts(home.marts) as connection:
        return [
            exception_id
            for (exception_id,) in connection.execute(
                "select exception_id from fct_exceptions"
                " where is_open or cleared_at is null or cleared_at >= ?",
                [before.replace(tzinfo=None)],
            ).fetchall()
        ]


def _forget(ledger: sqlite3.Connection, kept: list[str], before: datetime) -> int:
    """Delete what was over before; return of how many exceptions."""
    text = instant_text(before)
    ledger.execute("create temp table kept (exception_id text primary key)")
    ledger.execute("create temp table done (exception_id text primary key)")
    with transaction(ledger):
        ledger.executemany("insert into temp.kept values (?)", [(id_,) for id_ in kept])
        ledger.execute(DONE, {"before": text})
        (count,) = ledger.execute("select count(*) from temp.done").fetchone()
        for statement in statements(FORGETTING):
            ledger.execute(statement, {"before": text})
        ledger.execute(
            "update home set pruned_before = max(coalesce(pruned_before, ''), ?)",
            [text],
        )
    return int(count)


def _shorten_outbox(home: Home, ledger: sqlite3.Connection, before: datetime) -> int:
    """Drop lines that were decided on before and wait no more; return how many."""
    if not home.outbox.exists():
        return 0
    waiting = {
        row["message_id"]
        for row in ledger.execute(
            "select message_id from messages where state = 'outbox'"
        )
    }
    draft = home.outbox.with_name(f".{home.outbox.name}.draft")
    dropped = 0
    with home.outbox.open("rb") as lines, draft.open("wb") as left:
        for line in lines:
            if _is_old(line, before, waiting):
                dropped += 1
            else:
                left.write(line)
        left.flush()
        os.fsync(left.fileno())
    draft.replace(home.outbox)
    return dropped


def _is_old(line: bytes, before: datetime, waiting: set[str]) -> bool:
    """Tell whether a line is a message that was decided on before; if ours, at all."""
    try:
        message = json.loads(line)
        return instant(message["decided_at"]) < before and message["id"] not in waiting
    except (ValueError, TypeError, KeyError):
        return False


def _former(home: Home) -> Iterator[Path]:
    """Yield the ledgers that backups took the place of."""
    return home.folder.glob(f"{FORMER}*")


def _stamp(path: Path) -> datetime:
    """Return the instant in a name that was made here."""
    text = path.name.removeprefix(ASIDE).removeprefix(FORMER).partition(".")[0]
    try:
        return instant(datetime.strptime(text, STAMP).isoformat())  # noqa: DTZ007 - UTC
    except ValueError:
        return utc_now()
