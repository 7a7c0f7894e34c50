"""Ordinary orders of the shop: nothing in them raises an exception."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from simulation.cases import AS_OF, STARTS_ON, Case, Step, after, retimed
from simulation.hours import WAREHOUSE, at_local

ENDS = frozenset({"shipped", "order_cancelled", "fulfilment_failed"})
SITES = ["hamburg"] * 9 + ["leipzig"] * 7 + ["kiel"] * 4
CHANNELS = ["web"] * 6 + ["marketplace"] * 3 + ["phone"]
CARRIERS = ["dhl", "dhl", "dhl", "gls", "ups"]


def trading_days() -> list[date]:
    """Return the days on which the warehouse is open and orders come in."""
    last = AS_OF.date()
    days = [STARTS_ON + timedelta(days=n) for n in range((last - STARTS_ON).days + 1)]
    return [day for day in days if WAREHOUSE.spans(day)]


def ordinary_orders(rng: Random) -> list[Case]:
    """Make the orders of every trading day."""
    arrivals = [at for day in trading_days() for at in _arrivals(rng, day)]
    return [_ordinary(rng, at, number) for number, at in enumerate(arrivals)]


def order(
    rng: Random, placed_at: datetime, steps: list[Step], site: str | None = None
) -> Case:
    """Make an order that is in no hurry and takes the given course."""
    return Case(
        started_at=placed_at,
        steps=steps,
        location=site or rng.choice(SITES),
        channel=rng.choice(CHANNELS),
        priority="standard",
        value=round(rng.lognormvariate(4.2, 0.7), 2),
    )


def usual_steps(rng: Random) -> list[Step]:
    """Draw the course of an order that is shipped on the day it is placed."""
    carrier = rng.choice(CARRIERS)
    return [
        Step("order_placed", pace="clock"),
        Step("payment_captured", rng.uniform(1, 9), "clock"),
        Step("inventory_allocated", rng.uniform(3, 95)),
        Step(
            "packed",
            rng.uniform(8, 40),
            details={"weight_kg": round(rng.uniform(0.2, 24), 2)},
        ),
        Step("label_printed", rng.uniform(3, 20)),
        Step(
            "shipped",
            rng.uniform(20, 200),
            "today",
            details={
                "carrier": carrier,
                "tracking_number": f"{carrier.upper()}{rng.randrange(10**10):010d}",
            },
        ),
    ]


def misses_the_carrier(rng: Random, steps: list[Step]) -> list[Step]:
    """Let the parcel leave more than 24 hours after the order was placed."""
    return retimed(steps, "shipped", minutes=rng.uniform(10, 60), pace="next_day")


def fails_to_print(rng: Random, steps: list[Step], times: int) -> list[Step]:
    """Let the label fail before it prints; a third time goes to the shift lead.

    The printer logs its second failure in the second of the first.
    """
    failures = [
        Step(
            "label_print_failed",
            0 if number == 1 else rng.uniform(2, 8),
            reason="printer_offline",
        )
        for number in range(times)
    ]
    if times > 2:
        failures.append(Step("fulfilment_escalated", rng.uniform(2, 8)))
    return after(steps, "packed", *failures)


def is_repacked(
    rng: Random, steps: list[Step], found_at: datetime | None
) -> list[Step]:
    """Let a check find the parcel packed wrong, and have it packed again."""
    packed = next(step for step in steps if step.name == "packed")
    return after(
        steps,
        "packed",
        Step("mispack_found", rng.uniform(5, 20), at=found_at, reason="wrong_item"),
        Step("packed", rng.uniform(10, 25), details=packed.details),
    )


def _arrivals(rng: Random, day: date) -> list[datetime]:
    count, last = (30, time(9, 30)) if day.weekday() == 5 else (96, time(16))
    opens, closes = at_local(day, time(6, 10)), at_local(day, last)
    apart = (closes - opens) / count
    return [
        (opens + apart * (n + rng.random())).replace(microsecond=0)
        for n in range(count)
    ]


def _ordinary(rng: Random, placed_at: datetime, number: int) -> Case:
    steps = usual_steps(rng)
    chance = rng.random()
    is_express = False
    if chance < 0.008:
        steps = [steps[0], Step("order_cancelled", rng.uniform(1, 9), "clock")]
    elif chance < 0.015:
        steps = [*steps[:2], Step("order_cancelled", rng.uniform(2, 40), "clock")]
    elif chance < 0.034:
        steps = misses_the_carrier(rng, steps)
    elif chance < 0.035:
        steps = [*steps[:-1], Step("fulfilment_failed", rng.uniform(30, 300))]
    else:
        is_express = rng.random() < 0.15
        steps = _with_ordinary_trouble(rng, steps, number)
    case = order(rng, placed_at, steps)
    case.is_test = rng.random() < 0.004
    if is_express:
        case.priority = "express"
    return case


def _with_ordinary_trouble(rng: Random, steps: list[Step], number: int) -> list[Step]:
    """Let every 21st label fail and every 140th parcel be packed wrong.

    Evenly, not by chance: a run of bad luck would be news.
    """
    if number % 21 == 5:
        return fails_to_print(rng, steps, [1, 1, 2, 1, 1, 1, 2, 1, 1, 3][number % 10])
    # A rate needs a history before a single mispack is no news.
    if number % 140 == 60 and number > 600:
        return is_repacked(rng, steps, found_at=None)
    return steps
