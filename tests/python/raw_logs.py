"""Small random raw logs of the demo's two sources, with all that goes wrong in them."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import duckdb

ORDER_STEPS = [
    *("PLACED", "PAID", "STOCK_RESERVED", "PACKED", "CHECK_FAILED", "LABEL_ERROR"),
    *("LABEL_OK", "RAISED_TO_LEAD", "HANDED_OVER", "VOIDED", "GIVEN_UP", "REWRAPPED"),
]
TICKET_STATES = [
    *("Open", "Working", "Pending", "Escalated", "Solved"),
    *("Closed", "Cancelled", "Parked"),
]
# The columns that tell the deliveries of one thing, and last the one that says when a row
# landed.
RAW_TABLES = {
    "raw_shop_order_log": ["entry_key", "exported_at"],
    "raw_shop_orders": ["order_no", "exported_at"],
    "raw_desk_ticket_audit": ["ticket", "audit_no", "synced_at"],
    "raw_desk_tickets": ["ticket", "synced_at"],
}
# What is no part of an id at its end: a tab, a no-break space.
BLANKS = "\t\N{NO-BREAK SPACE}"
BEGIN = datetime(2026, 3, 20)  # noqa: DTZ001 - texts without a zone
DAYS = 12


@dataclass(frozen=True)
class RawRow:
    """A row of a raw table, and the batch it arrives in."""

    table: str
    values: dict[str, str | None]
    batch: int


def random_log(draw: Random, batch_count: int) -> list[RawRow]:
    """Return raw rows of about 40 cases; when a row arrives says nothing of its age."""
    rows: list[RawRow] = []

    def arrive(table: str, values: dict[str, str | None]) -> None:
        rows.append(RawRow(table, values, draw.randrange(batch_count)))

    for number in range(24):
        for values in order_rows(draw, f"O{number}"):
            arrive("raw_shop_order_log", values)
        for _ in range(draw.choice([0, 1, 1, 2])):
            arrive("raw_shop_orders", order(draw, f"O{number}"))
    for number in range(16):
        for values in ticket_rows(draw, f"T{number}"):
            arrive("raw_desk_ticket_audit", values)
        for _ in range(draw.choice([0, 1, 1, 2])):
            arrive("raw_desk_tickets", ticket(draw, f"T{number}"))
    return rows


def order_rows(draw: Random, case: str) -> list[dict[str, str | None]]:
    """Return the log of one order: mostly its path, with deliveries of every kind."""
    steps = ORDER_STEPS[:4] + ORDER_STEPS[6:7] + ORDER_STEPS[8:9]
    steps = steps[: draw.randrange(1, len(steps) + 1)]
    for _ in range(draw.choice([0, 0, 1, 2, 4])):
        steps.insert(draw.randrange(len(steps) + 1), draw.choice(ORDER_STEPS))
    rows: list[dict[str, str | None]] = []
    for number, (step, at) in enumerate(
        zip(steps, times(draw, len(steps)), strict=True)
    ):
        row: dict[str, str | None] = {
            "order_no": case,
            "entry_no": str(draw.choice([number, number, 1])),
            "entry_key": f"{case}-{number}",
            "step": step,
            "happened": f"{at:%d.%m.%Y %H:%M:%S}",
            "station": draw.choice(["kiel", "ulm", None]),
            "operator": draw.choice(["a", "b", None]),
            "sales_channel": "web",
            "sum_eur": draw.choice(["12.50", "0", None]),
            "reason": None,
            "details": draw.choice(
                [
                    '{"tracking_number": "T1", "carrier": "dhl", "weight_kg": 2}',
                    '{"carrier": "dxl", "weight_kg": 99}',
                    None,
                ]
            ),
            "exported_at": landed(draw, at),
        }
        rows += deliveries(draw, row, "happened", "exported_at")
    return rows


def ticket_rows(draw: Random, case: str) -> list[dict[str, str | None]]:
    """Return the audit of one ticket."""
    states = ["Open"] + [
        draw.choice(TICKET_STATES) for _ in range(draw.randrange(0, 7))
    ]
    rows: list[dict[str, str | None]] = []
    for number, (state, at) in enumerate(
        zip(states, times(draw, len(states)), strict=True)
    ):
        row: dict[str, str | None] = {
            "ticket": case,
            "audit_no": str(number),
            "status": state,
            "changed_at": draw.choice(
                [
                    f"{at:%Y-%m-%dT%H:%M:%SZ}",
                    f"{at + timedelta(hours=2):%Y-%m-%dT%H:%M:%S}+02:00",
                ]
            ),
            "changed_by": draw.choice(["agent", None]),
            "via": draw.choice(["phone", "email"]),
            "site": "berlin",
            "resolution": None,
            "fields": draw.choice(['{"resolution_code": "R-100"}', "{}", None, "[1]"]),
            "synced_at": landed(draw, at),
        }
        rows += deliveries(draw, row, "changed_at", "synced_at")
    return rows


def order(draw: Random, case: str) -> dict[str, str | None]:
    """Return a row of the case contract of the shop."""
    at = BEGIN + timedelta(hours=draw.randrange(DAYS * 24))
    return {
        "order_no": case,
        "priority": draw.choice(["standard", "express"]),
        "ship_by": f"{at:%d.%m.%Y %H:%M:%S}",
        "order_value": draw.choice(["62,76", "x", None]),
        "is_test": draw.choice(["no", "no", "no", "yes"]),
        "exported_at": landed(draw, at),
    }


def ticket(draw: Random, case: str) -> dict[str, str | None]:
    """Return a row of the case contract of the desk."""
    at = BEGIN + timedelta(hours=draw.randrange(DAYS * 24))
    return {
        "ticket": case,
        "priority": draw.choice(["P1", "P2", "P3"]),
        "customer_value": "10.00",
        "is_test": draw.choice(["false", "false", "true"]),
        "synced_at": landed(draw, at),
    }


def times(draw: Random, count: int) -> list[datetime]:
    """Return instants in order, some of them the same."""
    at = BEGIN + timedelta(minutes=draw.randrange(DAYS * 24 * 60))
    found = []
    for _ in range(count):
        found.append(at)
        at += timedelta(minutes=draw.choice([0, 1, 30, 180, 600, 3000]))
    return found


def landed(draw: Random, at: datetime) -> str | None:
    """Return when a row landed: mostly soon, days late or early, or nobody knows."""
    if draw.random() < 0.02:  # noqa: PLR2004
        return None
    later = at + timedelta(minutes=draw.choice([0, 5, 5, 5, 90, 4000, -2000]))
    return f"{later:%Y-%m-%dT%H:%M:%SZ}"


def deliveries(
    draw: Random, row: dict[str, str | None], happened: str, landing: str
) -> list[dict[str, str | None]]:
    """Return the row, and now and then the same event again, with other contents."""
    found = [row]
    while draw.random() < 0.15:  # noqa: PLR2004
        again = dict(draw.choice(found))
        at = BEGIN + timedelta(minutes=draw.randrange(DAYS * 24 * 60))
        change = draw.choice(
            ["nothing", "time", "landing", "case", "blank", "step", "broken"]
        )
        case, step = ("ticket", "status") if "status" in row else ("order_no", "step")
        if change == "time":
            again[happened] = (
                f"{at:%d.%m.%Y %H:%M:%S}"
                if happened == "happened"
                else f"{at:%Y-%m-%dT%H:%M:%SZ}"
            )
        elif change == "case":
            again[case] = f"{str(row[case])[0]}{draw.randrange(16)}"
        elif change == "blank":
            again[case] = f"{again[case]}{draw.choice(BLANKS)}"
        elif change == "step":
            again[step] = draw.choice([row[step], "Parked"])
        elif change == "broken":
            again[draw.choice([case, happened])] = draw.choice([None, "?"])
        # Now and then at the same instant: the content decides which is the newest.
        if change != "nothing" and draw.random() < 0.6:  # noqa: PLR2004
            again[landing] = landed(draw, at)
        found.append(again)
    return found


def add_rows(home: Path, rows: list[RawRow]) -> None:
    """Append rows to the raw tables of the warehouse of a home."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        for row in rows:
            names = ", ".join(row.values)
            marks = ", ".join("?" for _ in row.values)
            connection.execute(
                f"insert into raw.{row.table} ({names}) values ({marks})",
                list(row.values.values()),
            )


