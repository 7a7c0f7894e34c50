"""Show the figures of the benchmark as a Markdown table, a column for each size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

CORE_LAYERS = ("log", "cases")
MINING_LAYERS = ("mining", "mining/intermediate")
GREAT_EXPECTATIONS_MODEL = "int_gate_verdicts"


def markdown(environment: dict[str, str], sizes: dict[str, dict[str, Any]]) -> str:
    """Return the line that says when and with what, and the table."""
    day = max(size["increment"]["finished_at"] for size in sizes.values())[:10]
    facts = ", ".join(f"{name} {value}" for name, value in environment.items())
    columns = [rows_of(size) for size in sizes.values()]
    lines = [
        table_line(["", *sizes]),
        table_line(["---", *("---:" for _ in sizes)]),
        *(
            table_line([name, *(column.get(name, "") for column in columns)])
            for name in columns[0]
        ),
    ]
    return "\n".join([f"{day}, {facts}", "", *lines]) + "\n"


def table_line(cells: Iterable[str]) -> str:
    """Return one line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def rows_of(size: dict[str, Any]) -> dict[str, str]:
    """Return the rows of one size: name and figure."""
    full, increment = size["full"], size["increment"]
    full_seconds, increment_seconds = model_seconds(full), model_seconds(increment)
    core = sum(full["layers"][layer] for layer in CORE_LAYERS)
    mining = sum(full["layers"].get(layer, 0) for layer in MINING_LAYERS)
    millions = size["events"] / 1e6
    return {
        "events": f"{size['events']:,}",
        "cases": f"{size['cases']:,}",
        "log, MB": megabytes(size["log_bytes"]),
        "baseline (sort the log), s": f"{size['baseline_seconds']:.2f}",
        "baseline, peak MB": megabytes(size["baseline_peak_bytes"]),
        **build_rows("full", full),
        **build_rows("increment", increment),
        "marts of log and cases / baseline": f"{core / size['baseline_seconds']:.2f}",
        "all of mining / baseline": f"{mining / size['baseline_seconds']:.2f}",
        "increment / full, model s": f"{increment_seconds / full_seconds:.2f}",
        "full, model s per million events": f"{full_seconds / millions:.2f}",
        "full, wall s per million events": f"{full['wall_seconds'] / millions:.2f}",
    }


def build_rows(name: str, build: dict[str, Any]) -> dict[str, str]:
    """Return the rows of a build."""
    total = model_seconds(build)
    expectations = build["models"][GREAT_EXPECTATIONS_MODEL]
    return {
        f"{name}: dbt run, wall s": f"{build['wall_seconds']:.2f}",
        f"{name}: dbt run, CPU s": f"{build['cpu_seconds']:.2f}",
        f"{name}: dbt run, peak MB": megabytes(build["peak_bytes"]),
        f"{name}: warehouse, MB": megabytes(build["warehouse_bytes"]),
        f"{name}: all models, s": f"{total:.2f}",
        **{
            f"{name}: {layer}, s": f"{seconds:.2f}"
            for layer, seconds in build["layers"].items()
        },
        f"{name}: {GREAT_EXPECTATIONS_MODEL}, s": f"{expectations:.2f}",
        f"{name}: {GREAT_EXPECTATIONS_MODEL}, share": f"{expectations / total:.1%}",
    }


def model_seconds(build: dict[str, Any]) -> float:
    """Return the sum over the models."""
    return float(sum(build["layers"].values()))


def megabytes(size: float) -> str:
    """Return bytes as megabytes of a million."""
    return f"{size / 1e6:,.0f}"
