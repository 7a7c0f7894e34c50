"""The logs as the two source systems write them: rows of text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from simulation.cases import Case, Entry, landed_at
from simulation.hours import BERLIN, WAREHOUSE

Row = dict[str, str]

SHOP_TIME = "%d.%m.%Y %H:%M:%S"
ISO_TIME = "%Y-%m-%dT%H:%M:%SZ"
SHOP_STEPS = {
    "order_placed": ("PLACED", "shop"),
    "payment_captured": ("PAID", "payment_service"),
    "inventory_allocated": ("STOCK_RESERVED", "warehouse_system"),
    "packed": ("PACKED", "packer"),
    "mispack_found": ("CHECK_FAILED", "checker"),
    "label_print_failed": ("LABEL_ERROR", "printer"),
    "label_printed": ("LABEL_OK", "printer"),
    "fulfilment_escalated": ("RAISED_TO_LEAD", "packer"),
    "shipped": ("HANDED_OVER", "dispatcher"),
    "order_cancelled": ("VOIDED", "customer"),
    "fulfilment_failed": ("GIVEN_UP", "dispatcher"),
}
BEFORE_THE_WAREHOUSE = {"order_placed", "payment_captured", "order_cancelled"}
WITH_A_SUM = {"order_placed", "payment_captured"}
DESK_STATUSES = {
    "new": ("Open", "customer"),
    "in_progress": ("Working", "agent"),
    "awaiting_customer": ("Pending", "agent"),
    "escalated": ("Escalated", "team_lead"),
    "resolved": ("Solved", "agent"),
    "closed": ("Closed", "desk_system"),
    "cancelled": ("Cancelled", "customer"),
}


def shop_row(entry: Entry, number_in_order: int, entry_number: int) -> Row:
    """Write an event of an order as the shop logs it."""
    name = entry.step.name
    step, operator = SHOP_STEPS.get(name, (name.upper(), "packer"))
    return {
        "order_no": entry.case.case_id,
        "entry_no": str(entry_number),
        "entry_key": f"{entry.case.case_id}-{number_in_order:02d}",
        "step": step,
        "happened": entry.at.astimezone(BERLIN).strftime(SHOP_TIME),
        "station": "" if name in BEFORE_THE_WAREHOUSE else entry.case.location,
        "operator": operator,
        "sales_channel": entry.case.channel,
        "sum_eur": f"{entry.case.value:.2f}" if name in WITH_A_SUM else "",
        "reason": entry.step.reason or "",
        "details": _json(entry.step.details),
        "exported_at": entry.landed_at.strftime(ISO_TIME),
    }


def shop_order_row(case: Case) -> Row:
    """Write an order as the shop's order table has it."""
    return {
        "order_no": case.case_id,
        "priority": case.priority,
        "ship_by": _ship_by(case).astimezone(BERLIN).strftime(SHOP_TIME),
        "order_value": f"{case.value:,.2f}".translate(str.maketrans(",.", ".,")),
        "is_test": "yes" if case.is_test else "no",
        "exported_at": landed_at(case.started_at).strftime(ISO_TIME),
    }


def desk_row(entry: Entry, audit_number: int) -> Row:
    """Write an update of a ticket as the desk's audit has it."""
    name = entry.step.name
    status, changed_by = DESK_STATUSES.get(name, (name.capitalize(), "agent"))
    return {
        "ticket": entry.case.case_id,
        "audit_no": str(audit_number),
        "status": status,
        "changed_at": entry.at.strftime(ISO_TIME),
        "changed_by": changed_by,
        "via": entry.case.channel,
        "site": entry.case.location,
        "resolution": entry.step.reason or "",
        "fields": _json(entry.step.details),
        "synced_at": entry.landed_at.strftime(ISO_TIME),
    }


def desk_ticket_row(case: Case) -> Row:
    """Write a ticket as the desk's ticket table has it."""
    return {
        "ticket": case.case_id,
        "priority": case.priority,
        "customer_value": f"{case.value:.2f}",
        "is_test": "true" if case.is_test else "false",
        "synced_at": landed_at(case.started_at).strftime(ISO_TIME),
    }


def _ship_by(case: Case) -> datetime:
    """Return the promise: the end of the next opening, or of the one after it."""
    closes_at = WAREHOUSE.closing(case.started_at)
    for _ in range(1 if case.priority == "express" else 2):
        closes_at = WAREHOUSE.closing(closes_at + timedelta(minutes=1))
    return closes_at


def _json(details: Mapping[str, object]) -> str:
    return json.dumps(dict(details)) if details else ""