def add_lines(home: Path, table: str, text: str) -> None:
    """Append lines of CSV, as they stand in the demo's seeds, to a raw table."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        for row in csv.reader(io.StringIO(text.strip())):
            marks = ", ".join("?" for _ in row)
            connection.execute(f"insert into raw.{table} values ({marks})", row)


def rewrite_rows(home: Path, rows: list[RawRow], draw: Random) -> None:
    """Take raw rows away, and let others land anew with what they say.

    Never so that another delivery takes the place of one at the very same instant: of
    such a row nothing says that it is another.
    """
    deliveries = Counter(
        (row.table, *identity_of(row.values[column] for column in columns))
        for row in rows
        for columns in [RAW_TABLES[row.table]]
    )
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        for table, columns in RAW_TABLES.items():
            found = connection.execute(
                f"select rowid, {', '.join(columns)} from raw.{table} order by rowid"
            ).fetchall()
            for number, *identity in found:
                if deliveries[table, *identity_of(identity)] > 1:
                    continue
                fate = draw.randrange(20)
                if fate == 0:
                    connection.execute(
                        f"delete from raw.{table} where rowid = {number}"
                    )
                elif fate == 1:
                    at = BEGIN + timedelta(
                        days=draw.randrange(10), seconds=number, microseconds=1
                    )
                    connection.execute(
                        f"update raw.{table} set {columns[-1]} = ? where rowid = ?",
                        [f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", number],
                    )


def identity_of(values: Iterable[str | None]) -> list[str | None]:
    """Return what tells a delivery from others, with ids in their normal form."""
    return [value and value.rstrip(BLANKS) for value in values]
