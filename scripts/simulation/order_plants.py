"""Orders that leave the path, one function for each kind of trouble."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from simulation.cases import (
    Case,
    Plant,
    Planted,
    Step,
    after,
    retimed,
    spread,
    up_to,
    with_details,
    without,
)
from simulation.hours import at_local
from simulation.orders import (
    is_repacked,
    misses_the_carrier,
    order,
    trading_days,
    usual_steps,
)

PRINTER_FAILURES = [
    (datetime(2026, 3, 5, 9, tzinfo=UTC), 1),
    (datetime(2026, 3, 18, 13, tzinfo=UTC), 1),
    (datetime(2026, 4, 1, 8, tzinfo=UTC), 2),
    (datetime(2026, 4, 13, 5, tzinfo=UTC), 1),
]
MISPACKED_BATCHES = [
    ("kiel", datetime(2026, 3, 5, 10, tzinfo=UTC), 10, False),
    ("leipzig", datetime(2026, 3, 19, 11, tzinfo=UTC), 18, False),
    ("kiel", datetime(2026, 4, 9, 9, tzinfo=UTC), 10, True),
]


def troubled_orders(rng: Random) -> list[Case]:
    """Make every order that is there to raise exceptions."""
    return [
        *_waiting_for_stock(rng),
        *_waiting_for_payment(rng),
        *_at_failing_printers(rng),
        *_mispacked(rng),
        *_incomplete(rng),
        *_unpaid(rng),
        *_off_the_path(rng),
        *_never_labelled(rng),
        *_lost(rng),
    ]


def episodes_of_orders() -> list[Planted]:
    """List the exceptions whose subject is no single order."""
    failures = [
        Planted(
            "label_print_failures",
            "journey",
            "order_to_ship",
            starts_at,
            starts_at == PRINTER_FAILURES[-1][0],
            f"printers fail for {hours} h",
        )
        for starts_at, hours in PRINTER_FAILURES
    ]
    mispacks = [
        Planted(
            "mispack_rate",
            "segment",
            f"location={site}",
            found_at,
            is_open,
            f"{count} parcels of a batch found packed wrong",
        )
        for site, found_at, count, is_open in MISPACKED_BATCHES
    ]
    return failures + mispacks


def _placed(rng: Random, day: date, hour: int = 7) -> datetime:
    minute = rng.randrange(5, 55)
    return at_local(day, time(hour, minute, rng.randrange(60)))


def _waiting_for_stock(rng: Random) -> Iterator[Case]:
    def case(day: date, minutes: float | None, note: str) -> Case:
        steps = usual_steps(rng)
        if minutes is None:
            steps = up_to(steps, "payment_captured")
        else:
            steps = retimed(steps, "inventory_allocated", minutes=minutes)
        planted = order(rng, _placed(rng, day, 8), steps)
        planted.plants = [
            Plant("awaiting_inventory_too_long", "payment_captured", "left", note)
        ]
        return planted

    weekdays = [day for day in trading_days()[:-2] if day.weekday() < 5]
    for day in spread(weekdays, 12):
        yield case(day, rng.uniform(135, 260), "stock came the same day")
    for day in spread(weekdays, 26):
        yield case(day, rng.uniform(960, 1300), "stock came the next day")
    for day in (date(2026, 3, 4), date(2026, 3, 17), date(2026, 4, 7)):
        yield case(day, rng.uniform(2900, 3300), "stock came after days")
    for day in (date(2026, 4, 10), date(2026, 4, 10), date(2026, 4, 11)):
        yield case(day, None, "still waits for stock")


def _waiting_for_payment(rng: Random) -> Iterator[Case]:
    def case(placed_at: datetime, minutes: float | None, note: str) -> Case:
        steps = usual_steps(rng)
        if minutes is None:
            steps = up_to(steps, "order_placed")
        else:
            steps = retimed(steps, "payment_captured", minutes=minutes)
        planted = order(rng, placed_at, steps)
        planted.plants = [
            Plant("payment_pending_too_long", "order_placed", "left", note)
        ]
        return planted

    for day in spread(trading_days()[:-1], 24):
        yield case(_placed(rng, day), rng.uniform(18, 75), "paid late")
    yield case(_placed(rng, date(2026, 4, 11)), None, "never paid")
    yield case(_placed(rng, date(2026, 4, 13), 6), None, "not paid so far")


def _at_failing_printers(rng: Random) -> Iterator[Case]:
    last = PRINTER_FAILURES[-1][0]
    for starts_at, hours in PRINTER_FAILURES:
        for hour in range(hours):
            hour_at = starts_at + timedelta(hours=hour)
            for number in range(5):
                steps = _quick_steps(rng)
                failures = [
                    Step(
                        "label_print_failed",
                        at=hour_at
                        + timedelta(minutes=4 + number * 3 + attempt * 17, seconds=31),
                        reason="printer_offline",
                    )
                    for attempt in range(2)
                ]
                steps = after(steps, "packed", *failures)
                if starts_at == last:
                    steps = up_to(steps, "label_print_failed") + failures[1:]
                else:
                    steps = retimed(steps, "label_printed", minutes=rng.uniform(35, 60))
                placed_at = hour_at - timedelta(minutes=58 - 2 * number)
                yield order(rng, placed_at, steps)


def _quick_steps(rng: Random) -> list[Step]:
    """Draw a course that is packed within 40 minutes."""
    steps = retimed(usual_steps(rng), "payment_captured", minutes=rng.uniform(1, 4))
    steps = retimed(steps, "inventory_allocated", minutes=rng.uniform(5, 15))
    return retimed(steps, "packed", minutes=rng.uniform(8, 18))


def _mispacked(rng: Random) -> Iterator[Case]:
    for site, found_at, count, _ in MISPACKED_BATCHES:
        for number in range(count):
            minutes = 4 + number * 50 / count
            steps = is_repacked(
                rng, _quick_steps(rng), found_at + timedelta(minutes=minutes)
            )
            placed_at = found_at - timedelta(minutes=rng.randrange(60, 200))
            yield order(rng, placed_at, steps, site)


def _incomplete(rng: Random) -> Iterator[Case]:
    def case(day: date, rule_id: str, gate: str, note: str, **details: object) -> Case:
        steps = with_details(usual_steps(rng), gate, **details)
        planted = order(rng, _placed(rng, day), steps)
        planted.plants = [Plant(rule_id, gate, "reviewed", note)]
        return planted

    for month, number in ((2, 24), (3, 10), (3, 30), (4, 8), (4, 11)):
        yield case(
            date(2026, month, number),
            "tracking_number_missing",
            "shipped",
            "shipped without a number",
            tracking_number=None,
        )
    for month, number in ((3, 3), (3, 24), (4, 9)):
        yield case(
            date(2026, month, number),
            "carrier_unknown",
            "shipped",
            "a carrier that no contract names",
            carrier="parcelfox",
        )
    for month, number, weight in ((3, 6, 0.0), (4, 1, 312.0), (4, 10, 64.5)):
        yield case(
            date(2026, month, number),
            "weight_implausible",
            "packed",
            f"the scale says {weight} kg",
            weight_kg=weight,
        )


def _unpaid(rng: Random) -> Iterator[Case]:
    for day in (
        date(2026, 2, 25),
        date(2026, 3, 12),
        date(2026, 4, 2),
        date(2026, 4, 10),
    ):
        steps = retimed(usual_steps(rng), "inventory_allocated", minutes=6)
        planted = order(rng, _placed(rng, day), without(steps, "payment_captured"))
        note = "released by hand, never paid"
        planted.plants = [
            Plant("shipped_without_payment", "shipped", "reviewed", note),
            Plant("off_reference_path", "inventory_allocated", "reviewed", note),
        ]
        yield planted


def _off_the_path(rng: Random) -> Iterator[Case]:
    for day in (date(2026, 3, 4), date(2026, 3, 27), date(2026, 4, 9)):
        steps = after(usual_steps(rng), "packed", Step("gift_wrapped", 6))
        planted = order(rng, _placed(rng, day), steps)
        planted.plants = [
            Plant(
                "off_reference_path",
                "gift_wrapped",
                "reviewed",
                "a step that no definition names",
            )
        ]
        yield planted
    for day in (date(2026, 3, 11), date(2026, 4, 8)):
        steps = without(usual_steps(rng), "inventory_allocated")
        planted = order(rng, _placed(rng, day), steps)
        planted.plants = [
            Plant("off_reference_path", "packed", "reviewed", "packed unallocated")
        ]
        yield planted


def _never_labelled(rng: Random) -> Iterator[Case]:
    def case(day: date, steps: list[Step], note: str) -> Case:
        planted = order(rng, _placed(rng, day), steps)
        planted.plants = [
            Plant(
                "label_never_printed",
                "packed",
                "answered",
                note,
                answer="label_printed",
            )
        ]
        return planted

    for day in (date(2026, 2, 27), date(2026, 3, 16), date(2026, 3, 31)):
        steps = retimed(
            usual_steps(rng), "label_printed", minutes=rng.uniform(600, 800)
        )
        yield case(day, steps, "label came the next day")
    yield case(date(2026, 4, 10), up_to(usual_steps(rng), "packed"), "no label so far")
    for day in (date(2026, 3, 17), date(2026, 4, 10)):
        planted = case(
            day, without(usual_steps(rng), "label_printed"), "shipped unlabelled"
        )
        planted.plants.append(
            Plant("off_reference_path", "shipped", "reviewed", "shipped unlabelled")
        )
        yield planted


def _lost(rng: Random) -> Iterator[Case]:
    """Make the orders that are bad for an SLO and no exception."""
    for day in spread(trading_days()[-22:-2], 6):
        steps = up_to(usual_steps(rng), "label_printed")
        lost = Step("fulfilment_failed", rng.uniform(30, 300), reason="parcel_lost")
        yield order(rng, _placed(rng, day, 9), [*steps, lost])
    # The stocktaking of the next day keeps these from the carrier until Monday.
    for number in range(10):
        placed_at = at_local(date(2026, 3, 20), time(10, 3 + 5 * number))
        steps = misses_the_carrier(rng, usual_steps(rng))
        yield order(rng, placed_at, steps)
