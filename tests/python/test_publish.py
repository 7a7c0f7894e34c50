"""Publishing: a reader has a consistent set before, during and after."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import Result
from conftest import an_exception, build_warehouse
from offpath import publish as publishing
from offpath.errors import SOFTWARE_EXIT_CODE
from offpath.instants import instant

Offpath = Callable[..., Result]

# Resolves `current` once, then counts the set's two forms whenever it is asked to.
READER = """
import sys
from pathlib import Path
import duckdb
folder = Path(sys.argv[1]).resolve()
for _ in sys.stdin:
    with duckdb.connect(str(folder / "marts.duckdb"), read_only=True) as connection:
        ((table,),) = connection.execute(
            "select count(*) from marts.fct_exceptions"
        ).fetchall()
        ((file,),) = connection.execute(
            f"select count(*) from '{folder}/fct_exceptions.parquet'"
        ).fetchall()
    print(table, file, flush=True)
"""

# Resolves `current` anew each time, until its input ends.
BUSY_READER = """
import os, select, sys
from pathlib import Path
import duckdb
current, seen = Path(sys.argv[1]), set()
print("reading", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    folder = current.resolve(strict=True)
    with duckdb.connect(str(folder / "marts.duckdb"), read_only=True) as connection:
        seen.add(connection.execute(
            "select (select count(*) from marts.fct_exceptions),"
            f" (select count(*) from '{folder}/fct_exceptions.parquet')"
        ).fetchall()[0])
print(sorted(seen))
"""


def reader(program: str, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, str(home / "published/current")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ask(process: subprocess.Popen[str]) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("?\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def count(home: Path) -> int:
    path = home / "published/current/fct_exceptions.parquet"
    ((rows,),) = duckdb.sql(f"select count(*) from '{path}'").fetchall()
    return int(rows)


def rows(number: int) -> list[dict[str, object]]:
    return [an_exception(each) for each in range(number)]


def test_every_table_of_the_marts_is_published_in_both_forms(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, rows(2))
    assert offpath("publish").exit_code == 0
    current = home / "published/current"
    tables = ["dim_build", "dim_owner_roles", "fct_budget_attribution"]
    tables += ["fct_burn_rates"]
    tables += ["fct_error_budgets", "fct_exception_escalations", "fct_exceptions"]
    tables += ["fct_warnings"]
    assert sorted(path.name for path in current.iterdir()) == sorted(
        ["marts.duckdb", *(f"{table}.parquet" for table in tables)]
    )
    with duckdb.connect(str(current / "marts.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select table_name, comment from duckdb_tables() order by table_name"
        ).fetchall()
        assert [name for name, _ in found] == tables
        assert connection.execute(
            "select column_name, comment from duckdb_columns()"
            " where comment is not null and not internal"
        ).fetchall() == [("is_open", "Open; it's on")]
        assert connection.execute(
            "select tags['storage_version'] from duckdb_databases()"
            " where database_name = 'marts'"
        ).fetchall() == [("v1.0.0+",)]


def test_a_reader_keeps_its_set_while_others_take_its_place(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, rows(2))
    offpath("publish")
    process = reader(READER, home)
    assert ask(process) == "2 2"
    build_warehouse(home, rows(5))
    offpath("publish")
    assert ask(process) == "2 2"
    later = reader(READER, home)
    assert ask(later) == "5 5"
    for each in (process, later):
        each.communicate(timeout=60)
        assert each.returncode == 0


def test_a_reader_never_meets_half_a_set(home: Path, offpath: Offpath) -> None:
    build_warehouse(home, rows(2))
    offpath("publish")
    process = reader(BUSY_READER, home)
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    for number in (5, 9):
        build_warehouse(home, rows(number))
        offpath("publish")
    told, _ = process.communicate("stop\n", timeout=60)
    assert process.returncode == 0
    assert told.strip() != "[]"
    for pair in told.strip()[2:-2].split("), ("):
        assert pair in {"2, 2", "5, 5", "9, 9"}


def test_the_last_three_sets_are_kept(home: Path, offpath: Offpath) -> None:
    for number in range(5):
        build_warehouse(home, rows(number))
        assert offpath("publish").exit_code == 0
    sets = sorted(
        path for path in (home / "published").iterdir() if path.name != "current"
    )
    assert len(sets) == publishing.KEPT_SETS
    assert (home / "published/current").resolve() == sets[-1].resolve()
    assert count(home) == number


@pytest.mark.parametrize("moment", ["_write_set", "_unused", "_point_current_at"])
def test_a_crash_leaves_the_old_set_and_the_next_call_cleans_up(
    home: Path, offpath: Offpath, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    build_warehouse(home, rows(2))
    offpath("publish")
    build_warehouse(home, rows(5))

    def crash(*_: object) -> None:
        raise RuntimeError(moment)

    with monkeypatch.context() as patched:
        patched.setattr(publishing, moment, crash)
        assert offpath("publish").exit_code == SOFTWARE_EXIT_CODE
    assert count(home) == len(rows(2))

    # What only a kill can leave behind.
    (home / "published/.draft-killed").mkdir()
    (home / "published/.draft-killed/marts.duckdb").write_text("half")
    (home / "published/.draft-current").symlink_to("nowhere")
    assert offpath("publish").exit_code == 0
    assert count(home) == len(rows(5))
    assert not list((home / "published").glob(".*"))


def test_a_set_of_the_same_instant_gets_a_name_of_its_own(
    home: Path, offpath: Offpath, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_warehouse(home, rows(2))
    monkeypatch.setattr("offpath.cli.utc_now", lambda: instant("2026-04-01"))
    first, second = offpath("publish"), offpath("publish")
    assert first.exit_code == second.exit_code == 0
    assert first.stdout != second.stdout
    assert second.stdout.strip().endswith("20260401T000000000000Z-2")


def test_folders_of_somebody_else_are_left_alone(home: Path, offpath: Offpath) -> None:
    for name in ("2025-archive", "zeta", ".git"):
        (home / "published" / name).mkdir(parents=True)
    for number in range(publishing.KEPT_SETS + 1):
        build_warehouse(home, rows(number))
        assert offpath("publish").exit_code == 0
    names = {path.name for path in (home / "published").iterdir()}
    assert {"2025-archive", "zeta", ".git"} < names
    assert len(names) == len(("2025-archive", "zeta", ".git", "current")) + 3


def test_a_folder_named_current_is_one_sentence(home: Path, offpath: Offpath) -> None:
    build_warehouse(home, rows(1))
    (home / "published/current").mkdir(parents=True)
    result = offpath("publish")
    assert result.exit_code == 2
    assert "current is no link that publish made; move it away" in result.stderr
    assert [path.name for path in (home / "published").iterdir()] == ["current"]


def test_nothing_is_published_without_marts(home: Path, offpath: Offpath) -> None:
    result = offpath("publish")
    assert result.exit_code == 5
    assert not home.exists()
