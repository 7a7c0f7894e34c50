"""Summarise the marts: what was promised, what is left of it, and what is open."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from math import isclose
from pathlib import Path

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from offpath.instants import instant_text, minute_text
from offpath.text import LONGEST, one_line
from offpath.warehouse.marts import aware, instant_of, open_marts

VERDICT_STYLES = {"met": "green", "missed": "red", "too few": "yellow"}
# Wide enough to measure what a table would like to have.
WIDEST = 1000
CLASS_STYLES = {"page": "bold red", "task": "yellow"}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One service level: its target, where it stands and what is left of the budget."""

    slo_id: str
    journey: str
    indicator: str
    window_days: int
    target: float
    effective_target: float | None
    sli: float | None
    valid_count: int
    bad_count: int
    budget_cases: float | None
    left_cases: float | None
    budget_equivalent_hours: float | None
    left_equivalent_hours: float | None
    verdict: str
    cases_to_verdict: int | None
    is_spent: bool
    exhausted_at: datetime | None
    burn_rate_7d: float | None
    firing_tiers: str | None
    lost_in: str | None
    lost_in_bad_share: float | None
    lost_in_good_share: float | None

    @property
    def has_older_target(self) -> bool:
        """Whether its window holds cases that counted under an earlier target."""
        return self.effective_target is not None and not isclose(
            self.effective_target, self.target
        )


@dataclass(frozen=True, slots=True)
class OpenRule:
    """The open exceptions of one rule, owner and route class."""

    journey: str
    rule_id: str
    rule_title: str
    severity: str
    owner_role: str
    route_class: str
    open_count: int
    respond_by_at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """What `offpath report` shows."""

    as_of: datetime
    warnings: tuple[str, ...]
    indicators: tuple[Indicator, ...]
    open_rules: tuple[OpenRule, ...]

    def as_json(self) -> dict[str, object]:
        """Return the report as JSON values."""
        return {
            "as_of": instant_text(self.as_of),
            "warnings": list(self.warnings),
            "indicators": [
                _json_row(indicator, "exhausted_at") for indicator in self.indicators
            ],
            "open_exceptions": [
                _json_row(rule, "respond_by_at") for rule in self.open_rules
            ],
        }


def _json_row(row: Indicator | OpenRule, instant: str) -> dict[str, object]:
    """Return the fields of a row, the one that is an instant as text."""
    fields = asdict(row)
    return fields | {instant: fields[instant] and instant_text(fields[instant])}


def load_report(warehouse: Path) -> Report:
    """Read the report from the marts."""
    with open_marts(warehouse) as connection:
        as_of = instant_of(connection)
        warnings = connection.execute(
            "select message from fct_warnings order by message"
        ).fetchall()
        indicators = connection.execute(
            """
            with lost as (
                select slo_id, cut_value, bad_share, good_share
                from fct_budget_attribution
                where cut = 'state' and stands_out
                qualify row_number() over (
                    partition by slo_id order by excess_count desc, cut_value
                ) = 1
            )
            select
                budgets.slo_id, journey, indicator, window_days,
                cast(target as double), effective_target, sli, valid_count,
                budgets.bad_count, budget_cases, left_cases, budget_equivalent_hours,
                left_equivalent_hours, verdict, cases_to_verdict, is_spent,
                exhausted_at, burn_rate_7d,
                (
                    select string_agg(tier, ', ' order by long_hours)
                    from fct_burn_rates as burn_rates
                    where burn_rates.slo_id = budgets.slo_id and is_firing
                ) as firing_tiers,
                lost.cut_value, lost.bad_share, lost.good_share
            from fct_error_budgets as budgets
            left join lost on budgets.slo_id = lost.slo_id
            order by journey, budgets.slo_id
            """
        ).fetchall()
        rules = connection.execute(
            """
            select
                journey, rule_id, rule_title, severity, owner_role, route_class,
                count(*) as open_count, min(respond_by_at) as respond_by_at
            from fct_exceptions
            where is_open
            group by
                journey, rule_id, rule_title, severity, owner_role, route_class
            order by journey, min(priority), respond_by_at, rule_id
            """
        ).fetchall()
    return Report(
        as_of=as_of,
        warnings=tuple(message for (message,) in warnings),
        indicators=tuple(Indicator(*aware(row)) for row in indicators),
        open_rules=tuple(OpenRule(*aware(row)) for row in rules),
    )


def render(report: Report) -> Group:
    """Lay the report out as tables, journey by journey."""
    parts: list[RenderableType] = [Text(f"As of {minute_text(report.as_of)}")]
    if report.warnings:
        count = len(report.warnings)
        noun = "warning" if count == 1 else "warnings"
        warnings = f"{count} {noun} about log and definitions: see fct_warnings"
        parts.append(Text(warnings, style="yellow"))
    journeys = sorted(
        {each.journey for each in report.indicators}
        | {each.journey for each in report.open_rules}
    )
    for journey in journeys:
        indicators = [each for each in report.indicators if each.journey == journey]
        parts += [Text(), Text(journey, style="bold"), _indicator_table(indicators)]
        parts += [
            Text(f"* {each.slo_id}: now {_target_now(each)}, before it another one")
            for each in indicators
            if each.has_older_target
        ]
        if indicators:
            parts.append(_budget_table(indicators))
        rules = [each for each in report.open_rules if each.journey == journey]
        parts.append(_rule_table(rules))
    return Group(*parts)


