"""Predictions know nothing of what comes, say what held, and claim no skill by luck.

Cases are drawn by known laws and the models of the room judge them; what they should
have said is reckoned once more from the draws.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile

import duckdb
import numpy as np
import pandas as pd
import pytest
from building import rendered
from click.testing import Result

from bench.compiled import build, compiled_models, empty_warehouse

Offpath = Callable[..., Result]
MODELS = {
    "int_open_spells": "intermediate",
    "int_prediction_instants": "intermediate",
    "int_cases_drawn": "intermediate",
    "int_case_prefixes": "intermediate",
    "int_case_targets": "intermediate",
    "int_prefixes_learnt": "intermediate",
    "int_targets_learnt": "intermediate",
    "int_prefixes_asked": "intermediate",
    "int_targets_asked": "intermediate",
    "int_targets_alike": "intermediate",
    "int_targets_predicted": "intermediate",
    "int_medians_learnt": "intermediate",
    "int_predictions_judged": "intermediate",
    "fct_prediction_backtest": "marts",
    "fct_prediction_calibration": "marts",
}
BEGINS = datetime(2026, 1, 1)  # noqa: DTZ001 - instants of a warehouse are without a zone
ENDS = datetime(2026, 5, 1)  # noqa: DTZ001
HOUR = 3600
WITHIN_HOURS = 24
# Freireich and others (1963), remission of patients on 6-MP, in weeks: those who
# relapsed, and those who were watched no longer. The textbook curve of Kaplan and Meier.
RELAPSED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
WATCHED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
REMISSION = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return compiled_models(
        tmp_path_factory.mktemp("predictions"), list(MODELS), ENDS.replace(tzinfo=UTC)
    )


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as connection:
        yield connection


def drawn_events(generator: np.random.Generator, cases: int) -> pd.DataFrame:
    """Draw cases that are asked for, often worked at, and done, as events."""
    days = (ENDS - BEGINS).days
    events = []
    for number in range(cases):
        at = generator.uniform(0, days * 24)
        path = ["asked"]
        times = [at]
        is_hard = generator.random() < 0.3
        for _ in range(generator.poisson(1.5)):
            at += generator.exponential(20 if is_hard else 5)
            path.append(str(generator.choice(["worked", "waited"])))
            times.append(at)
        times.append(at + generator.exponential(40 if is_hard else 8))
        path.append("done")
        events += [
            {
                "case_id": f"case {number}",
                "event_number": position,
                "event_name": name,
                "occurred_at": BEGINS + timedelta(seconds=round(hours * HOUR)),
            }
            for position, (name, hours) in enumerate(zip(path, times, strict=True), 1)
        ]
    return pd.DataFrame(events)


STAGED = f"""
create or replace table marts.fct_case_events as
select
    'desk' as journey, case_id, event_number, event_name,
    cast(occurred_at as timestamp) as occurred_at,
    lag(event_name) over timeline as previous_event_name,
    event_name as state_after,
    case when event_name = 'done' then 'good' else 'open' end as status_after
from drawn
window timeline as (partition by case_id order by event_number);

create or replace table intermediate.int_case_endings as
select
    journey, case_id, event_number, occurred_at as ended_at, 'good' as ended_as,
    cast(null as timestamp) as reopened_at
from marts.fct_case_events
where event_name = 'done';

create or replace table marts.fct_cases as
select
    journey, case_id, false as is_excluded, false as was_abandoned,
    min(occurred_at) as first_event_at, min(occurred_at) as started_at,
    max(case when event_name = 'done' then occurred_at end) as ended_at,
    case when bool_or(event_name = 'done') then 'good' end as ended_as,
    cast(null as varchar) as severity
from marts.fct_case_events
group by journey, case_id;

create or replace table marts.fct_sli_cases as
with due as (
    select
        *, first_event_at as from_at, ended_at as reached_at,
        first_event_at + interval {WITHIN_HOURS} hours as deadline_at
    from marts.fct_cases
)
select
    *, 'in_a_day' as slo_id, false as is_paused,
    cast(null as varchar) as not_valid_reason,
    case
        when ended_at <= deadline_at then 'good'
        when deadline_at <= timestamp '{ENDS}' then 'bad'
    end as early_verdict,
    case when deadline_at <= timestamp '{ENDS}' then early_verdict else 'pending' end
        as verdict,
    case early_verdict when 'good' then ended_at when 'bad' then deadline_at end
        as settled_at
