"""The metrics say what the marts say: `make metrics` asks MetricFlow for each of them."""

import csv
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from building import PROJECT, copied_project

METRICFLOW = Path(sys.executable).with_name("mf")
METRICS = [
    each["name"]
    for each in yaml.safe_load(
        (PROJECT / "models/metrics/_metrics__metrics.yml").read_text()
    )["metrics"]
]
SLI = ("valid_cases", "good_cases", "bad_cases", "sli")
BUDGETS = ("budget_cases", "budget_left_cases", "budget_left_share")
ENDED = (
    *("throughput_cases", "median_lead_seconds", "median_lead_business_seconds"),
    *("change_failures", "change_failure_share"),
)
RESTORED = (
    *("outcome_weeks", "longest_median_restore_seconds", "median_restore_seconds"),
)

# What is asked for, by what, and the same of the marts.
QUESTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "SLI by day": (
        SLI,
        ("metric_time__day", "slo"),
        """
        select counted_date, slo_id, valid_count, good_count, bad_count, sli
        from marts.fct_sli_daily
        where valid_count > 0
        """,
    ),
    "SLI by week": (
        SLI,
        ("metric_time__week", "journey", "slo"),
        """
        select
            cast(date_trunc('week', counted_date) as date), journey, slo_id,
            sum(valid_count), sum(good_count), sum(bad_count),
            sum(good_count) / sum(valid_count)
        from marts.fct_sli_daily
        group by all
        having sum(valid_count) > 0
        """,
    ),
    "SLI by severity and owner": (
        SLI,
        ("slo", "sli_case__severity", "journey__owner_role"),
        """
        select
            slo_id, severity, owner_role, count(*),
            count_if(verdict = 'good'), count_if(verdict = 'bad'),
            count_if(verdict = 'good') / count(*)
        from marts.fct_sli_cases
        inner join marts.dim_journeys using (journey)
        where verdict in ('good', 'bad')
        group by all
        """,
    ),
    "budgets by day": (
        BUDGETS,
        ("metric_time__day", "slo"),
        """
        select counted_date, slo_id, budget_cases, left_cases, remaining_share
        from marts.fct_error_budget_history
        """,
    ),
    "budgets at the end of a week": (
        BUDGETS,
        ("metric_time__week", "slo"),
        """
        select
            cast(date_trunc('week', counted_date) as date), slo_id,
            budget_cases, left_cases, remaining_share
        from marts.fct_error_budget_history
        qualify row_number() over (
            partition by slo_id, date_trunc('week', counted_date)
            order by counted_date desc
        ) = 1
        """,
    ),
    "outcomes by week": (
        ENDED,
        ("metric_time__week", "journey"),
        """
        select
            week_date, journey, ended_count, median_lead_seconds,
            median_lead_business_seconds, round(change_failure_share * ended_count),
            change_failure_share
        from marts.fct_journey_outcomes
        where ended_count > 0
        """,
    ),
    "outcomes by severity": (
        ENDED,
        ("journey", "ended_case__severity"),
        """
        select
            journey, severity, count(*), median(elapsed_seconds),
            median(business_seconds),
            count_if(rework_count > 0 or escalation_count > 0),
            count_if(rework_count > 0 or escalation_count > 0) / count(*)
        from marts.fct_cases
        where ended_as in ('good', 'bad')
        group by all
        """,
    ),
    "time to restore by week": (
        RESTORED,
        ("metric_time__week", "journey"),
        """
        select week_date, journey, 1, median_restore_seconds, median_restore_seconds
        from marts.fct_journey_outcomes
        """,
    ),
    "time to restore of several weeks": (
        RESTORED,
        ("journey",),
        """
        select journey, count(*), max(median_restore_seconds), null
        from marts.fct_journey_outcomes
        group by journey
        """,
    ),
}


@pytest.fixture(scope="module")
def asked(
    demo: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str]]:
    """Return a copy of the project that MetricFlow may read, and its environment."""
    if not METRICFLOW.exists():
        pytest.skip("MetricFlow is not in this environment: `make metrics`")
    folder = tmp_path_factory.mktemp("metrics")
    home = shutil.copytree(demo, folder / "home")
    project = copied_project(folder / "project")
    environment = os.environ | {
        "OFFPATH_HOME": str(home),
        "DBT_PROFILES_DIR": str(PROJECT / "profiles"),
        "DO_NOT_TRACK": "1",
        "PATH": os.pathsep.join([str(METRICFLOW.parent), os.environ["PATH"]]),
    }
    run(project, environment, "dbt", "--quiet", "parse")
    return project, environment


def run(project: Path, environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def value_of(text: str) -> Any:
    """Read a value of MetricFlow's CSV: a number, a day, a text, or nothing."""
    if text in {"", "None", "nan", "NaN"}:
        return None
    try:
        return float(text)
    except ValueError:
        return text.removesuffix(" 00:00:00").removesuffix("T00:00:00")


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other


def by_key(rows: list[list[Any]], keys: int) -> dict[tuple[Any, ...], list[Any]]:
    found = {tuple(row[:keys]): row[keys:] for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.long
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_metric_is_what_the_marts_say(
    asked: tuple[Path, dict[str, str]], tmp_path: Path, question: str
) -> None:
    project, environment = asked
    metrics, groups, query = QUESTIONS[question]
    answer = tmp_path / "answer.csv"
    run(
        project,
        environment,
        str(METRICFLOW),
        *("query", "--metrics", ",".join(metrics), "--group-by", ",".join(groups)),
        *("--csv", str(answer)),
    )
    with answer.open(newline="") as lines:
        header, *rows = csv.reader(lines)
    order = [header.index(name) for name in (*groups, *metrics)]
    told = by_key(
        [[value_of(row[index]) for index in order] for row in rows], len(groups)
    )
    warehouse = Path(environment["OFFPATH_HOME"]) / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        expected = by_key(
            [
                [value_of(str(value)) for value in row]
                for row in connection.execute(query).fetchall()
            ],
            len(groups),
        )
    assert len(expected) > 1
    assert told.keys() == expected.keys()
    for key, values in expected.items():
        for name, mine, its in zip(metrics, told[key], values, strict=True):
            assert alike(mine, its), (key, name, mine, its)


def test_every_metric_is_asked_for() -> None:
    asked_for = {name for metrics, _, _ in QUESTIONS.values() for name in metrics}
    assert asked_for == set(METRICS)


def test_the_demo_has_the_metrics_without_metricflow(demo: Path) -> None:
    manifest = json.loads((demo / "target" / "manifest.json").read_text())
    assert sorted(each["name"] for each in manifest["metrics"].values()) == sorted(
        METRICS
    )