def _indicator_table(indicators: list[Indicator]) -> RenderableType:
    """Show targets and budgets."""
    if not indicators:
        return Text("no service levels")
    table = _table("service level", "days")
    for heading in ("valid", "bad", "SLI", "target", "budget", "left"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for each in indicators:
        table.add_row(
            each.slo_id,
            str(each.window_days),
            f"{each.valid_count:,}",
            f"{each.bad_count:,}",
            "-" if each.sli is None else _percent(each.sli, each.target),
            _target(each),
            _cases(each.budget_cases),
            _cases(each.left_cases),
            Text(each.verdict, style=VERDICT_STYLES.get(each.verdict, "")),
        )
    return Fitted(table)


def _target(indicator: Indicator) -> str:
    """Write the target that its cases are judged by, marked where it is of several."""
    if indicator.effective_target is None or not indicator.has_older_target:
        return _target_now(indicator)
    return f"{_percent(indicator.effective_target, indicator.target)}*"


def _target_now(indicator: Indicator) -> str:
    """Write the target in force."""
    return _percent(indicator.target, indicator.target)


def _percent(share: float, target: float) -> str:
    """Write a share with the decimals that its target has, and at least two."""
    _, decimals = f"{100 * target:.4f}".rstrip("0").split(".")
    return f"{share:.{max(len(decimals), 2)}%}"


def _budget_table(indicators: list[Indicator]) -> RenderableType:
    """Show how fast budgets go, which tiers fire, and in which state time was lost."""
    table = _table("budget of")
    for heading in ("burns", "lasts until"):
        table.add_column(heading, no_wrap=True)
    for heading in ("if all failed", "for met"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("stands out", no_wrap=True)
    for each in indicators:
        rate = "-" if each.burn_rate_7d is None else f"{each.burn_rate_7d:.1f}"
        tiers = each.firing_tiers
        table.add_row(
            each.slo_id,
            Text(f"{rate} {tiers}" if tiers else rate, style="red" if tiers else ""),
            _lasts_until(each),
            _lasts_if_all_failed(each),
            "-" if each.cases_to_verdict is None else f"{each.cases_to_verdict:,}",
            _lost_in(each),
        )
    return Fitted(table)


def _lost_in(indicator: Indicator) -> str:
    """Name the state in which far more bad cases than good ones lost their time."""
    if indicator.lost_in_bad_share is None or indicator.lost_in_good_share is None:
        return "-"
    shares = f"{indicator.lost_in_bad_share:.0%}, {indicator.lost_in_good_share:.0%}"
    return f"{one_line(indicator.lost_in or '', LONGEST)} ({shares})"


def _lasts_until(indicator: Indicator) -> str:
    """Say when the budget is spent at the pace of the last days."""
    if indicator.is_spent:
        return "spent"
    exhausted_at = indicator.exhausted_at
    return "-" if exhausted_at is None else f"{exhausted_at:%Y-%m-%d}"


def _lasts_if_all_failed(indicator: Indicator) -> str:
    """Say for how long everything could fail before the budget is spent."""
    left = indicator.left_equivalent_hours
    if left is None:
        return "-"
    return f"{left:,.1f} h" if left > 0 else "none"


def _rule_table(rules: list[OpenRule]) -> RenderableType:
    """Show what is open, the most urgent first."""
    if not rules:
        return Text("no open exceptions")
    table = _table("open exceptions of")
    table.add_column("open", justify="right", no_wrap=True)
    for heading in ("severity", "route", "owner"):
        table.add_column(heading, no_wrap=True)
    table.add_column("earliest due", no_wrap=True)
    for rule in rules:
        table.add_row(
            rule.rule_id,
            f"{rule.open_count:,}",
            rule.severity,
            Text(rule.route_class, style=CLASS_STYLES.get(rule.route_class, "")),
            rule.owner_role,
            minute_text(rule.respond_by_at),
        )
    return Fitted(table)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A table where it fits, else a paragraph for each of its rows.

    A table that is squeezed would cut the names in its first column.
    """

    table: Table

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        """Yield the table, or each row: its name, and what else it says below."""
        if console.measure(
            self.table, options=options.update(width=WIDEST)
        ).maximum <= (options.max_width):
            yield self.table
            return
        first, *others = self.table.columns
        for name, *cells in zip(
            *(each.cells for each in self.table.columns), strict=True
        ):
            yield Text(f"{first.header} {name}", overflow="fold")
            said = Text(", ").join(
                Text.assemble(f"{column.header} ", cell)
                for column, cell in zip(others, cells, strict=True)
                if str(cell) != "-"
            )
            yield Padding(said, (0, 0, 0, 2))


def _table(*headings: str) -> Table:
    """Begin a table without a frame."""
    return Table(*headings, box=None, pad_edge=False, header_style="dim", expand=False)


def _cases(number: float | None) -> str:
    """Write a number of cases; a budget may be a fraction of one."""
    return "-" if number is None else f"{number:,.1f}"
