"""Show the figures of the backtest as Markdown tables, and its goals beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import mean
from zoneinfo import ZoneInfo

from bench.backtest.replay_figures import (
    Alert,
    PolicyFigures,
    Replayed,
    alerts_during,
    figures_of,
    is_within,
    ratio,
)
from bench.backtest.simulated_burns import (
    BROKEN_HOURS,
    BROKEN_SHARE,
    HEALTHY_SHARE,
    TARGET,
    Simulated,
)
from bench.table import table_line

MOST_MESSAGES = 0.1
LEAST_TOLD = 0.9
MOST_FALSE_EPISODES = 0.1
LEAST_FOUND = 0.95
# Fewer cases than these are shown, and have no goal.
GOAL_CASES_A_DAY = 20
WAVES_SLO = "delivered_on_time"
NEAR = timedelta(days=3)
WAVES = tuple(
    datetime(*day, tzinfo=UTC)
    for day in ((2017, 12, 11), (2018, 3, 5), (2018, 5, 30), (2018, 8, 6))
)
# Days of the orders, of which each is counted as it begins on their clock.
CLOCK = ZoneInfo("America/Sao_Paulo")
CALMS = (
    (datetime(2017, 6, 1, tzinfo=CLOCK), datetime(2017, 10, 1, tzinfo=CLOCK)),
    (datetime(2018, 6, 11, tzinfo=CLOCK), datetime(2018, 7, 30, tzinfo=CLOCK)),
)


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], text_count: int = 1
) -> list[str]:
    """Return the lines of a table and a blank one; after the texts stand figures."""
    marks = ["---" if number < text_count else "---:" for number in range(len(head))]
    return [table_line(head), table_line(marks), *map(table_line, rows), ""]


def headline(replayed: Replayed) -> str:
    """Return the main figures of a log in one line."""
    naive, routed = figures_of(replayed)
    return (
        f"messages {naive.message_count:,} naive, {routed.message_count:,} offpath,"
        f" ratio {decimal(messages_ratio(routed, naive))};"
        f" pressing, told of in time / naive {decimal(pressing_ratio(routed, naive))}"
    )


def log_lines(replays: Sequence[Replayed]) -> list[str]:
    """Return the tables of the logs: both policies, the owners' days, the alerts."""
    figures = [(replayed, *figures_of(replayed)) for replayed in replays]
    head = [""]
    columns = []
    for replayed, naive, routed in figures:
        head += [f"{replayed.name}, naive", f"{replayed.name}, offpath"]
        columns += [policy_cells(replayed, naive, naive)]
        columns += [policy_cells(replayed, routed, naive)]
    rows = [[name, *(column[name] for column in columns)] for name in columns[0]]
    alerts = [
        [replayed.name, *alert_cells(alert)]
        for replayed in replays
        for alert in alerts_of(replayed)
    ]
    return [
        *("### The two policies", "", *table(head, rows)),
        *("### Messages to one owner in a day", ""),
        *table(
            [
                *("log", "owner", "naive, mean", "naive, most"),
                *("offpath, mean", "offpath, most"),
            ],
            [
                row
                for replayed, naive, routed in figures
                for row in role_rows(replayed.name, naive, routed)
            ],
            text_count=2,
        ),
        *("### Burn alerts", ""),
        *(
            table(["log", "objective", "tier", "from", "to"], alerts, 5)
            if alerts
            else []
        ),
        *([] if alerts else ["None.", ""]),
    ]


def policy_cells(
    replayed: Replayed, figures: PolicyFigures, naive: PolicyFigures
) -> dict[str, str]:
    """Return the figures of a policy by name, some compared with the naive one's."""
    told = ratio(figures.told_count, naive.told_count)
    return {
        "builds": f"{len(replayed.instants):,}",
        "seconds a build and its routings": f"{mean(replayed.step_seconds):.1f}",
        "messages": f"{figures.message_count:,}",
        "digests among them": f"{figures.by_kind.get('digest', 0):,}",
        "of what is over": f"{figures.by_kind.get('resolved', 0):,}",
        "messages / naive": decimal(messages_ratio(figures, naive)),
        "bad cases": f"{figures.bad_count:,}",
        "told of in time": percent(figures.told_share),
        "told of in time / naive": decimal(told),
        "hours before the breach, median": decimal(figures.lead_hours, 1),
        "pressing bad cases": f"{figures.pressing_count:,}",
        "pressing, told of in time": percent(figures.pressing_told_share),
        "pressing, told of in time / naive": decimal(pressing_ratio(figures, naive)),
    }


def messages_ratio(figures: PolicyFigures, naive: PolicyFigures) -> float | None:
    """Return the messages of a policy relative to the naive one's."""
    return ratio(figures.message_count, naive.message_count)


def pressing_ratio(figures: PolicyFigures, naive: PolicyFigures) -> float | None:
    """Return the pressing cases told of in time relative to the naive policy's."""
    return ratio(figures.pressing_told_count, naive.pressing_told_count)


