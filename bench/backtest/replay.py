"""Replay a log day by day: the real models, the real router, and a channel that notes.

One build a day adds to the one before, as the daily builds of a real project do, and
a scheduler runs the router with it and between it and the next.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from offpath.delivery.channels import Channel, OutboxChannel
from offpath.delivery.directory import Channels
from offpath.home import Home
from offpath.ledger.ledger import Ledger
from offpath.routing.reconciler import Order, route
from offpath.warehouse.marts import Mart, aware, load_mart, open_marts

from bench.backtest.replay_figures import (
    Alert,
    BadCase,
    BudgetState,
    Message,
    Replayed,
    Telling,
)

PROJECT = Path(__file__).resolve().parents[2]
DATA = Path(
    os.environ.get("OFFPATH_DATA_DIR", PROJECT.parent / "shared" / "data")
).resolve()
# What routing reads, and the budgets; what depends on none of these is left out.
SELECTED = (
    "--select",
    *("+fct_exceptions", "+fct_exception_escalations", "+fct_burn_rates"),
    *("+dim_owner_roles", "+dim_owner_duty", "+dim_exception_rules", "dim_build"),
)
# Whole files, which hold the future too: `as_of` cuts it off behind them.
STAGING = "path:models/staging"
QUIETLY = ("--quiet", "--log-level", "none", "--no-write-json")
# Hours after a build at which the router runs; all on the day (UTC) of the build.
ROUTED_AFTER_HOURS = (0, 3, 6, 9)
# What tells an owner of something, unlike the news that it is over.
TELLING_KINDS = frozenset({"opened", "raised", "reminded", "escalated"})


@dataclass(frozen=True, slots=True)
class Log:
    """A log, its project, and the instants (UTC) of the first and the last build."""

    name: str
    project: Path
    first: datetime
    last: datetime
    is_public: bool = True

    @property
    def is_there(self) -> bool:
        """Whether its data are in OFFPATH_DATA_DIR, where it needs any."""
        return not self.is_public or (DATA / self.name).is_dir()

    def instants(self, every: int) -> list[datetime]:
        """Return the instants to build at, so many days apart."""
        days = (self.last - self.first).days
        return [self.first + timedelta(days=day) for day in range(0, days + 1, every)]


LOGS = {
    log.name: log
    for log in (
        Log(
            "olist",
            PROJECT / "examples" / "olist",
            datetime(2017, 6, 1, 6, tzinfo=UTC),
            datetime(2018, 8, 28, 6, tzinfo=UTC),
        ),
        # 98.9 % of the incidents were opened in these months.
        Log(
            "incidents",
            PROJECT / "examples" / "incidents",
            datetime(2016, 3, 1, 6, tzinfo=UTC),
            datetime(2016, 6, 1, 6, tzinfo=UTC),
        ),
        Log(
            "demo",
            PROJECT,
            datetime(2026, 2, 16, 6, tzinfo=UTC),
            datetime(2026, 4, 13, 6, tzinfo=UTC),
            is_public=False,
        ),
    )
}


class Runs:
    """Runs of dbt in this process, which read the project only once."""

    def __init__(self, project: Path, home: Path) -> None:
        """Let the environment of this process name the home, as profiles want it."""
        os.environ |= {
            "OFFPATH_HOME": str(home),
            "OFFPATH_DATA_DIR": str(DATA),
            "DBT_TARGET_PATH": str(home / "target"),
            "DO_NOT_TRACK": "1",
            "GX_ANALYTICS_ENABLED": "false",
        }
        os.chdir(project)
        self._manifest: Any = None
        self._folders = [
            *("--project-dir", str(project)),
            *("--profiles-dir", str(PROJECT / "profiles")),
            *("--log-path", str(home / "logs")),
        ]

    def __call__(
        self, command: str, *arguments: str, as_of: datetime | None = None
    ) -> Any:  # noqa: ANN401 - dbt has a type of its own for each command
        """Run a command as of an instant; return what dbt returns, or raise."""
        said: list[str] = []
        runner = dbtRunner(
            manifest=self._manifest,
            callbacks=[lambda event: said.append(str(getattr(event.info, "msg", "")))],
        )
        clock = (
            [] if as_of is None else ["--vars", json.dumps({"as_of": as_var(as_of)})]
        )
        try:
            outcome = runner.invoke(
                # What stands before the command is for all of them.
                [*QUIETLY, command, *self._folders, *clock, *arguments]
            )
        finally:
            # It is without types.
            cast(Any, DuckDBConnectionManager).close_all_connections()
        if not outcome.success:
            last = [*said[-20:], str(outcome.exception or "")]
            raise RuntimeError("\n".join([f"dbt {command} failed", *last]))
        return outcome.result

    def parse(self) -> None:
        """Read the project, for all further commands."""
        self._manifest = self("parse")


def as_var(instant: datetime) -> str:
    """Write an instant as the var `as_of` wants it."""
    return f"{instant:%Y-%m-%d %H:%M:%S}"


class Recorder(Channel):
    """A channel that takes everything and keeps it."""

    name = "recorder"
    delivered: Literal["sent", "outbox"] = "sent"
    after_crash: Literal["same id", "marked"] = "same id"

    def __init__(self) -> None:
        """Begin with nothing."""
        self.payloads: list[Mapping[str, Any]] = []

    def takes(self, kind: str) -> bool:
        """Take all but answers."""
        return kind != "acknowledged"

    def deliver(
        self, payload: Mapping[str, Any], *, is_possible_duplicate: bool
    ) -> None:
        """Keep the message."""
        del is_possible_duplicate  # nothing crashes here
        self.payloads.append(payload)


@dataclass
class Replay:
    """The replay of one log in a home, which is thrown away afterwards."""

    log: Log
    home: Home
    every: int = 1
    messages: list[Message] = field(default_factory=list)
    naive_messages: list[Message] = field(default_factory=list)
    tellings: list[Telling] = field(default_factory=list)
    naive_tellings: list[Telling] = field(default_factory=list)
    states: list[BudgetState] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    step_seconds: list[float] = field(default_factory=list)

    def replayed(self, say: Callable[[str], None]) -> Replayed:
        """Build and route every day; return what happened."""
        instants = self.log.instants(self.every)
        say("seeds and staging")
        self.home.folder.mkdir(parents=True, exist_ok=True)
        self.run = Runs(self.log.project, self.home.folder)
        if self.log.is_public:
            self.run("deps")
        self.run.parse()
        self.run("seed")
        self.run("run", "--select", STAGING)
        month = ""
        for number, instant in enumerate(instants, start=1):
            if f"{instant:%Y-%m}" != month:
                month = f"{instant:%Y-%m}"
                say(f"{month}, build {number:,} of {len(instants):,}")
            began = time.monotonic()
            self.build(instant)
            self.step(instant)
            self.step_seconds.append(time.monotonic() - began)
        say("the last build in full")
        self.build(instants[-1], "--full-refresh")
        return Replayed(
            name=self.log.name,
            instants=instants,
            first_shown_until=instants[0] + timedelta(hours=max(ROUTED_AFTER_HOURS)),
            messages=self.messages,
            naive_messages=self.naive_messages,
            tellings=self.tellings,
            naive_tellings=self.naive_tellings,
            states=self.states,
            bad_cases=self.bad_cases(),
            alerts=self.alerts(),
            step_seconds=self.step_seconds,
        )

    def build(self, as_of: datetime, *arguments: str) -> None:
        """Run what routing needs, as of an instant."""
        self.run("run", *SELECTED, "--exclude", STAGING, *arguments, as_of=as_of)

    def step(self, built_at: datetime) -> None:
        """Note what a build shows, and what either policy says of it."""
        mart = load_mart(self.home.warehouse)
        self.note_states(built_at)
        self.note_naive(built_at, mart)
        for hours in ROUTED_AFTER_HOURS:
            self.note_routed(built_at + timedelta(hours=hours), mart)

    def note_naive(self, at: datetime, mart: Mart) -> None:
        """Tell the owner of every exception that was not there before, one by one."""
        on_trial = {
            rule_id
            for (rule_id,) in self.rows(
                "select rule_id from warehouse.marts.dim_exception_rules"
                " where stage = 'trial'"
            )
        }
        for exception in mart.exceptions:
            if exception.exception_id in self.seen or exception.rule_id in on_trial:
                continue
            self.seen.add(exception.exception_id)
            kind = "opened" if exception.is_open else "resolved"
            self.naive_messages.append(Message(at, exception.owner_role, kind))
            self.naive_tellings += tellings_of(at, [asdict(exception)])

    def note_routed(self, at: datetime, mart: Mart) -> None:
        """Route, and acknowledge at once what the owners were told."""
        recorder = Recorder()
        channels = Channels(
            {role: {recorder.name: recorder} for role in mart.known_roles},
            OutboxChannel(self.home.outbox),
        )
        order = Order(lambda: mart, lambda _: lambda: at, is_beginning=True)
        route(self.home, order, channels, must_not_warn)
        with Ledger.writing(self.home.ledger) as ledger:
            for payload in recorder.payloads:
                self.messages.append(
                    Message(at, str(payload["owner_role"]), str(payload["kind"]))
                )
                told = [
                    each
                    for each in payload["exceptions"]
                    if each["kind"] in TELLING_KINDS
                ]
                self.tellings += tellings_of(at, told)
                for exception in told:
                    ledger.act(
                        "acknowledged",
                        exception["exception_id"],
                        actor=str(payload["owner_role"]),
                        note=None,
                        close_code=None,
                        at=at,
                    )

    def note_states(self, at: datetime) -> None:
        """Note of each objective whether its budget asks for attention."""
        self.states += [
            BudgetState(at, *row)
            for row in self.rows(
                """
                select
                    error_budgets.slo_id,
                    error_budgets.is_spent
                    or coalesce(bool_or(burn_rates.is_firing), false) as is_alarmed

                from fct_error_budgets as error_budgets
                left join fct_burn_rates as burn_rates
                    on
                        error_budgets.slo_id = burn_rates.slo_id
                        and burn_rates.lifts_to is not null
                group by error_budgets.slo_id, error_budgets.is_spent
                """
            )
        ]

    def bad_cases(self) -> list[BadCase]:
        """Return the cases that the last build knows to be bad, and since when."""
        return [
            BadCase(*row)
            for row in self.rows(
                """
                select slo_id, case_id, greatest(counted_at, settled_at) as breached_at
                from fct_sli_cases
                where verdict = 'bad'
                order by slo_id, case_id
                """
            )
        ]

    def alerts(self) -> list[Alert]:
        """Return the burn alerts that the last build knows of."""
        return [
            Alert(*row)
            for row in self.rows(
                """
                select slo_id, evidence ->> 'tier' as tier, detected_at, cleared_at
                from fct_exceptions
                where family = 'budget'
                order by slo_id, detected_at, tier
                """
            )
        ]

    def rows(self, query: str) -> Iterator[Sequence[Any]]:
        """Answer a query about the marts, its timestamps aware."""
        with open_marts(self.home.warehouse) as connection:
            rows = connection.execute(query).fetchall()
        return (tuple(aware(row)) for row in rows)


def must_not_warn(text: str) -> None:
    """Refuse a warning of the router: every role has a channel, so there is none."""
    raise RuntimeError(text)


def tellings_of(at: datetime, exceptions: Iterable[Mapping[str, Any]]) -> list[Telling]:
    """Return which cases, under which objective, exceptions tell of."""
    return [
        Telling(at, exception["slo_id"], exception["subject_id"])
        for exception in exceptions
        if exception["subject_type"] == "case" and exception["slo_id"] is not None
    ]
