"""Watch over builds and routing themselves, and tell the operator when they stop."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from offpath.delivery.directory import Channels
from offpath.errors import MartBusyError, MartError
from offpath.instants import instant_text, minute_text
from offpath.ledger.ledger import Ledger
from offpath.ledger.memory import Memory
from offpath.ledger.post import Post
from offpath.routing.messages import Message, notice
from offpath.warehouse.marts import Mart

BUILDS_STOPPED = "builds_stopped"
BUILDS_RESUMED = "builds_resumed"
FAILURES = frozenset({"error", "fail", "runtime error"})
MOST_NAMES = 5
# Before all that is about exceptions.
FIRST_PRIORITY = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """What a run may take for granted, and where to read what went wrong.

    A build or a run that is ``max_age`` behind has stopped; None: no run is behind.
    ``run_results`` is the file in which dbt says how its last run went.
    """

    max_age: timedelta | None = None
    run_results: Path | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told of builds and of routing.

    ``ended`` are the ids of messages that are true no more, to be taken back wherever
    they have not arrived.
    """

    messages: tuple[Message, ...] = ()
    ended: tuple[str, ...] = ()


def news_of(  # noqa: PLR0913, PLR0917 - what there is to watch
    now: datetime,
    ledger: Ledger,
    channels: Channels,
    watch: Watch,
    mart: Mart,
    trouble: MartError | None,
) -> News:
    """Return what the operator has to hear, each once.

    That builds have stopped, and, if that was heard, that they work again; that no run
    ended for so long that routing had stopped. Without an operator nobody hears.
    """
    operator = channels.operator
    told: list[Message] = []
    ended: list[str] = []
    if trouble is None:
        ended = ledger.memory.open_notices(BUILDS_STOPPED)
        told += _builds_resumed(now, ledger.post, mart, ended)
    elif operator is not None and _have_stopped(now, mart, watch, trouble):
        told += _builds_stopped(now, operator, ledger, mart, trouble, watch)
    last = overdue_since(now, ledger.memory, watch)
    if operator is not None and last is not None:
        told.append(
            notice(
                now,
                operator,
                "routing_stopped",
                [instant_text(last)],
                f"Routing had stopped since {minute_text(last)}",
                [
                    f"Between then and {minute_text(now)} no run of it ended.",
                    "It runs again; see why it did not.",
                ],
                FIRST_PRIORITY,
            )
        )
    return News(tuple(told), tuple(ended))


def note(now: datetime, ledger: Ledger, news: News) -> None:
    """Write what lasts from now on, and what has ended."""
    for message in news.messages:
        if message.kind == BUILDS_STOPPED:
            ledger.memory.note(message.message_id, BUILDS_STOPPED, now)
    ledger.memory.end_notices(news.ended, now)
    ledger.post.hold(news.ended)


def overdue_since(now: datetime, memory: Memory, watch: Watch) -> datetime | None:
    """Return when the last run ended if that is too long ago, else None."""
    last = memory.last_ended_at()
    if last is None or watch.max_age is None or now - last <= watch.max_age:
        return None
    return last


def _have_stopped(now: datetime, mart: Mart, watch: Watch, trouble: MartError) -> bool:
    """Tell whether builds have stopped, and not just one is at work."""
    is_behind = watch.max_age is not None and now - mart.as_of > watch.max_age
    return is_behind or not isinstance(trouble, MartBusyError)


def _builds_stopped(  # noqa: PLR0913, PLR0917 - what it says
    now: datetime,
    operator: str,
    ledger: Ledger,
    mart: Mart,
    trouble: MartError,
    watch: Watch,
) -> list[Message]:
    """Say so, unless that role was told since the last whole build."""
    memory = ledger.memory
    told = map(ledger.post.notice, memory.open_notices(BUILDS_STOPPED))
    if operator in {each[0] for each in told if each}:
        return []
    since = minute_text(mart.as_of)
    return [
        notice(
            now,
            operator,
            BUILDS_STOPPED,
            [instant_text(mart.as_of), str(memory.count_notices(BUILDS_STOPPED))],
            f"Builds have stopped since {since}",
            [
                f"The last whole build that was routed is as of {since}.",
                f"Now: {trouble.message}.",
                *_failures(failed_nodes(watch.run_results)),
                "Pages and tasks that are out are followed up.",
                "Nothing new is found until a build is whole.",
            ],
            FIRST_PRIORITY,
        )
    ]


def _failures(names: list[str]) -> list[str]:
    """Say what failed, in a line, if anything did."""
    if not names:
        return []
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return [f"What failed in dbt's last run: {', '.join(names[:MOST_NAMES])}{more}."]


def _builds_resumed(
    now: datetime, post: Post, mart: Mart, stopped: Iterable[str]
) -> list[Message]:
    """Say so to whoever heard, or may have, that they had stopped."""
    return [
        notice(
            now,
            told[0],
            BUILDS_RESUMED,
            [message_id],
            f"Builds work again, as of {minute_text(mart.as_of)}",
            ["Nothing more to do: what is new is routed."],
            FIRST_PRIORITY,
        )
        for message_id in stopped
        if (told := post.notice(message_id)) and told[1]
    ]


def failed_nodes(run_results: Path | None) -> list[str]:
    """Return the names of the models, seeds and tests that failed in dbt's last run."""
    if run_results is None:
        return []
    try:
        results = json.loads(run_results.read_text(encoding="utf-8"))["results"]
        return [
            _name(each["unique_id"]) for each in results if each["status"] in FAILURES
        ]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []


def _name(unique_id: str) -> str:
    """Return the name in dbt's id of a node, ``model.project.name``."""
    return unique_id.split(".", 3)[2]
