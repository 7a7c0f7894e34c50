"""What the project promises is written down, and where a reader looks for it."""

import json
import re
from pathlib import Path

import duckdb
import pytest
import yaml
from building import PROJECT
from test_rooms import models_of

FOLDERS = ("models", "seeds", "macros", "tests", "examples", "bench")
YAML_FILES = sorted(
    path
    for folder in FOLDERS
    for path in (PROJECT / folder).rglob("*.yml")
    if not {"dbt_packages", "target"} & set(path.parts)
)
MOST_LINES = 600
# Files of several macros, each with the reason why they are read together.
SEVERAL_MACROS: dict[str, str] = {}


def read(path: str) -> dict:
    return yaml.safe_load((PROJECT / path).read_text())


def test_every_model_and_every_column_of_a_mart_is_described(demo: Path) -> None:
    models = models_of(demo).values()
    assert [each["name"] for each in models if not each["description"].strip()] == []
    with duckdb.connect(str(demo / "warehouse.duckdb"), read_only=True) as warehouse:
        columns = warehouse.execute(
            "select table_name, column_name from duckdb_columns()"
            " where schema_name = 'marts'"
        ).fetchall()
    described = {
        (each["name"], column["name"])
        for each in models
        for column in each["columns"].values()
        if column["description"].strip()
    }
    assert sorted(set(columns) - described) == []


def test_others_may_rely_on_marts_and_calendars_and_know_who_owns_them(
    demo: Path,
) -> None:
    models = models_of(demo).values()
    assert {
        each["name"]
        for each in models
        if (each["config"]["access"] == "public") != (each["schema"] == "marts")
    } == {"int_calendar_hours", "int_calendar_open_hours"}
    (group,) = read("models/_groups.yml")["groups"]
    assert group["owner"]["name"]
    assert {each["config"]["group"] for each in models} == {group["name"]}


def test_the_exposure_lists_every_mart_that_is_published(demo: Path) -> None:
    (exposure,) = (
        each
        for each in read("models/_exposures.yml")["exposures"]
        if each["name"] == "published_marts"
    )
    with duckdb.connect(str(demo / "warehouse.duckdb"), read_only=True) as warehouse:
        published = warehouse.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'marts' order by all"
        ).fetchall()
    listed = [f"ref('offpath', '{name}')" for (name,) in published]
    assert exposure["depends_on"] == listed


def test_the_overview_of_the_docs_leads_to_what_is_there(demo: Path) -> None:
    manifest = json.loads((demo / "target" / "manifest.json").read_text())
    overview = manifest["docs"]["doc.offpath.__overview__"]["block_contents"]
    linked = re.findall(r"\]\(#!/\w+/([\w.]+)\)", overview)
    assert len(linked) == overview.count("](") > 5
    assert set(linked) <= manifest["nodes"].keys() | manifest["exposures"].keys()


@pytest.mark.parametrize(
    "path", YAML_FILES, ids=lambda path: str(path.relative_to(PROJECT))
)
def test_no_yaml_file_is_too_long_to_scroll_through(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


def test_a_macro_stands_in_the_file_of_its_name() -> None:
    elsewhere = [
        f"{path.relative_to(PROJECT)}: {name}"
        for path in sorted((PROJECT / "macros").rglob("*.sql"))
        if str(path.relative_to(PROJECT)) not in SEVERAL_MACROS
        for name in re.findall(r"{%-? *macro +(\w+)", path.read_text())
        # A variant alone takes the place of one that the adapter has.
        if path.stem
        not in {name, name.removeprefix("default__").removeprefix("spark__")}
    ]
    assert elsewhere == []


def test_every_macro_is_described_with_its_arguments() -> None:
    declared = {
        macro["name"]: macro
        for path in (PROJECT / "macros").rglob("*.yml")
        for macro in yaml.safe_load(path.read_text())["macros"]
    }
    for path in sorted((PROJECT / "macros").rglob("*.sql")):
        macro = declared.get(path.stem)
        assert macro is not None, path.stem
        signature = re.search(
            rf"{{%-? *macro +{path.stem}\((.*?)\)\s*-?%}}", path.read_text(), re.DOTALL
        )
        assert signature, path.stem
        names = re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", signature[1].strip())
        given = macro.get("arguments", [])
        assert [argument["name"] for argument in given] == names, path.stem
        assert macro["description"].strip(), path.stem
        assert all(argument["description"].strip() for argument in given), path.stem
