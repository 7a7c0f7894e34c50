"""Compare with pm4py: the same log, the same findings, in what time and memory.

Prints Markdown tables, one for each size; progress goes to stderr. Fails where the
findings are not the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import duckdb

from bench.speed import generate
from bench.speed.bench import BENCH, MEMORY, TARGET, Bench, environment
from bench.speed.compare import Run, differences, ratios_table

PEERS_PYTHON = TARGET.parent / "peers" / "bin" / "python"
# What a model of this project answers, in the words of the peers' steps.
STEPS = {
    "int_events_classified": "read",
    "fct_case_events": "prepare",
    "fct_cases": "durations",
    "int_variant_steps": "variants",
    "int_variants_described": "variants",
    "dim_variants": "variants",
    "int_variant_transitions": "dfg",
    "fct_transitions": "dfg",
    "int_variant_events": "rework",
    "int_events_repeated": "rework",
    "fct_rework": "rework",
    "case_business_hours": "business",
}
FINDINGS = {
    "variants": "select variant, case_count from marts.dim_variants",
    "dfg": """
        select from_event, to_event, transition_count, mean_seconds
        from marts.fct_transitions
        where from_event not like '[%' and to_event not like '[%'
    """,
    "start_end": """
        select 'start' as kind, to_event as event_name, transition_count as case_count
        from marts.fct_transitions
        where from_event = '[start]'
        union all
        select 'end', from_event, cast(sum(transition_count) as bigint)
        from marts.fct_transitions
        where to_event in ('[end]', '[open]')
        group by from_event
    """,
    "rework": """
        select event_name, rework_case_count as case_count
        from marts.fct_rework
        where rework_case_count > 0
    """,
    "durations": """
        select case_id, date_diff('second', first_event_at, last_event_at) as seconds
        from marts.fct_cases
    """,
    "business": """
        select case_id, business_seconds as seconds from case_business_hours
    """,
}


class Peers(Bench):
    """One size: the log, this project's run on it, and those of the peers."""

    def compared(self, business_cases: int) -> str:
        """Run all three; return the table, or stop where the findings differ."""
        self.begin()
        self.generate("log")
        log = self.tidied()
        folders = [self.offpath()]
        for backend in ("pandas", "polars"):
            folder = self.home / "findings" / backend
            self.run(
                f"pm4py on {backend}",
                *(PEERS_PYTHON, BENCH / "peers" / "pm4py_job.py", log.parent),
                *(backend, folder, "--business-cases", business_cases),
            )
            folders.append(folder)
        found = [
            line for other in folders[1:] for line in differences(folders[0], other)
        ]
        if found:
            sys.exit("\n".join(found))
        table = ratios_table([Run.of(folder) for folder in folders])
        self.end()
        return table

    def tidied(self) -> Path:
        """Keep one row an event: peers know neither redeliveries nor corrections."""
        events = self.home / "bench_log" / "events"
        tidy = self.home / "tidy.parquet"
        with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
            connection.execute(
                f"""
                copy (
                    select * from '{events}/*.parquet'
                    where case_id is not null
                    qualify row_number() over (
                        partition by event_id order by loaded_at desc
                    ) = 1
                    order by loaded_at
                ) to '{tidy}'
                """
            )
        for file in events.glob("*.parquet"):
            file.unlink()
        return tidy.rename(events / "tidy.parquet")

    def offpath(self) -> Path:
        """Build the models that the peers have an answer to; export the findings."""
        self.dbt("deps")
        self.dbt("seed")
        selected = [f"+{model}" for model in STEPS]
        figures = self.build(str(generate.ENDS_AT), "--select", *selected)
        folder = self.home / "findings" / "offpath"
        folder.mkdir(parents=True)
        with duckdb.connect(str(self.home / "warehouse.duckdb")) as connection:
            for name, query in FINDINGS.items():
                connection.execute(f"copy ({query}) to '{folder / name}.parquet'")
            ((case_count,),) = connection.execute(
                "select count(*) from marts.fct_cases"
            ).fetchall()
        seconds = {
            STEPS.get(model, "everything else"): 0.0 for model in figures["models"]
        }
        for model, taken in figures["models"].items():
            seconds[STEPS.get(model, "everything else")] += taken
        run = {
            "seconds": seconds,
            "peak_bytes": figures["peak_bytes"],
            "case_count": case_count,
            "business_case_count": case_count,
        }
        (folder / "run.json").write_text(json.dumps(run))
        return folder


def main() -> None:
    """Compare at each size and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("millions", nargs="*", type=float, default=[10.0])
    parser.add_argument(
        "--business-cases",
        type=int,
        default=100_000,
        help="cases of which the peers measure business hours",
    )
    given = parser.parse_args()
    facts = ", ".join(f"{name} {value}" for name, value in environment().items())
    for millions in given.millions:
        table = Peers(millions).compared(given.business_cases)
        sys.stdout.write(f"{millions:g} million events; {facts}\n\n{table}\n")


if __name__ == "__main__":
    main()
