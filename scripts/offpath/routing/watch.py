"""Watch over builds and routing themselves, and tell the operator when they stop."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from offpath.delivery.directory import Channels
from offpath.errors import MartBusyError, MartError
from offpath.instants import instant_text, minute_text
from offpath.ledger.memory import Memory
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


def notices(  # noqa: PLR0913, PLR0917 - what there is to watch
    now: datetime,
    memory: Memory,
    channels: Channels,
    watch: Watch,
    mart: Mart,
    trouble: MartError | None,
) -> list[Message]:
    """Return what the operator has to hear, each once.

    That builds have stopped, and that they work again; that no run ended for so long
    that routing had stopped. Without an operator nobody hears.
    """
    operator = channels.operator
    if operator is None:
        return []
    told = []
    if trouble is None:
        told += _builds_resumed(now, operator, memory, mart)
    elif _have_stopped(now, mart, watch, trouble):
        told += _builds_stopped(now, operator, memory, mart, trouble, watch)
    last = overdue_since(now, memory, watch)
    if last is not None:
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
    return told


def note(now: datetime, memory: Memory, messages: Iterable[Message]) -> None:
    """Write of messages on their way what lasts from now on, and what ended."""
    for message in messages:
        if message.kind == BUILDS_STOPPED:
            memory.note(message.message_id, BUILDS_STOPPED, now)
        elif message.kind == BUILDS_RESUMED:
            memory.end_notices(BUILDS_STOPPED, now)


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
    memory: Memory,
    mart: Mart,
    trouble: MartError,
    watch: Watch,
) -> list[Message]:
    """Say so, unless that was said since the last whole build."""
    if memory.open_notice(BUILDS_STOPPED) is not None:
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
    now: datetime, operator: str, memory: Memory, mart: Mart
) -> list[Message]:
    """Say so where it was said that they had stopped."""
    stopped = memory.open_notice(BUILDS_STOPPED)
    if stopped is None:
        return []
    return [
        notice(
            now,
            operator,
            BUILDS_RESUMED,
            [stopped],
            f"Builds work again, as of {minute_text(mart.as_of)}",
            ["Nothing more to do: what is new is routed."],
            FIRST_PRIORITY,
        )
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