from due;

create or replace table intermediate.int_case_versions (
    journey varchar, case_id varchar, severity varchar, known_from timestamp,
    known_until timestamp
);
create or replace table intermediate.int_promise_versions as
from intermediate.int_case_versions;
create or replace table definitions.journeys as
select 'desk' as journey, cast(null as varchar) as calendar;
create or replace table intermediate.int_calendar_hours (
    calendar varchar, hour_started_at timestamp, open_minutes bigint,
    open_seconds_before bigint
);
create or replace table marts.dim_slos as
select 'in_a_day' as slo_id, 'lead' as owner_role;
create or replace table definitions.slos as
select 'in_a_day' as slo_id, 'latency' as indicator;
create or replace table definitions.slo_steps (slo_id varchar);
create or replace table definitions.slo_pauses (slo_id varchar);
create or replace table definitions.owner_roles as
select 'lead' as owner_role, 5 as attention_budget_per_day
"""


def judge(
    connection: duckdb.DuckDBPyConnection,
    models: dict[str, str],
    events: pd.DataFrame,
    change: str = "",
) -> None:
    """Let the models of the room judge what has happened by the build.

    ``change`` is SQL that changes what is read of the events before.
    """
    connection.register("drawn", events[events["occurred_at"] <= ENDS])
    connection.execute("use warehouse")
    for statement in STAGED.split(";"):
        connection.execute(statement)
    connection.execute(change)
    for model, sql in models.items():
        build(connection, MODELS[model], {model: sql})


def predicted(connection: duckdb.DuckDBPyConnection, instant: int) -> pd.DataFrame:
    """Return what was told as of a past instant, without what came of it."""
    return connection.execute(
        """
        select
            target, case_id, predicted_at, state, deadline_at, seconds_left,
            likeness_number, support_count, known_count, late_count, p10_seconds,
            median_seconds, p90_seconds, breach_probability, reason
        from intermediate.int_targets_predicted
        where instant_number = ?
        order by target, case_id
        """,
        [instant],
    ).df()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("change", ["removed", "moved", "made up"])
def test_nothing_that_comes_later_changes_a_prediction(
    models: dict[str, str],
    warehouse: duckdb.DuckDBPyConnection,
    seed: int,
    change: str,
) -> None:
    generator = np.random.default_rng(seed)
    events = drawn_events(generator, 3000)
    judge(warehouse, models, events)
    [(instant,)] = warehouse.execute(
        """
        select predicted_at from intermediate.int_prediction_instants
        where instant_number = 2
        """
    ).fetchall()
    told = predicted(warehouse, 2)
    assert len(told) > 20
    assert told["breach_probability"].notna().sum() > 5

    is_later = events["occurred_at"] > instant
    known, later = events[~is_later], events[is_later]
    if change == "moved":
        lateness = pd.to_timedelta(generator.exponential(2000, len(later)), unit="h")
        later = later.assign(occurred_at=later["occurred_at"] + lateness)
        later = later.sort_values("occurred_at")
        counted = later.groupby("case_id").cumcount() + 1
        before = known.groupby("case_id").size()
        later["event_number"] = counted + later["case_id"].map(before).fillna(0)
    elif change == "made up":
        later = later.assign(event_name=generator.permutation(later["event_name"]))
    others = known if change == "removed" else pd.concat([known, later])
    # Cases that begin later move the instants, which are of the span of the log.
    judge(warehouse, models, others)
    pd.testing.assert_frame_equal(told, predicted(warehouse, 2))


def test_medians_and_bands_hold_and_probabilities_are_what_happens(
    models: dict[str, str], warehouse: duckdb.DuckDBPyConnection
) -> None:
    judge(warehouse, models, drawn_events(np.random.default_rng(11), 20000))
    told = warehouse.execute(
        "from marts.fct_prediction_backtest where slice = 'all'"
    ).df()
    told = told.set_index("target")
    assert told.loc["[end]", "asked_count"] > 400
    assert 0.45 <= told.loc["[end]", "median_coverage"] <= 0.55
    assert 0.75 <= told.loc["[end]", "band_coverage"] <= 0.85
    assert told.loc["[end]", "time_has_skill"]
    promise = told.loc["in_a_day"]
    assert promise["breach_has_skill"]
    assert promise["auc"] > 0.7
    assert promise["mean_probability"] == pytest.approx(
        promise["breach_share"], abs=0.04
    )


def test_a_probability_without_skill_says_so(
    models: dict[str, str], warehouse: duckdb.DuckDBPyConnection
) -> None:
    """Every case takes as long as any other: what is known of it says nothing."""
    generator = np.random.default_rng(5)
    starts = generator.uniform(0, 24 * (ENDS - BEGINS).days, 8000)
    events = pd.concat(
        pd.DataFrame(
            {
                "case_id": [f"case {number}" for number in range(len(starts))],
                "event_number": number,
                "event_name": name,
                "occurred_at": pd.Timestamp(BEGINS)
                + pd.to_timedelta(np.round(hours * HOUR), unit="s"),
            }
        )
        for number, name, hours in (
            (1, "asked", starts),
            (2, "done", starts + generator.exponential(24, len(starts))),
        )
    )
    judge(warehouse, models, events)
    [(skill, has_skill, judged, auc)] = warehouse.execute(
        """
        select skill_on_best_constant, time_has_skill, breach_judged_count, auc
        from marts.fct_prediction_backtest
        where slice = 'all' and target = 'in_a_day'
        """
    ).fetchall()
    assert judged > 100
    # An exponential law forgets: the median of what is left is that of all.
    assert -0.1 < skill < 0.05
    assert not has_skill
    # Only how much time is left tells cases apart.
    assert 0.5 < auc < 0.9


def test_scores_are_those_of_the_rows(
    models: dict[str, str], warehouse: duckdb.DuckDBPyConnection
) -> None:
    judge(warehouse, models, drawn_events(np.random.default_rng(3), 4000))
    told = warehouse.execute(
        """
        select * from intermediate.int_targets_predicted
        where not is_now and target = 'in_a_day' and breach_probability is not null
        """
    ).df()
    rows = told[told["verdict"].notna()]
    [stated] = (
        warehouse.execute(
            """
            select * from marts.fct_prediction_backtest
            where slice = 'all' and target = 'in_a_day'
            """
        )
        .df()
        .to_dict("records")
    )
    bad = (rows["verdict"] == "bad").to_numpy(dtype=float)
    probability = rows["breach_probability"].to_numpy()
    assert stated["breach_judged_count"] == len(rows) > 100
    brier = np.mean((probability - bad) ** 2)
    assert stated["brier_score"] == pytest.approx(brier)
    assert stated["brier_skill"] == pytest.approx(
        1 - brier / (bad.mean() * (1 - bad.mean()))
    )
    over = probability[bad == 1][:, None] - probability[bad == 0][None, :]
    assert stated["auc"] == pytest.approx(np.mean((over > 0) + 0.5 * (over == 0)))
    tops = [
        group.sort_values(
            ["breach_probability", "asked_number"], ascending=[False, True]
        ).head(5)
        for _, group in told.groupby("predicted_at")
    ]
    counted = pd.concat(tops).dropna(subset="verdict")
    assert stated["attention_precision"] == pytest.approx(
        np.mean(counted["verdict"] == "bad")
    )


def test_a_median_is_that_of_the_cases_that_waited_as_long(
    models: dict[str, str], warehouse: duckdb.DuckDBPyConnection
) -> None:
    """Reckon one prediction again from the rows that it was compared with."""
    judge(warehouse, models, drawn_events(np.random.default_rng(4), 3000))
    [told] = (
        warehouse.execute(
            """
            select * from intermediate.int_targets_predicted
            where is_now and target = 'in_a_day' and breach_probability between 0.2 and 0.8
            order by asked_number limit 1
            """
        )
        .df()
        .to_dict("records")
    )
    compared = warehouse.execute(
        """
        select
            seconds_to_end - waited_seconds as rest, is_ended, spell_seconds,
            waited_seconds, event_name, learnt.case_number
        from intermediate.int_targets_alike
        inner join intermediate.int_targets_learnt as learnt using (learnt_number)
        where asked_number = ?
        """,
        [told["asked_number"]],
    ).df()
    assert told["support_count"] == compared["case_number"].nunique() >= 30
    assert (compared["spell_seconds"] > compared["waited_seconds"]).all()
    assert len(set(compared["event_name"])) == 1
    left = 1.0
    median = None
    in_time = 0.0
    for rest in sorted(compared.loc[compared["is_ended"], "rest"].unique()):
        at_risk = (compared["rest"] >= rest).sum()
        ended = ((compared["rest"] == rest) & compared["is_ended"]).sum()
        left *= 1 - ended / at_risk
        if median is None and left <= 0.5:
            median = rest
        if rest <= told["seconds_left"]:
            in_time = 1 - left
    assert told["median_seconds"] == median
    assert told["breach_probability"] == pytest.approx(1 - in_time, abs=1e-9)


def test_what_a_case_was_left_for_is_no_wait(
    models: dict[str, str], warehouse: duckdb.DuckDBPyConnection
) -> None:
    """Cases that ended without an event say nothing of who waits for longer."""
    generator = np.random.default_rng(8)
    starts = np.append(generator.uniform(0, 24 * 100, 200), 24 * 108)
    events = pd.DataFrame(
        {
            "case_id": [f"case {number}" for number in range(len(starts))],
            "event_number": 1,
            "event_name": "asked",
            "occurred_at": pd.Timestamp(BEGINS)
            + pd.to_timedelta(np.round(starts * HOUR), unit="s"),
        }
    )
    judge(
        warehouse,
        models,
        events,
        """
        update marts.fct_cases
        set was_abandoned = true, ended_as = 'bad',
            ended_at = started_at + interval 48 hours
        where case_id <> 'case 200'
        """,
    )
    told = warehouse.execute(
        """
        select case_id, median_seconds, reason from intermediate.int_targets_predicted
        where is_now and target = '[end]'
        """
    ).fetchall()
    assert told == [("case 200", None, "too few alike")]


def test_weights_are_those_of_the_textbook(
    warehouse: duckdb.DuckDBPyConnection, ended_weights: str
) -> None:
    rows = [(weeks, True) for weeks in RELAPSED] + [(weeks, False) for weeks in WATCHED]
    lasted = pd.DataFrame(rows, columns=["weeks", "is_ended"])
    lasted["patient"] = range(len(lasted))
    warehouse.register("lasted", lasted.assign(arm="6-MP"))
    curve = dict(
        warehouse.execute(
            f"""
            select weeks, round(min(surviving_share), 3)
            from ({ended_weights})
            where is_ended group by weeks
            """
        ).fetchall()
    )
    assert curve == REMISSION
    [(weights,)] = warehouse.execute(
        f"select sum(ended_weight) from ({ended_weights})"
    ).fetchall()
    assert weights == pytest.approx(1 - 0.448, abs=5e-4)


@pytest.fixture(scope="module")
def ended_weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    return rendered(
        "{{ offpath.ended_weights("
        "'lasted', ['arm'], 'weeks', 'is_ended', 'patient') }}",
        tmp_path_factory.mktemp("weights"),
    )


def test_why_tells_of_a_case_how_many_cases_say_so(
    demo: Path, home: Path, offpath: Offpath
) -> None:
    home.mkdir()
    copyfile(demo / "warehouse.duckdb", home / "warehouse.duckdb")
    with duckdb.connect(str(demo / "warehouse.duckdb"), read_only=True) as connection:
        [(case_id, slo_id, probability, known, late)] = connection.execute(
            """
            select case_id, slo_id, breach_probability, known_count, late_count
            from marts.fct_promise_predictions
            where has_skill and deadline_at is not null
            order by breach_probability desc, case_id limit 1
            """
        ).fetchall()
    told = offpath("why", case_id).stdout
    assert told.startswith(f"Case {case_id} of ")
    assert f"\n{slo_id}, due " in told
    assert f"missed with probability {probability:.2f}: of {known:,} " in told
    assert f" {late:,} came too late\n" in told
    [case] = json.loads(offpath("why", case_id, "--json").stdout)["cases"]
    assert case["promises"][0]["breach_probability"] == pytest.approx(probability)
    assert case["predicted_at"] == "2026-04-13T06:00:00Z"


def test_why_of_what_is_no_case_asks_for_an_exception(
    demo: Path, home: Path, offpath: Offpath
) -> None:
    home.mkdir()
    copyfile(demo / "warehouse.duckdb", home / "warehouse.duckdb")
    result = offpath("why", "no such case")
    assert result.exit_code == 2
    assert "no exception has an id that begins with no such case" in result.stderr
