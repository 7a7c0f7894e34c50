"""Analyse an event log with pm4py; write results, seconds a step and peak memory.

Runs as a process of its own, in an environment of its own (requirements.txt). The log
holds one journey, or ``--journey`` picks one: one row per event, without duplicates.
Events of a case are ordered by time, then by event_id.

pm4py is given its best case. Only the columns it needs are read; the log is sorted
once; one call, which need not sort again, yields counts and means of pairs. Turning
answers into Parquet stands outside the clock.

On a Polars LazyFrame pm4py formats, finds variants, pairs, start and end events,
rework and case durations by Polars code of its own. Two things differ from pandas:

- It drops fractions of a second of each case, and of each pair before it averages.
- It knows no business hours of cases: asked for them it answers calendar time. So
  first and last times come from its Polars code, and its business-hours function is
  called once per case. On pandas one function of pm4py does both.

Given ``--constraints``, DECLARE constraints in the words of pm4py, it also counts
self-loops, finds minimum self-distances and which cases violate what; on pandas only.
"""

import argparse
import csv
import json
import platform
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pm4py
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from metering import Meter
from pm4py.algo.conformance.declare.variants import classic as declare
from pm4py.algo.discovery.dfg.adapters.pandas import df_statistics as pandas_pairs
from pm4py.algo.discovery.dfg.adapters.polars import df_statistics as polars_pairs
from pm4py.statistics.traces.generic.pandas import case_statistics as pandas_cases
from pm4py.statistics.traces.generic.polars import case_statistics as polars_cases
from pm4py.util.business_hours import soj_time_business_hours_diff

Log: TypeAlias = pd.DataFrame | pl.LazyFrame
# An analysis asks pm4py at once; its rows are made while they are written.
Rows = Iterable[tuple[object, ...]]

PM4PY_NAMES = {
    "case_id": "case:concept:name",
    "event_name": "concept:name",
    "occurred_at": "time:timestamp",
}
COLUMNS = [*PM4PY_NAMES, "event_id"]
# Monday to Friday, 09:00 to 17:00, in seconds from the start of the week.
OPENINGS = [((day * 24 + 9) * 3600, (day * 24 + 17) * 3600) for day in range(5)]
TEXT, COUNT, SECONDS = pa.string(), pa.int64(), pa.float64()
SHAPES = {
    "variants": [("variant", TEXT), ("case_count", COUNT)],
    "dfg": [
        ("from_event", TEXT),
        ("to_event", TEXT),
        ("transition_count", COUNT),
        ("mean_seconds", SECONDS),
    ],
    "start_end": [("kind", TEXT), ("event_name", TEXT), ("case_count", COUNT)],
    "rework": [("event_name", TEXT), ("case_count", COUNT)],
    "durations": [("case_id", TEXT), ("seconds", SECONDS)],
    "business": [("case_id", TEXT), ("seconds", SECONDS)],
    "self_loops": [("event_name", TEXT), ("self_loop_count", COUNT)],
    "self_distances": [("event_name", TEXT), ("minimum_self_distance", COUNT)],
    "asked": [("rule_id", TEXT), ("case_count", COUNT)],
}
VIOLATED = [("rule_id", TEXT), ("case_id", TEXT), ("violated_count", COUNT)]


def read(path: Path, backend: str, journey: str | None) -> Log:
    """Load the columns that the analysis needs."""
    if backend == "pandas":
        chosen = None if journey is None else [("journey", "==", journey)]
        return pd.read_parquet(path, columns=COLUMNS, filters=chosen)
    log = pl.scan_parquet(path)
    if journey is not None:
        log = log.filter(pl.col("journey") == journey)
    return log.select(COLUMNS).collect().lazy()


def prepare(log: Log) -> Log:
    """Format the log; pm4py sorts by case and time, and keeps the order of ties."""
    if isinstance(log, pd.DataFrame):
        log = log.rename(columns=PM4PY_NAMES).sort_values("event_id")
        return pm4py.format_dataframe(log.drop(columns="event_id"))
    log = log.rename(PM4PY_NAMES).sort("event_id").drop("event_id")
    return pm4py.format_dataframe(log)


def every_nth_case(log: Log, step: int) -> Log:
    """Keep all events of every n-th case."""
    if isinstance(log, pd.DataFrame):
        return log[log["@@case_index"] % step == 0]
    return log.filter(pl.col("@@case_index") % step == 0).collect().lazy()


def variants(log: Log) -> Rows:
    """Count the cases of each sequence of event names."""
    counts = pm4py.get_variants(log)
    return ((" > ".join(names), count) for names, count in counts.items())


def dfg(log: Log) -> Rows:
    """Count each directly-follows pair and average its seconds."""
    module = pandas_pairs if isinstance(log, pd.DataFrame) else polars_pairs
    counts, means = module.get_dfg_graph(
        log, measure="both", perf_aggregation_key="mean", sort_caseid_required=False
    )
    return ((*pair, count, means[pair]) for pair, count in counts.items())


def start_end(log: Log) -> Rows:
    """Count the cases that begin, and that end, with each event."""
    starts = pm4py.get_start_activities(log)
    ends = pm4py.get_end_activities(log)
    rows = [("start", name, count) for name, count in starts.items()]
    return rows + [("end", name, count) for name, count in ends.items()]


