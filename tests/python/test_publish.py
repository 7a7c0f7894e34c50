"""Publishing: a reader has a consistent set before, during and after."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from building import PROJECT
from click.testing import Result
from conftest import an_exception, build_warehouse
from offpath.errors import SOFTWARE_EXIT_CODE
from offpath.instants import instant
from offpath.warehouse import publish as publishing
from pytest_httpserver import HTTPServer
from routed import ROUTE, serve

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
    tables = ["dim_build", "dim_exception_rules", "dim_journeys", "dim_owner_duty"]
    tables += ["dim_owner_roles", "fct_budget_attribution"]
    tables += ["fct_burn_rates", "fct_cases"]
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


MARTS_OF_ROUTING = """
create table marts.fct_routing_log (
    intent_id varchar, message_id varchar, exception_id varchar, state varchar,
    attempts integer, later_column integer
);
create table marts.fct_exception_actions (
    exception_id varchar, action_number integer, action varchar, actor varchar,
    acted_at timestamp
);
"""


def build_with_states(home: Path, exceptions: list[dict[str, object]]) -> None:
    """Build the marts as they were before anything was told."""
    path = build_warehouse(home, exceptions)
    with duckdb.connect(str(path)) as warehouse:
        warehouse.execute(MARTS_OF_ROUTING)


def published(home: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the set; each table is the same in both of its forms."""
    current = home / "published/current"
    with duckdb.connect(str(current / "marts.duckdb"), read_only=True) as connection:
        for table in ("fct_exceptions", "fct_routing_log", "fct_exception_actions"):
            file = f"'{current}/{table}.parquet'"
            differing = f"from marts.{table} except all from {file}"
            assert connection.execute(differing).fetchall() == []
        return connection.execute(query).fetchall()