def role_rows(
    name: str, naive: PolicyFigures, routed: PolicyFigures
) -> list[list[str]]:
    """Return a row for each owner."""
    return [
        [
            *(name, role),
            *(
                cell
                for days in (naive.by_role.get(role), routed.by_role.get(role))
                for cell in (
                    ["0.0", "0"]
                    if days is None
                    else [f"{days.mean:.1f}", f"{days.most:,}"]
                )
            ),
        ]
        for role in sorted(naive.by_role.keys() | routed.by_role.keys())
    ]


def alerts_of(replayed: Replayed) -> list[Alert]:
    """Return the alerts that last in the days of the replay."""
    return alerts_during(replayed.alerts, replayed.instants[0], replayed.instants[-1])


def alert_cells(alert: Alert) -> list[str]:
    """Return an alert as cells."""
    return [
        *(alert.slo_id, alert.tier, f"{alert.since:%Y-%m-%d %H:%M}"),
        "-" if alert.until is None else f"{alert.until:%Y-%m-%d %H:%M}",
    ]


def generated_lines(months: Sequence[Simulated]) -> list[str]:
    """Return the table of the generated months."""
    head = [
        "generated cases a day",
        "months",
        "false episodes a month",
        "incidents found",
        "hours to find, median",
    ]
    rows = [
        [
            f"{each.cases_a_day:,}",
            f"{each.month_count:,}",
            decimal(each.episodes_a_month),
            percent(each.found_share),
            decimal(each.hours_to_find, 0),
        ]
        for each in months
    ]
    about = (
        f"Target {TARGET:.0%}, {HEALTHY_SHARE:.0%} bad; incidents of {BROKEN_HOURS} h"
        f" with {BROKEN_SHARE:.0%} bad."
    )
    return ["### Generated months", "", about, "", *table(head, rows)]


def goals(replays: Sequence[Replayed], months: Sequence[Simulated]) -> list[list[str]]:
    """Return each goal, the figure, and whether it is reached."""
    found = []
    for replayed in sorted(replays, key=lambda each: each.name):
        naive, routed = figures_of(replayed)
        fewer, told = messages_ratio(routed, naive), pressing_ratio(routed, naive)
        found += [
            goal(
                f"{replayed.name}: at most {MOST_MESSAGES:g} of the naive messages",
                decimal(fewer),
                is_reached=None if fewer is None else fewer <= MOST_MESSAGES,
            ),
            goal(
                f"{replayed.name}: of the pressing cases that the naive policy tells"
                f" of in time, at least {LEAST_TOLD:g}",
                decimal(told),
                is_reached=None if told is None else told >= LEAST_TOLD,
            ),
        ]
        if replayed.name == "olist":
            found += wave_goals(replayed.alerts)
    for each in months:
        if each.cases_a_day >= GOAL_CASES_A_DAY:
            found += [
                goal(
                    f"{each.cases_a_day} generated cases a day: at most"
                    f" {MOST_FALSE_EPISODES:g} false episodes a month",
                    decimal(each.episodes_a_month),
                    is_reached=each.episodes_a_month <= MOST_FALSE_EPISODES,
                ),
                goal(
                    f"{each.cases_a_day} generated cases a day:"
                    f" at least {LEAST_FOUND:.0%} of incidents found",
                    percent(each.found_share),
                    is_reached=each.found_share >= LEAST_FOUND,
                ),
            ]
    return found


def wave_goals(alerts: Sequence[Alert]) -> list[list[str]]:
    """Return the goals of the late deliveries: found in waves, silent in calms."""
    own = [alert for alert in alerts if alert.slo_id == WAVES_SLO]
    found = []
    for day in WAVES:
        near = [alert for alert in own if is_within([alert], day - NEAR, day + NEAR)]
        found.append(
            goal(
                f"{WAVES_SLO}: an alert begins within {NEAR.days} days of"
                f" {day:%Y-%m-%d}",
                ", ".join(f"{each.tier} {each.since:%Y-%m-%d}" for each in near)
                or "none",
                is_reached=bool(near),
            )
        )
    for first, last in CALMS:
        during = alerts_during(own, first, last)
        found.append(
            goal(
                f"{WAVES_SLO}: no alert from {first:%Y-%m-%d} to"
                f" {last - timedelta(days=1):%Y-%m-%d}",
                ", ".join(f"{each.tier} {each.since:%Y-%m-%d}" for each in during)
                or "none",
                is_reached=not during,
            )
        )
    return found


def goal(text: str, figure: str, *, is_reached: bool | None) -> list[str]:
    """Return a goal as cells; what cannot be judged is neither yes nor no."""
    return [text, figure, {None: "-", True: "yes", False: "no"}[is_reached]]


def percent(share: float | None) -> str:
    """Write a share; null is ``-``."""
    return "-" if share is None else f"{share:.1%}"


def decimal(number: float | None, places: int = 2) -> str:
    """Write a number; null is ``-``."""
    return "-" if number is None else f"{number:,.{places}f}"
