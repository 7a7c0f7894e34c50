"""The board as a file: what it holds, and where it is written."""

import hashlib
import json
import re
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from board_page import DATA, published_demo, ran, rows_of, told_by
from building import PROJECT
from click.testing import CliRunner, Result
from offpath.board.facts import QUERIES
from offpath.board.page import board_page, write_board
from offpath.cli import main
from offpath.errors import MartError

Offpath = Callable[..., Result]

NOW = datetime(2026, 4, 13, 7, tzinfo=UTC)
SOURCES = PROJECT / "scripts" / "board"
PAGE = PROJECT / "scripts" / "offpath" / "board" / "page"


@pytest.fixture
def published(demo: Path) -> Path:
    """Return the set of the demo, routed and published; not to be changed."""
    return published_demo(demo) / "published" / "current"


@pytest.fixture
def changed(published: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return a copy of the published marts in which statements were run."""

    def change(*statements: str) -> Path:
        copy = tmp_path / "changed" / "marts.duckdb"
        copy.parent.mkdir()
        shutil.copyfile(published / "marts.duckdb", copy)
        with duckdb.connect(str(copy)) as connection:
            for statement in statements:
                connection.execute(statement)
        return copy

    return change


def test_the_figures_of_a_page_are_those_of_the_report(
    demo: Path, published: Path
) -> None:
    told = told_by(published / "board.html")
    report = json.loads(ran(published_demo(demo), "report", "--json"))
    assert told["report"] == report
    assert told["as_of"] == 1776060000
    open_count = sum(each["open_count"] for each in report["open_exceptions"])
    assert len(rows_of(told["facts"]["exceptions"])) == open_count == 32


def test_the_page_holds_stories_of_open_exceptions_alone(published: Path) -> None:
    facts = told_by(published / "board.html")["facts"]
    exceptions = rows_of(facts["exceptions"])
    about = {
        (each["journey"], each["subject_id"])
        for each in exceptions
        if each["subject_type"] == "case"
    }
    told = {(each["journey"], each["case_id"]) for each in rows_of(facts["events"])}
    assert told == about
    ids = {each["exception_id"] for each in exceptions}
    assert {each["exception_id"] for each in rows_of(facts["messages"])} <= ids
    (answer,) = rows_of(facts["answers"])
    assert (answer["action"], answer["actor"]) == ("acknowledged", "Ada")
    assert answer["exception_id"] in ids


def test_the_steps_of_a_variant_are_the_words_of_it(published: Path) -> None:
    facts = told_by(published / "board.html")["facts"]
    steps: dict[tuple[str, str], list[str]] = {}
    for each in rows_of(facts["steps"]):
        key = each["journey"], each["variant_id"]
        steps.setdefault(key, []).append(each["event_name"])
    with duckdb.connect(str(published / "marts.duckdb"), read_only=True) as connection:
        words = connection.sql(
            "select journey, variant_id, variant from marts.dim_variants"
        ).fetchall()
    texts = {(journey, variant): text for journey, variant, text in words}
    assert len(steps) >= 20
    assert {key: " > ".join(value) for key, value in steps.items()} == {
        key: texts[key] for key in steps
    }


def test_the_same_marts_at_the_same_instant_give_the_same_page(published: Path) -> None:
    marts = published / "marts.duckdb"
    day = timedelta(days=1)
    assert board_page(marts, NOW, day) == board_page(marts, NOW, day)


def test_no_text_of_the_data_is_markup(
    published: Path, changed: Callable[..., Path]
) -> None:
    marts = changed(
        "update marts.fct_exceptions set subject_id = '</script><script>alert(1)//'",
        "update marts.dim_journeys set title = '<img src=x onerror=alert(1)>'",
    )
    told = board_page(marts, NOW, None)
    plain = board_page(published / "marts.duckdb", NOW, None)
    assert DATA.sub("", told) == DATA.sub("", plain), "all of it is packed"


def test_a_page_allows_its_own_program_alone(published: Path) -> None:
    page = (published / "board.html").read_text(encoding="utf-8")
    assert "default-src 'none'; script-src 'sha256-" in page
    assert "unsafe-eval" not in page
    assert "http://" not in page.replace("http://www.w3.org/", "")


def test_the_bundle_is_made_of_the_sources_beside_it() -> None:
    digest = hashlib.sha256((SOURCES / "package-lock.json").read_bytes())
    for source in sorted((SOURCES / "src").iterdir()):
        digest.update(source.read_bytes())
    head = (PAGE / "board.js").read_text(encoding="utf-8")[:200]
    assert f"sources {digest.hexdigest()}" in head, "make board-page"


def test_what_is_bundled_has_its_licence_beside_it() -> None:
    licences = (PAGE / "LICENCES.txt").read_text(encoding="utf-8")
    for name in ("@observablehq/plot 0.6.17 (ISC)", "@dagrejs/dagre 3.1.3 (MIT)"):
        assert name in licences


def test_a_page_holds_no_column_that_it_does_not_show(published: Path) -> None:
    sources = [each.read_text() for each in (SOURCES / "src").glob("*.js")]
    words = set(re.findall(r"\w+", " ".join(sources)))
    facts = told_by(published / "board.html")["facts"]
    unused = [
        f"{table}.{column}"
        for table, columns in facts.items()
        for column in columns
        if column not in words
    ]
    assert unused == []


def test_each_set_has_a_board_that_nobody_edits(published: Path) -> None:
    mode = (published / "board.html").stat().st_mode
    assert stat.S_IMODE(mode) == 0o444


def test_a_board_is_written_where_it_is_wanted(demo: Path, tmp_path: Path) -> None:
    home, page = published_demo(demo), tmp_path / "board.html"
    page.write_text("the former one", encoding="utf-8")
    assert str(page) in ran(home, "board", "--output", str(page), "--as-of", "build")
    assert stat.S_IMODE(page.stat().st_mode) == 0o644
    assert told_by(page)["set"] == (home / "published" / "current").resolve().name


def test_without_published_marts_a_board_says_what_to_do(
    home: Path, offpath: Offpath
) -> None:
    home.mkdir()
    result = offpath("board")
    assert result.exit_code == 5
    assert "offpath publish first" in result.stderr


def test_a_board_is_late_once_its_marts_are_too_old(
    published: Path, tmp_path: Path
) -> None:
    marts = published / "marts.duckdb"
    page = tmp_path / "late.html"
    page.write_text(board_page(marts, NOW, timedelta(hours=26)), encoding="utf-8")
    told = told_by(page)
    assert told["expected_by"] - told["as_of"] == 26 * 3600
    assert told_by(published / "board.html")["expected_by"] is None


def test_marts_that_no_board_can_be_drawn_from_are_published_all_the_same(
    demo: Path, home: Path, offpath: Offpath
) -> None:
    home.mkdir()
    shutil.copy(demo / "warehouse.duckdb", home / "warehouse.duckdb")
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("drop table marts.fct_deviations")
        connection.execute("drop table marts.fct_transitions cascade")
    result = offpath("publish")
    assert result.exit_code == 0
    assert "the set has no board" in result.stderr
    assert "fct_transitions" in result.stderr
    current = home / "published" / "current"
    assert not (current / "board.html").exists()
    assert (current / "fct_exceptions.parquet").exists()


def test_a_board_that_fails_keeps_no_marts_back(
    demo: Path, home: Path, offpath: Offpath, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        message = "year 20000 is out of range"
        raise ValueError(message)

    monkeypatch.setattr("offpath.warehouse.publish.write_board", fail)
    home.mkdir()
    shutil.copy(demo / "warehouse.duckdb", home / "warehouse.duckdb")
    result = offpath("publish")
    assert result.exit_code == 0
    assert "the set has no board: ValueError: year 20000" in result.stderr
    assert (home / "published" / "current" / "fct_exceptions.parquet").exists()


def test_a_figure_that_is_none_is_null(changed: Callable[..., Path]) -> None:
    marts = changed(
        "update marts.fct_error_budgets set sli = 'nan', burn_rate_7d = 'inf',"
        " remaining_share = '-inf'",
    )
    page = marts.with_name("board.html")
    page.write_text(board_page(marts, NOW, None), encoding="utf-8")
    told = told_by(page)
    for each in told["report"]["indicators"]:
        assert each["sli"] is each["burn_rate_7d"] is None
    for each in rows_of(told["facts"]["slos"]):
        assert each["remaining_share"] is None


def test_a_small_budget_is_spent_since_the_day_on_which_it_was(
    changed: Callable[..., Path],
) -> None:
    marts = changed("update marts.fct_error_budget_history set remaining_share = null")
    page = marts.with_name("board.html")
    page.write_text(board_page(marts, NOW, None), encoding="utf-8")
    slos = {each["slo_id"]: each for each in rows_of(told_by(page)["facts"]["slos"])}
    assert slos["orders_shipped"]["last_kept"] == "2026-04-13"
    assert slos["tickets_resolved_first_time"]["last_kept"] is None


def test_a_board_for_a_folder_that_is_not_there_names_it(
    demo: Path, tmp_path: Path
) -> None:
    page = tmp_path / "nowhere" / "board.html"
    home = ["--home", str(published_demo(demo))]
    result = CliRunner().invoke(main, ["board", "--output", str(page), *home])
    assert result.exit_code == 2
    assert f"there is no folder {page.parent}" in result.stderr


def test_a_board_that_cannot_be_drawn_leaves_the_former_one(
    changed: Callable[..., Path], tmp_path: Path
) -> None:
    marts = changed("drop table marts.fct_transitions")
    page = tmp_path / "board.html"
    page.write_text("the former one", encoding="utf-8")
    with pytest.raises(MartError, match="fct_transitions"):
        write_board(marts, page, NOW, None)
    assert page.read_text(encoding="utf-8") == "the former one"
    assert not list(tmp_path.glob(".draft*"))


def test_an_empty_log_has_a_page_too(changed: Callable[..., Path]) -> None:
    tables = "select table_name from duckdb_tables()"
    marts = changed()
    with duckdb.connect(str(marts)) as connection:
        for (table,) in connection.execute(tables).fetchall():
            if table != "dim_build":
                connection.execute(f"delete from {table}")
    page = marts.with_name("board.html")
    page.write_text(board_page(marts, NOW, None), encoding="utf-8")
    facts = told_by(page)["facts"]
    assert facts.keys() == QUERIES.keys()
    assert not any(rows_of(columns) for columns in facts.values())
