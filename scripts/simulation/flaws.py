"""What goes wrong between a source system and the warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from simulation.cases import AS_OF
from simulation.raw import ISO_TIME, Row

SETTLED = timedelta(days=4)


@dataclass(frozen=True)
class Flaws:
    """How many rows land late or twice, and which first land with wrong text."""

    landed: str
    late: int
    resent: int
    # Wrong text by column, for a row whose texts are as in `where`.
    sent_wrong: list[tuple[Mapping[str, str], Mapping[str, str]]]
    # Rows that no right one follows: the texts that differ from a row of the log.
    never_mended: list[Mapping[str, str]]


SHOP_FLAWS = Flaws(
    landed="exported_at",
    late=60,
    resent=45,
    sent_wrong=[
        ({"step": "HANDED_OVER"}, {"details": ""}),
        ({"step": "HANDED_OVER"}, {"details": '{"carrier": "dhl", "tracking_'}),
        ({"step": "PACKED"}, {"details": '{"weight_kg": 240.0}'}),
        ({"step": "PACKED"}, {"station": "hamburg"}),
        ({"step": "PACKED"}, {"happened": "31.02.2026 10:15:00"}),
        ({"step": "PACKED"}, {"happened": "yesterday"}),
        ({"step": "PAID"}, {"sum_eur": "12O.50"}),
        ({"step": "PAID"}, {"sum_eur": "n/a"}),
        ({"step": "PAID"}, {"sum_eur": "1.00"}),
        ({"step": "LABEL_OK"}, {"happened": "01.01.1970 01:00:00"}),
        ({"step": "LABEL_OK"}, {"step": "LABEL_ERROR"}),
        ({"step": "PLACED"}, {"entry_no": "#"}),
    ],
    never_mended=[
        {"order_no": ""},
        {"order_no": "", "entry_key": ""},
        {"entry_key": ""},
        {"entry_key": "late-1", "step": ""},
        {"entry_key": "late-2", "happened": "13.04.2062 09:00:00"},
        {"entry_key": "late-3", "happened": ""},
    ],
)
DESK_FLAWS = Flaws(
    landed="synced_at",
    late=25,
    resent=20,
    sent_wrong=[
        ({"status": "Solved"}, {"fields": "{}"}),
        ({"status": "Solved"}, {"fields": "resolution_code=R-101"}),
        ({"status": "Working"}, {"changed_at": "2026-02-30T10:00:00Z"}),
        ({"status": "Working"}, {"changed_at": "1970-01-01T00:00:00Z"}),
        ({"status": "Closed"}, {"status": "Working"}),
        ({"status": "Pending"}, {"site": "porto"}),
    ],
    never_mended=[
        {"ticket": ""},
        {"audit_no": "?"},
        {"audit_no": "901", "changed_at": "2062-04-13T09:00:00Z"},
        {"audit_no": "902", "changed_at": "soon"},
        {"audit_no": "903", "status": " "},
    ],
)
SHOP_ORDER_FLAWS = Flaws(
    landed="exported_at",
    late=0,
    resent=8,
    sent_wrong=[
        ({"priority": "express"}, {"priority": "standard"}),
        ({}, {"ship_by": "01.03.2026 22:00:00"}),
        ({}, {"order_value": "12,9O"}),
    ],
    never_mended=[{"order_no": ""}, {"order_no": "SO-99999", "ship_by": "asap"}],
)
DESK_TICKET_FLAWS = Flaws(
    landed="synced_at",
    late=0,
    resent=5,
    sent_wrong=[
        ({"priority": "P2"}, {"priority": "P3"}),
        ({}, {"customer_value": "unknown"}),
    ],
    never_mended=[{"ticket": "", "is_test": "perhaps"}],
)


def flawed(rng: Random, rows: list[Row], flaws: Flaws) -> list[Row]:
    """Return the rows in the order they landed, with those that flaws add.

    A flaw never changes what the log says in the end: the right row lands last, or
    the wrong one cannot be accepted.
    """
    settled = [row for row in rows if _instant(row[flaws.landed]) < AS_OF - SETTLED]
    rng.shuffle(settled)
    added: list[Row] = []
    for where, wrong in flaws.sent_wrong:
        row = next(row for row in settled if where.items() <= row.items())
        settled.remove(row)
        added.append({**row, **wrong})
        _delay(rng, row, flaws.landed, 24)
    added += [{**settled.pop(), **wrong} for wrong in flaws.never_mended]
    for _ in range(flaws.late):
        _delay(rng, settled.pop(), flaws.landed, 80)
    for _ in range(flaws.resent):
        again = dict(settled.pop())
        _delay(rng, again, flaws.landed, 48)
        added.append(again)
    return sorted(rows + added, key=lambda row: (row[flaws.landed], list(row.values())))


def _instant(text: str) -> datetime:
    return datetime.strptime(text, ISO_TIME).replace(tzinfo=UTC)


def _delay(rng: Random, row: Row, landed: str, hours: float) -> None:
    later = _instant(row[landed]) + timedelta(hours=rng.uniform(1, hours))
    row[landed] = later.strftime(ISO_TIME)
