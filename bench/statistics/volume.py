"""How often volume rules disturb for nothing, and what they find, on counts drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import fmean, median

import numpy as np

from bench.statistics.figure import Figure
from bench.statistics.simulated_counts import (
    FLOOD,
    LABELS,
    PEAKS,
    SILENCE,
    WEEK,
    WINDOWS,
    Counts,
    Rates,
    Series,
    Simulation,
)

# Standard deviation of the factor of a day.
VARIATIONS = (0.0, 0.3)
MONTH = 30 * 24
# Weeks before anything happens: the eight that are looked back, and a baseline.
CALM = 12
# Weeks until a rule has what it compares with.
LEARNT = {LABELS: 2, FLOOD: 4, SILENCE: 4}


def figures(home: Path, count: int = 20) -> list[Figure]:
    """Draw so many segments of each kind and rate, and hold the goals to them."""
    simulation = Simulation(home)
    return [
        figure
        for variation in VARIATIONS
        for kind in (
            false_alarms,
            hours_of_five_times,
            days_of_three_times,
            silences,
            dead_feeds,
            recoveries,
            drifts,
            lasting_steps,
        )
        for figure in kind(simulation, variation, count)
    ]


def false_alarms(
    simulation: Simulation, variation: float, count: int
) -> Iterator[Figure]:
    """Count what is raised where nothing happens."""
    weeks = 24
    for rule_id in WINDOWS:
        months = count * (weeks - LEARNT[rule_id]) * WEEK / MONTH
        judged = simulation.judged(rule_id, variation, [np.ones(weeks * WEEK)] * count)
        rates = [
            sum(len(each.found) for each in judged[peak]) / months for peak in PEAKS
        ]
        yield Figure(
            f"{of(rule_id, variation)}: at most 0.5 false exceptions a segment and"
            f" month at {listed(PEAKS)} an hour",
            listed(f"{rate:.2f}" for rate in rates),
            max(rates) <= 0.5,  # noqa: PLR2004 - the goal
        )


def hours_of_five_times(
    simulation: Simulation, variation: float, count: int
) -> Iterator[Figure]:
    """Draw five times the usual in one hour of the peak of a working day."""
    goals = {2: 0.5, 4: 0.85, 10: 0.85, 40: 0.85}
    begins = working_hours(simulation, 10 * count)
    courses = [course(CALM + 1, begin, 1, 5.0) for begin in begins]
    judged = simulation.judged(LABELS, variation, courses, list(goals))
    shares = [
        fmean(
            any(raised.onset <= begin < raised.detected for raised in each.found)
            for each, begin in zip(judged[peak], begins, strict=True)
        )
        for peak in goals
    ]
    yield Figure(
        f"{of(LABELS, variation)}: five times the usual in an hour is found in"
        f" {listed(goals.values())} of the cases at {listed(goals)} an hour",
        listed(f"{share:.2f}" for share in shares),
        all(share >= goal for share, goal in zip(shares, goals.values(), strict=True)),
    )


def days_of_three_times(
    simulation: Simulation, variation: float, count: int
) -> Iterator[Figure]:
    """Draw three times the usual for a day from an hour of a working day."""
    goals = {2: 13, 4: 19, 10: 20}
    begins = working_hours(simulation, 5 * count)
    courses = [course(CALM + 2, begin, 24, 3.0) for begin in begins]
    judged = simulation.judged(FLOOD, variation, courses, list(goals))
    waited = [waits(judged[peak], begins, 24) for peak in goals]
    found = [20 * fmean(np.isfinite(each)) for each in waited]
    yield Figure(
        f"{of(FLOOD, variation)}: three times the usual for 24 h is found in"
        f" {listed(goals.values())} of 20 at {listed(goals)} an hour, within 9 h in the"
        " median",
        f"{listed(f'{each:.1f}' for each in found)};"
        f" {listed(f'{median(each):.0f} h' for each in waited)}",
        all(
            round(each) >= goal
            for each, goal in zip(found, goals.values(), strict=True)
        )
        and max(map(median, waited)) <= 9,  # noqa: PLR2004 - the goal
    )


def silences(simulation: Simulation, variation: float, count: int) -> Iterator[Figure]:
    """Draw two days without an event, from a working hour and from any hour."""
    begins = {
        "a working hour": working_hours(simulation, 2 * count),
        "any hour": CALM * WEEK + simulation.generator.integers(WEEK, size=2 * count),
    }
    for words, hours in begins.items():
        courses = [course(CALM + 3, begin, 48, 0.0) for begin in hours]
        judged = simulation.judged(SILENCE, variation, courses)
        waited = [waits(judged[peak], hours, 48) for peak in PEAKS]
        yield Figure(
            f"{of(SILENCE, variation)}: nothing for 48 h from {words} on is found"
            f" within 8 h in the median at {listed(PEAKS)} an hour",
            f"{listed(f'{median(each):.0f} h' for each in waited)}; found at all in"
            f" {listed(f'{fmean(np.isfinite(each)):.2f}' for each in waited)}",
            max(map(median, waited)) <= 8,  # noqa: PLR2004 - the goal
        )


def dead_feeds(
    simulation: Simulation, variation: float, count: int
) -> Iterator[Figure]:
    """Draw a feed that dies on a Monday morning and comes back."""
    begin = CALM * WEEK + 9
    for words, hours in (
        ("two days", 48),
        ("three weeks", 3 * WEEK),
        ("twelve weeks", 12 * WEEK),
    ):
        back = begin + hours
        dead = course(CALM + hours // WEEK + 2, begin, hours, 0.0)
        judged = simulation.judged(SILENCE, variation, [dead] * count)
        kept = [is_kept(each, begin, back) for peak in PEAKS for each in judged[peak]]
        yield Figure(
            f"{of(SILENCE, variation)}: a feed that is dead for {words} is one"
            " exception, open until an event comes, at every rate",
            f"{fmean(kept):.3f} of the segments",
            all(kept),
        )


def is_kept(series: Series, begin: int, back: int) -> bool:
    """Return whether one exception alone is open until the first event is back."""
    first_event = back + int(np.argmax(series.hourly[back:] > 0))
    # One that was raised before ends with an event before, at the end of its window.
    since = [
        raised for raised in series.found if (raised.cleared or np.inf) > begin + 4
    ]
    during = [raised for raised in since if raised.detected <= back]
    return len(during) == 1 and (during[0].cleared or np.inf) > first_event


def recoveries(
    simulation: Simulation, variation: float, count: int
) -> Iterator[Figure]:
    """Draw three weeks at a tenth of the usual, and four weeks after them."""
    over = (CALM + 3) * WEEK
    tenth = course(CALM + 7, CALM * WEEK, 3 * WEEK, 0.1)
    for rule_id in WINDOWS:
        judged = simulation.judged(rule_id, variation, [tenth] * count)
        raised = [
            [sum(one.detected > over for one in each.found) for each in judged[peak]]
            for peak in PEAKS
        ]
        yield Figure(
            f"{of(rule_id, variation)}: in the four weeks after three at a tenth of the"
            f" usual, at most one exception a segment at {listed(PEAKS)} an hour",
            f"{listed(f'{fmean(each):.2f}' for each in raised)} in the mean,"
            f" {listed(max(each) for each in raised)} at most",
            max(map(max, raised)) <= 1,
        )


def drifts(simulation: Simulation, variation: float, count: int) -> Iterator[Figure]:
    """Draw a level that rises over ten weeks, or fades over three."""
    weeks = CALM + 14
    since = np.arange(weeks * WEEK) / WEEK - CALM
    even = 1 + 4 * np.clip(since / 10, 0, 1)
    steady = 5 ** np.clip(since / 10, 0, 1)
    fade = np.clip(1 - since / 3, 0, 1)
    for rule_id, words, factors, begin, end in (
        (LABELS, "after an even rise to five times over ten weeks", even, 10, 12),
        (FLOOD, "after an even rise to five times over ten weeks", even, 10, 12),
        (LABELS, "after a rise by the same share a week", steady, 10, 12),
        (FLOOD, "after a rise by the same share a week", steady, 10, 12),
        (SILENCE, "with a fade to nothing over three weeks", fade, 2, 3),
        (SILENCE, "after a fade to nothing over three weeks", fade, 3, 4),
    ):
        judged = simulation.judged(rule_id, variation, [factors] * count)
        shares = [
            fmean(
                any(
                    raised.detected <= (CALM + end) * WEEK
                    and (raised.cleared or np.inf) > (CALM + begin) * WEEK
                    for raised in each.found
                )
                for each in judged[peak]
            )
            for peak in PEAKS
        ]
        yield Figure(
            f"{of(rule_id, variation)}: {words} an exception is open in week"
            f" {listed(range(begin + 1, end + 1))} at {listed(PEAKS)} an hour",
            listed(f"{share:.2f}" for share in shares),
            min(shares) >= 1,
        )


def lasting_steps(
    simulation: Simulation, variation: float, count: int
) -> Iterator[Figure]:
    """Draw a level that changes once and stays; it has to be the usual in the end."""
    begins, weeks, settled = CALM * WEEK, 30, 20
    months = (weeks - settled) * WEEK / MONTH
    for rule_id, factor, words in (
        (LABELS, 2.0, "twice the usual"),
        (LABELS, 5.0, "five times the usual"),
        (FLOOD, 5.0, "five times the usual"),
        (SILENCE, 0.1, "a tenth of the usual"),
    ):
        factors = course(CALM + weeks, begins, weeks * WEEK, factor)
        judged = simulation.judged(rule_id, variation, [factors] * (count // 2))
        rates = [
            fmean(
                sum(raised.onset >= begins + settled * WEEK for raised in each.found)
                for each in judged[peak]
            )
            / months
            for peak in PEAKS
        ]
        yield Figure(
            f"{of(rule_id, variation)}: after {settled} weeks at {words}, at most 0.5"
            f" exceptions a segment and month at {listed(PEAKS)} an hour",
            listed(f"{rate:.2f}" for rate in rates),
            max(rates) <= 0.5,  # noqa: PLR2004 - as on any other level
        )


def course(weeks: int, begin: int, hours: int, factor: float) -> Rates:
    """Return the shares of the usual rate: `factor` for so many hours, else 1."""
    rates = np.ones(weeks * WEEK)
    rates[begin : begin + hours] = factor
    return rates


def working_hours(simulation: Simulation, count: int) -> Counts:
    """Draw hours of the peak of the five days after the calm weeks."""
    days = simulation.generator.integers(5, size=count)
    return CALM * WEEK + 24 * days + simulation.generator.integers(7, 18, size=count)


def waits(series: list[Series], begins: Counts, hours: int) -> list[float]:
    """Return the hours until each is found, up to a window after it; else infinity."""
    return [
        min(
            (
                raised.detected - begin
                for raised in each.found
                if begin < raised.detected <= begin + hours + 4
            ),
            default=np.inf,
        )
        for each, begin in zip(series, begins, strict=True)
    ]


def of(rule_id: str, variation: float) -> str:
    """Return which rule, and how much days vary."""
    return f"`{rule_id}`, days {'alike' if not variation else f'vary by {variation}'}"


def listed(values: Iterable[object]) -> str:
    """Return the values with commas, and an "and" before the last."""
    *first, last = map(str, values)
    return f"{', '.join(first)} and {last}" if first else last