def test_what_was_told_and_answered_is_published_without_a_build(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook").respond_with_data(status=200)
    serve(home, httpserver, "inventory")
    build_with_states(home, [an_exception(1), an_exception(2), an_exception(3)])
    assert offpath(*ROUTE).exit_code == 0
    answers = ("--as-of", "2026-04-01T13:00:00Z", "--by")
    assert offpath("ack", "00000001", *answers, "ada").exit_code == 0
    assert offpath("ack", "00000001", *answers, "bob").exit_code == 0
    assert offpath("resolve", "00000002", *answers, "eve").exit_code == 0
    assert offpath("publish").exit_code == 0
    one = datetime(2026, 4, 1, 13, tzinfo=UTC)
    told = datetime(2026, 4, 1, 12, tzinfo=UTC)
    assert published(
        home,
        "select subject_id, told_at, acknowledged_at, acknowledged_by, resolved_at,"
        " resolved_by from marts.fct_exceptions order by subject_id",
    ) == [
        ("O-1", told, one, "bob", None, None),
        ("O-2", told, None, None, one, "eve"),
        ("O-3", told, None, None, None, None),
    ]
    assert published(
        home,
        "select action_number, action, actor from marts.fct_exception_actions"
        " order by exception_id, action_number",
    ) == [
        (1, "acknowledged", "ada"),
        (2, "acknowledged", "bob"),
        (1, "resolved", "eve"),
    ]
    assert published(
        home,
        "select count(*), count(distinct message_id), any_value(state),"
        " any_value(attempts), any_value(later_column) from marts.fct_routing_log",
    ) == [(3, 3, "sent", 1, None)]
    comment = "select comment from duckdb_columns() where column_name = 'is_open'"
    assert published(home, comment) == [("Open; it's on",)]


def test_what_waits_in_the_outbox_is_not_published_as_told(
    home: Path, offpath: Offpath
) -> None:
    build_with_states(home, [an_exception(1)])
    assert offpath(*ROUTE).exit_code == 0
    assert offpath("publish").exit_code == 0
    query = "select told_at from marts.fct_exceptions"
    assert published(home, query) == [(None,)]
    query = "select state from marts.fct_routing_log"
    assert published(home, query) == [("outbox",)]


def test_what_is_told_anew_is_told_since_then(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    """An answer to the spell before is none to this one."""
    httpserver.expect_request("/hook").respond_with_data(status=200)
    serve(home, httpserver, "inventory")
    for hour, is_open in ((12, True), (13, False), (14, True)):
        build_with_states(home, [an_exception(1, is_open=is_open, route_class="page")])
        at = f"2026-04-01T{hour}:00:00Z"
        assert offpath(*ROUTE, "--as-of", at).exit_code == 0
        if hour == 12:
            assert offpath("ack", "00000001", "--as-of", at).exit_code == 0
    assert offpath("publish").exit_code == 0
    query = "select told_at, acknowledged_at from marts.fct_exceptions"
    assert published(home, query) == [(datetime(2026, 4, 1, 14, tzinfo=UTC), None)]


def test_nothing_but_the_set_is_for_others(home: Path, offpath: Offpath) -> None:
    build_with_states(home, [an_exception(1)])
    home.chmod(0o755)
    for command in (ROUTE, ("publish",)):
        assert offpath(*command).exit_code == 0
    read_by_others = {
        str(path.relative_to(home)).partition("/")[0]
        for path in home.rglob("*")
        if path.stat().st_mode & 0o077
    }
    assert read_by_others == {"published", "warehouse.duckdb"}
    for path in (home / "published/current/").rglob("*"):
        assert path.stat().st_mode & 0o777 == 0o444


def sets_of(folder: Path) -> set[str]:
    """Return what the files of Parquet in a folder say of the set they are of."""
    return {
        str(value)
        for (value,) in duckdb.sql(
            "select distinct decode(value)"
            f" from parquet_kv_metadata('{folder}/*.parquet')"
            " where decode(key) = 'offpath_set'"
        ).fetchall()
    }


def test_each_file_says_which_set_it_is_of_and_as_of_when(
    home: Path, offpath: Offpath, tmp_path: Path
) -> None:
    for number in (2, 5):
        build_warehouse(home, rows(number), as_of=f"2026-04-0{number} 12:00:00")
        assert offpath("publish").exit_code == 0
    older, newer = sorted((home / "published").glob("2*"))
    assert sets_of(older) == {older.name}
    assert sets_of(home / "published/current") == {newer.name}
    said = duckdb.sql(
        "select distinct decode(key), decode(value)"
        f" from parquet_kv_metadata('{newer}/*.parquet') order by all"
    ).fetchall()
    assert said == [
        ("offpath_as_of", "2026-04-05T12:00:00Z"),
        ("offpath_contract_version", "9"),
        ("offpath_set", newer.name),
    ]
    files = len(list(newer.glob("*.parquet")))
    assert duckdb.sql(
        f"select count(*) from parquet_kv_metadata('{newer}/*.parquet')"
    ).fetchall() == [(files * len(said),)]
    mixed = tmp_path / "mixed"
    shutil.copytree(older, mixed)
    shutil.copy(newer / "dim_build.parquet", mixed / "new.parquet")
    assert sets_of(mixed) == {older.name, newer.name}


DROP_FROM_BOUNDING_SET, DAC_OVERRIDE = 24, 1  # prctl(2), capabilities(7)
USES = """
import sys
from pathlib import Path
import duckdb
from offpath.cli import main
current = Path(sys.argv[1]) / "published/current"
for _ in range(5):
    main(["publish"], standalone_mode=False)
assert len(list(current.parent.iterdir())) == 4, "three sets and the link"
for path in current.iterdir():
    try:
        path.open("r+b")
    except PermissionError:
        continue
    raise AssertionError(path)
file = str(current / "marts.duckdb")
try:
    duckdb.connect(file)
except duckdb.IOException:
    pass
else:
    raise AssertionError("open to be written to")
with duckdb.connect(file, read_only=True) as connection:
    print(connection.execute("select count(*) from marts.fct_exceptions").fetchall())
(current.parent.parent / "warehouse.duckdb").unlink()
main(["publish"], standalone_mode=False)
main(["status"], standalone_mode=False)
"""


def heeding_modes() -> None:
    """Let a program of root be held back by modes, as anybody else's is."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(DROP_FROM_BOUNDING_SET, DAC_OVERRIDE, 0, 0, 0)


def test_a_set_is_not_written_to_and_is_removed_all_the_same(home: Path) -> None:
    build_warehouse(home, rows(3))
    kept = home / "kept"
    kept.touch(mode=0o444)
    environment = os.environ | {
        "OFFPATH_HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(PROJECT / "scripts"), *sys.path]),
    }

    def run(program: str, path: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, str(path)],
            env=environment,
            preexec_fn=heeding_modes,  # noqa: PLW1509 - no thread of ours is running
            capture_output=True,
            text=True,
            check=False,
        )

    if run("import sys; open(sys.argv[1], 'r+b')", kept).returncode == 0:
        pytest.skip("modes hold nobody back here")
    used = run(USES, home)
    assert used.returncode == 0, used.stderr
    assert "[(3,)]" in used.stdout


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
    monkeypatch.setattr(
        "offpath.commands.publish.utc_now", lambda: instant("2026-04-01")
    )
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
