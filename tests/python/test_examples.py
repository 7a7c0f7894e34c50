"""The examples build as consumers of the package and show the figures they claim.

Each figure is a query in the example's README with its result below it; the test reads
both from there, so that the page cannot drift from the build.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import yaml
from building import WITHOUT_UNIT_TESTS, dbt_done, public_log
from durations import misestimated_states
from landmarks import landmark_ratios, stated_ratios
from searches import is_deep

REPOSITORY = Path(__file__).parents[2]
FIGURE = re.compile(
    r"```sql\n(?P<query>.+?)```\s+```text\n(?P<result>.+?)```", re.DOTALL
)


@dataclass(frozen=True)
class Example:
    """An example project: its folder, a file it needs, instants to build it at (UTC)."""

    name: str
    needs: str
    after_the_log: str
    within_the_log: str

    @property
    def folder(self) -> Path:
        return REPOSITORY / "examples" / self.name

    @property
    def figures(self) -> list[tuple[str, list[str]]]:
        """Queries of the README and the lines of their results."""
        text = (self.folder / "README.md").read_text(encoding="utf-8")
        return [
            (figure["query"].strip(), figure["result"].strip().splitlines())
            for figure in FIGURE.finditer(text)
        ]


EXAMPLES = [
    Example(
        name="olist",
        needs="olist/olist_orders_dataset.csv.gz",
        after_the_log="2018-12-01 00:00:00",
        within_the_log="2017-11-25 12:00:00",
    ),
    Example(
        name="incidents",
        needs="incidents/incident_event_log.csv.gz",
        after_the_log="2017-06-01 00:00:00",
        within_the_log="2016-04-15 10:30:00",
    ),
]
FIGURES = [
    pytest.param(
        *(example, query, result),
        id=f"{example.name}-{number}",
        marks=pytest.mark.long,
    )
    for example in EXAMPLES
    for number, (query, result) in enumerate(example.figures, start=1)
]


# The unit tests of the package read no row of a log: one consumer runs them.
BUILD = {
    "incidents": ["build"],
    "olist": ["build", *(() if is_deep() else WITHOUT_UNIT_TESTS)],
}


class Builds:
    """Builds of the examples, each made once a session and read without a lock left."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.warehouses: dict[tuple[str, str], Path] = {}

    def warehouse(self, example: Example, as_of: str, *dbt_steps: list[str]) -> Path:
        """Path of the example's warehouse built as of an instant; skips without data."""
        public_log(example.needs)
        key = (example.name, as_of)
        if key not in self.warehouses:
            home = self.home / re.sub(r"\W", "_", f"{example.name} {as_of}")
            home.mkdir()
            for step in dbt_steps or (BUILD[example.name],):
                dbt_done(example.folder, home, *step, as_of=as_of)
            self.warehouses[key] = home / "warehouse.duckdb"
        return self.warehouses[key]


def read(warehouse: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="session")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    return Builds(tmp_path_factory.mktemp("examples"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_readme_shows_figures(example: Example) -> None:
    assert len(example.figures) >= 4


@pytest.mark.search
@pytest.mark.parametrize(("example", "query", "result"), FIGURES)
def test_figure_of_the_readme_comes_out_of_the_marts(
    builds: Builds, example: Example, query: str, result: list[str]
) -> None:
    warehouse = builds.warehouse(example, example.after_the_log)
    rows = read(warehouse, query)
    assert [", ".join(map(str, row)) for row in rows] == result


@pytest.mark.long
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_earlier_clock_shows_the_events_up_to_it_and_no_other(
    builds: Builds, example: Example
) -> None:
    instant = example.within_the_log
    earlier = builds.warehouse(
        example, instant, ["seed"], ["run", "--select", "+fct_case_events"]
    )
    later = builds.warehouse(example, example.after_the_log)
    events = "select case_id, event_name, occurred_at from marts.fct_case_events"

    shown = read(earlier, events)

    happened = read(later, f"{events} where occurred_at <= '{instant}'")
    assert len(shown) > 1000
    assert sorted(shown, key=repr) == sorted(happened, key=repr)


@pytest.mark.long
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_ratios_of_the_evidence_are_those_of_landmarks(
    builds: Builds, example: Example
) -> None:
    warehouse = builds.warehouse(example, example.after_the_log)
    landmarks = landmark_ratios(warehouse, least_fired=100)
    stated = stated_ratios(warehouse)
    assert len(landmarks) >= 2
    assert {rule: stated[rule] for rule in landmarks} == pytest.approx(
        landmarks, rel=0.1
    )


@pytest.mark.long
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_states_last_as_long_as_their_visits(builds: Builds, example: Example) -> None:
    assert misestimated_states(builds.warehouse(example, example.after_the_log)) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_playbook_is_there(example: Example) -> None:
    seed = example.folder / "seeds" / "playbooks.csv"
    missing = [
        location
        for (location,) in duckdb.sql(f"select location from '{seed}'").fetchall()
        if not (example.folder / location).is_file()
    ]
    assert missing == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_brings_only_what_it_needs(example: Example) -> None:
    without_rows = [
        seed.name
        for seed in (example.folder / "seeds").iterdir()
        if len(seed.read_text().splitlines()) < 2
    ]
    assert without_rows == []
    settings = (example.folder / "dbt_project.yml").read_text()
    assert set(yaml.safe_load(settings)) == {
        *("name", "profile", "vars", "dispatch", "models"),
    }
    about_offpath = settings[settings.index("vars:") : settings.index("\nmodels:")]
    assert len(about_offpath.strip().splitlines()) <= 12
    assert not (example.folder / "macros").exists()
