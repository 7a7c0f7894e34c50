"""Tickets that leave the path, one function for each kind of trouble."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from simulation.cases import (
    Case,
    Plant,
    Planted,
    Step,
    spread,
    up_to,
    with_details,
    without,
)
from simulation.hours import at_local
from simulation.tickets import (
    FLOODS,
    SILENCES,
    business_days,
    ticket,
    usual_steps,
    waits_for_the_customer,
)

MASS_ESCALATIONS = [
    ("phone", datetime(2026, 3, 10, 9, tzinfo=UTC), False),
    ("chat", datetime(2026, 3, 24, 13, tzinfo=UTC), False),
    ("phone", datetime(2026, 4, 8, 9, tzinfo=UTC), True),
]
ESCALATED_TOGETHER = 16
# They also came together, on the morning before: a flood in itself.
CAME_TOGETHER = datetime(2026, 4, 7, 4, tzinfo=UTC)


def troubled_tickets(rng: Random) -> list[Case]:
    """Make every ticket that is there to raise exceptions."""
    return [
        *_waiting_for_the_customer(rng),
        *_escalated_together(rng),
        *_incomplete(rng),
        *_off_the_path(rng),
        *_opened_twice(rng),
        *_unanswered(rng),
        *_cancelled(rng),
    ]


def episodes_of_tickets() -> list[Planted]:
    """List the exceptions whose subject is no single ticket."""
    inflow = [
        Planted(
            rule_id,
            "journey",
            "ticket_to_resolution",
            window_at,
            False,
            f"{count} new tickets in 4 h",
        )
        for rule_id, windows in (("ticket_flood", FLOODS), ("ticket_silence", SILENCES))
        for window_at, count in windows.items()
    ]
    escalations = [
        Planted(
            "escalation_rate",
            "segment",
            f"channel={channel}",
            escalated_at,
            is_open,
            f"{ESCALATED_TOGETHER} tickets escalate within an hour",
        )
        for channel, escalated_at, is_open in MASS_ESCALATIONS
    ]
    came_together = Planted(
        "ticket_flood",
        "journey",
        "ticket_to_resolution",
        CAME_TOGETHER,
        False,
        "the tickets that escalate the day after",
    )
    return [*inflow, came_together, *escalations]


def _opened(rng: Random, day: date, hour: int = 9) -> datetime:
    return at_local(day, time(hour, rng.randrange(60), rng.randrange(60)))


def _waiting_for_the_customer(rng: Random) -> Iterator[Case]:
    def case(day: date, hours: float | None, note: str) -> Case:
        steps = waits_for_the_customer(rng, usual_steps(rng), hours)
        planted = ticket(rng, _opened(rng, day), steps, rng.choice(["P2", "P3", "P4"]))
        planted.plants = [
            Plant("awaiting_customer_too_long", "awaiting_customer", "left", note)
        ]
        return planted

    for day in spread(business_days()[:-9], 20):
        yield case(day, rng.uniform(52, 150), "the customer answered late")
    for day in (date(2026, 4, 2), date(2026, 4, 7), date(2026, 4, 8), date(2026, 4, 9)):
        yield case(day, None, "no answer so far")


def _escalated_together(rng: Random) -> Iterator[Case]:
    for channel, escalated_at, _ in MASS_ESCALATIONS:
        for number in range(ESCALATED_TOGETHER):
            steps = usual_steps(rng)
            escalated = Step(
                "escalated",
                at=escalated_at + timedelta(minutes=2 + 3 * number, seconds=7),
                reason="outage",
            )
            answered = Step("in_progress", rng.uniform(15, 120))
            opened_at = escalated_at - timedelta(hours=24 + 2 * (number % 3))
            opened_at += timedelta(minutes=rng.randrange(110))
            yield ticket(
                rng,
                opened_at,
                [*steps[:2], escalated, answered, *steps[2:]],
                rng.choice(["P3", "P4"]),
                channel,
            )


def _incomplete(rng: Random) -> Iterator[Case]:
    for rule_id, code, days in (
        (
            "resolution_code_missing",
            None,
            [(2, 24), (3, 6), (3, 26), (4, 8), (4, 9)],
        ),
        (
            "resolution_code_malformed",
            "R-12",
            [(2, 26), (3, 12), (3, 30), (4, 9)],
        ),
        ("resolution_code_malformed", "solved", [(3, 17)]),
    ):
        for month, day in days:
            steps = with_details(usual_steps(rng), "resolved", resolution_code=code)
            steps = with_details(steps, "closed", resolution_code=code)
            planted = ticket(rng, _opened(rng, date(2026, month, day)), steps, "P3")
            note = f"resolution code {code or 'left out'}"
            planted.plants = [Plant(rule_id, "resolved", "reviewed", note)]
            yield planted


def _off_the_path(rng: Random) -> Iterator[Case]:
    def case(day: date, steps: list[Step], *plants: Plant) -> Case:
        planted = ticket(rng, _opened(rng, day), steps, "P3")
        planted.plants = list(plants)
        return planted

    for day in (date(2026, 2, 25), date(2026, 3, 13), date(2026, 4, 1)):
        note = "closed by a script, never solved"
        steps = without(usual_steps(rng), "resolved")
        yield case(
            day,
            steps,
            Plant("closed_without_resolution", "closed", "reviewed", note),
            Plant("ticket_off_path", "closed", "reviewed", note),
        )
    for day in (date(2026, 3, 5), date(2026, 4, 9)):
        steps = usual_steps(rng)
        parked = [Step("parked", 30), Step("in_progress", 60)]
        yield case(
            day,
            [*steps[:2], *parked, *steps[2:]],
            Plant(
                "ticket_off_path",
                "parked",
                "reviewed",
                "a status that no definition names",
            ),
        )
    for day in (date(2026, 3, 2), date(2026, 3, 31)):
        steps = usual_steps(rng)
        again = [Step("in_progress", 2 * 24 * 60, "clock"), steps[2]]
        yield case(
            day,
            [*steps, *again],
            Plant(
                "ticket_off_path",
                "in_progress",
                "reviewed",
                "reopened after it was closed",
                onset_number=2,
            ),
        )


def _opened_twice(rng: Random) -> Iterator[Case]:
    for day in (date(2026, 2, 27), date(2026, 3, 19), date(2026, 4, 10)):
        steps = usual_steps(rng)
        again = [Step("new", 12), Step("in_progress", 25)]
        planted = ticket(rng, _opened(rng, day), [*steps[:2], *again, *steps[2:]], "P3")
        note = "opened again by a mail that did not name it"
        planted.plants = [
            Plant("ticket_opened_twice", "new", "reviewed", note, onset_number=2),
            Plant("ticket_off_path", "new", "reviewed", note, onset_number=2),
        ]
        yield planted


def _unanswered(rng: Random) -> Iterator[Case]:
    def case(day: date, minutes: float | None, note: str) -> Case:
        steps = usual_steps(rng)
        head = [*steps[:2], Step("escalated", 20, reason="angry_customer")]
        if minutes is not None:
            head += [Step("in_progress", minutes), *steps[2:]]
        planted = ticket(rng, _opened(rng, day, 8), head, "P2")
        planted.plants = [
            Plant(
                "escalation_unanswered",
                "escalated",
                "answered",
                note,
                answer="in_progress",
            )
        ]
        return planted

    for day in (date(2026, 3, 3), date(2026, 3, 16), date(2026, 4, 7)):
        yield case(day, rng.uniform(300, 700), "picked up late")
    yield case(date(2026, 4, 10), None, "nobody picked it up")


def _cancelled(rng: Random) -> Iterator[Case]:
    for day in (date(2026, 2, 20), date(2026, 3, 11), date(2026, 4, 9)):
        steps = [*up_to(usual_steps(rng), "new"), Step("cancelled", 40)]
        planted = ticket(rng, _opened(rng, day), steps, "P4")
        planted.plants = [
            Plant("cancelled_ticket", "cancelled", "reviewed", "called off")
        ]
        yield planted
