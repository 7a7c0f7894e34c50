"""What each tool finds in one of the public logs, in files of one shape."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path

import duckdb

from bench.parity.asked import TEMPLATES, constraints
from bench.process import PROJECT, environment_of, measured
from bench.speed.bench_peers import FINDINGS, PEERS_PYTHON, STEPS

DATA = Path(
    os.environ.get("OFFPATH_DATA_DIR", PROJECT.parent / "shared" / "data")
).resolve()
BIN = Path(sys.executable).parent
HERE = PROJECT / "bench" / "parity"
JOB = PROJECT / "bench" / "speed" / "peers" / "pm4py_job.py"
MEMORY = os.environ.get("BENCH_MEMORY", "8GB")
# Constraints are asked of so many events of a log, the most frequent ones.
ASKED_EVENTS = 10
MODELS = (*STEPS, "fct_activities", "fct_case_constraints")
FOUND = {
    **FINDINGS,
    "self_loops": """
        select event_name, self_loop_count
        from marts.fct_rework
        where self_loop_count > 0
    """,
    "self_distances": """
        select event_name, minimum_self_distance
        from marts.fct_activities
        where minimum_self_distance is not null
    """,
    "asked": """
        select rule_id, count(*) as case_count
        from marts.fct_case_constraints
        group by rule_id
    """,
    # To pm4py every case is over. No event of these logs says so, and so what an open
    # case still owes is violated.
    **{
        f"declare_{template}": f"""
            select rule_id, case_id, 1 as violated_count
            from marts.fct_case_constraints
            where
                rule_id like '{template} |%'
                and state in ('violated', 'violated_for_now')
        """
        for template in TEMPLATES
    },
}


class Log:
    """One log, and a home for what is made of it."""

    def __init__(self, name: str, home: Path) -> None:
        """Make the home anew, with the log in a form that pm4py's job reads."""
        self.name = name
        self.home = home
        shutil.rmtree(home, ignore_errors=True)
        (home / "seeds").mkdir(parents=True)
        self.environment = environment_of(home) | {
            "OFFPATH_DATA_DIR": str(DATA),
            "DBT_PROFILES_DIR": str(PROJECT / "bench" / "speed"),
            "BENCH_MEMORY": MEMORY,
        }
        self.tidy = home / "tidy.parquet"
        with duckdb.connect() as connection:
            connection.execute(
                f"""
                copy (
                    select
                        "case:concept:name" as case_id,
                        "concept:name" as event_name,
                        cast("time:timestamp" as timestamp) as occurred_at,
                        -- The job orders by time, then by id.
                        lpad(cast(file_row_number as varchar), 9, '0') as event_id
                    from read_parquet(
                        '{DATA}/event_logs/{name}.parquet', file_row_number = true
                    )
                    order by event_id
                ) to '{self.tidy}'
                """
            )
            self.names = [
                event_name
                for (event_name,) in connection.execute(
                    f"""
                    select event_name
                    from '{self.tidy}'
                    group by event_name
                    order by count(*) desc, event_name
                    """
                ).fetchall()
            ]
            ((self.event_count, self.case_count, last_at),) = connection.execute(
                f"""
                select count(*), count(distinct case_id), max(occurred_at)
                from '{self.tidy}'
                """
            ).fetchall()
        self.as_of = last_at + timedelta(days=1)
        self.constraints = constraints(self.names[:ASKED_EVENTS])

    def described(self) -> str:
        """Tell how large it is, and how much is asked of it."""
        return (
            f"{self.event_count:,} events, {self.case_count:,} cases, "
            f"{len(self.constraints) * self.case_count:,} verdicts"
        )

    def traces(self) -> dict[str, list[str]]:
        """Return the names of each case in the order of time, then of the document."""
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"""
                select case_id, list(event_name order by occurred_at, event_id)
                from '{self.tidy}'
                group by case_id
                """
            ).fetchall()
        return dict(rows)

    def by_offpath(self) -> Path:
        """Build what pm4py has an answer to; return the folder of the findings."""
        warehouse = self.build(*MODELS)
        folder = self.home / "findings" / "offpath"
        folder.mkdir(parents=True)
        with duckdb.connect(str(warehouse)) as connection:
            for name, query in FOUND.items():
                connection.execute(f"copy ({query}) to '{folder / name}.parquet'")
        return folder

    def build(self, *models: str) -> Path:
        """Build models, and what they read; return the warehouse."""
        self._define()
        given = json.dumps({"log": self.name, "as_of": str(self.as_of)})
        selected = ("--select", *(f"+{model}" for model in models))
        for name, *options in (("deps",), ("seed",), ("run", *selected)):
            command = (str(BIN / "dbt"), "--no-use-colors", name, "--vars", given)
            output = self.home / f"{name}.txt"
            measured([*command, *options], self.environment, HERE, output)
        return self.home / "warehouse.duckdb"

    def by_pm4py(self) -> Path:
        """Let pm4py look at the same events; return the folder of its findings."""
        listed = self.home / "constraints.csv"
        asked = (
            {
                "rule_id": each.rule_id,
                "template": each.template,
                "peer_template": each.peer_name,
                "first_event": each.peer_events[0],
                "second_event": each.peer_events[1],
            }
            for each in self.constraints
        )
        write(listed, asked)
        folder = self.home / "findings" / "pm4py"
        command = (PEERS_PYTHON, JOB, self.tidy, "pandas", folder)
        options = ("--constraints", listed)
        measured(
            [str(word) for word in (*command, *options)],
            self.environment,
            HERE,
            self.home / "pm4py.txt",
        )
        return folder

    def _define(self) -> None:
        """Define the events of the log, and a rule for each constraint."""
        events = (
            {
                "journey": self.name,
                "event_name": event_name,
                "sort_order": sort_order,
                # Without states no event is a repeat.
                "enters_state": "",
                "starts_case": "false",
                "ends_case_as": "",
                "is_rework": "false",
                "is_escalation": "false",
            }
            for sort_order, event_name in enumerate(self.names, start=1)
        )
        rules = (
            {
                "rule_id": each.rule_id,
                "journey": self.name,
                "family": "conformance",
                "title": each.rule_id,
                "slo_id": "",
                "severity": "low",
                "owner_role": "analyst",
                "respond_within_minutes": 480,
                "escalation_policy": "",
                "playbook": "",
                "stage": "trial",
                "version": 1,
                "page_above_value": "",
            }
            for each in self.constraints
        )
        conformance_rules = (
            {
                "rule_id": each.rule_id,
                **each._asdict(),
                "within_minutes": "",
                "calendar": "",
            }
            for each in self.constraints
        )
        seeds = self.home / "seeds"
        write(seeds / "journey_events.csv", events)
        write(seeds / "exception_rules.csv", rules)
        write(seeds / "conformance_rules.csv", conformance_rules)


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows of the same columns, of which there is one at least."""
    first, *others = rows
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, first)
        writer.writeheader()
        writer.writerows([first, *others])