def rework(log: Log) -> Rows:
    """Count the cases in which an event happens more than once."""
    counts: dict[str, int] = pm4py.get_rework_cases_per_activity(log)
    return counts.items()


def durations(log: Log) -> Rows:
    """Measure each case from its first to its last event, in seconds."""
    if isinstance(log, pd.DataFrame):
        cases = pandas_cases.get_cases_description(log)
        return ((case_id, case["caseDuration"]) for case_id, case in cases.items())
    listed = polars_cases.get_cases_description(log)
    return ((case["caseid"], case["caseDuration"]) for case in listed)


def business(log: Log) -> Rows:
    """Measure each case in seconds of opening hours, by the clock of the log."""
    if isinstance(log, pd.DataFrame):
        cases = pandas_cases.get_cases_description(
            log, parameters={"business_hours": True, "business_hour_slots": OPENINGS}
        )
        return ((case_id, case["caseDuration"]) for case_id, case in cases.items())
    measure = soj_time_business_hours_diff
    return [
        (case["caseid"], measure(case["startTime"], case["endTime"], OPENINGS))
        for case in polars_cases.get_cases_description(log)
    ]


def self_loops(log: pd.DataFrame) -> Rows:
    """Count how often an event follows itself."""
    counts: dict[tuple[str, str], int] = pm4py.discover_dfg(log)[0]
    return ((one, count) for (one, other), count in counts.items() if one == other)


def self_distances(log: pd.DataFrame) -> Rows:
    """Find the fewest events between two of one name, where a case has two."""
    distances: dict[str, int] = pm4py.get_minimum_self_distances(log)
    return distances.items()


def check(log: pd.DataFrame, constraints: list[dict[str, str]], folder: Path) -> Rows:
    """Write which cases violate the constraints of each template; count the asked."""
    names = PM4PY_NAMES["case_id"], PM4PY_NAMES["event_name"]
    case_ids = list(dict.fromkeys(log[names[0]]))
    # Verdicts come by place: who has which must not depend on how pm4py groups.
    traces = pm4py.project_on_event_attribute(log, names[1])
    grouped = log.groupby(names[0], sort=False)[names[1]].agg(list)
    if traces != grouped.tolist():
        message = "pm4py has the cases in another order"
        raise ValueError(message)
    templates: dict[tuple[str, str], dict[object, str]] = {}
    for row in constraints:
        events = row["first_event"], row["second_event"]
        asked = events if events[1] else events[0]
        template = templates.setdefault((row["template"], row["peer_template"]), {})
        template[asked] = row["rule_id"]
    for (template, peer_template), rule_ids in templates.items():
        weight = {"support": len(case_ids), "confidence": len(case_ids)}
        model = {peer_template: dict.fromkeys(rule_ids, weight)}
        verdicts = declare.apply_list(traces, model)
        rows = (
            (rule_ids[asked], case_id, 1)
            for case_id, verdict in zip(case_ids, verdicts, strict=True)
            for _, asked in verdict["deviations"]
        )
        write(rows, f"declare_{template}", folder, VIOLATED)
    return ((row["rule_id"], len(traces)) for row in constraints)


def write(
    rows: Rows, step: str, folder: Path, shape: list[tuple[str, pa.DataType]] = ()
) -> int:
    """Write the result of a step as Parquet; return how many rows it has."""
    schema = pa.schema(shape or SHAPES[step])
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    pq.write_table(pa.table(columns, schema=schema), folder / f"{step}.parquet")
    return len(columns[0])


def main() -> None:
    """Run all steps; write their results, and ``run.json`` beside them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("log", type=Path, help="Parquet file, or folder of them")
    parser.add_argument("backend", choices=("pandas", "polars"))
    parser.add_argument("folder", type=Path, help="where the results go")
    parser.add_argument("--journey", help="the journey to analyse (default: all rows)")
    parser.add_argument(
        "--business-cases", type=int, help="measure business hours of so many at most"
    )
    parser.add_argument("--constraints", type=Path, help="CSV: what to ask of cases")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)

    meter = Meter()
    log = meter.run("read", lambda: read(given.log, given.backend, given.journey))
    log = meter.run("prepare", lambda: prepare(log))

    def analyse(analysis: Callable[[Log], Rows], log: Log) -> int:
        rows = meter.run(analysis.__name__, lambda: analysis(log))
        return write(rows, analysis.__name__, given.folder)

    for analysis in (variants, dfg, start_end, rework):
        analyse(analysis, log)
    case_count = analyse(durations, log)
    if not case_count:
        parser.error("there is no such event in the log")
    step = -(-case_count // (given.business_cases or case_count))
    business_case_count = analyse(business, every_nth_case(log, step))

    if given.constraints:
        analyse(self_loops, log)
        analyse(self_distances, log)
        with given.constraints.open(encoding="utf-8", newline="") as file:
            constraints = list(csv.DictReader(file))
        asked = meter.run("asked", lambda: check(log, constraints, given.folder))
        write(asked, "asked", given.folder)

    run = {
        "backend": given.backend,
        "threads": pl.thread_pool_size() if given.backend == "polars" else 1,
        "case_count": case_count,
        "business_case_count": business_case_count,
        "seconds": meter.seconds,
        "peak_bytes": meter.peak_bytes["business"],
        "peak_bytes_after": meter.peak_bytes,
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("pm4py", "pandas", "polars", "pyarrow")},
    }
    text = json.dumps(run, indent=2) + "\n"
    (given.folder / "run.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
