"""A lake has the marts of one file, whoever reads, builds or is killed meanwhile.

DuckLake and its catalogue are extensions that `make lake` has in an environment of its
own, and runs these tests there.
"""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
import yaml
from building import PROJECT
from click.testing import Result
from test_spoilt_ledgers import read_only

pytest.importorskip("duckdb_extension_ducklake", reason="only `make lake` has DuckLake")

from bench.engines.compare import differing
from bench.lake import (
    DAYS,
    LEFT_OUT,
    WITHOUT_RAW,
    address_of,
    attached,
    build,
    change,
    command_of,
    comparison,
)
from bench.process import environment_of

Offpath = Callable[..., Result]
LAST = DAYS[-1]
# What is not the same after killed builds, which count as runs too.
RUNS = dict.fromkeys(
    ("run_number", "full_run_number", "reads_after", "complete_to"),
    "a number of a run",
)
UNFINISHED = "the last build did not finish; mend what failed and build again"
pytestmark = pytest.mark.long

# Asks the same again until its input ends, of one connection and of ever new ones.
READER = """
import json, select, sys
import duckdb
from offpath.extensions import load_extensions
address, seen = sys.argv[1], {"kept": [], "new": []}

def opened():
    connection = duckdb.connect()
    load_extensions(connection, address)
    connection.execute(f"attach '{address}' as lake (read_only)")
    return connection

kept = opened()
print("reading", flush=True)
while not select.select([sys.stdin], [], [], 0.05)[0]:
    with opened() as new:
        for name, connection in (("kept", kept), ("new", new)):
            rows = connection.execute(
                "select count(*), sum(event_count), count(distinct (journey, case_id)),"
                " (select count(*) from lake.marts.dim_build) from lake.marts.fct_cases"
            ).fetchall()
            if rows[0] not in [tuple(each) for each in seen[name]]:
                seen[name].append([int(value) for value in rows[0]])
print(json.dumps(seen))
"""


def ask(lake: str, query: str) -> list[tuple[Any, ...]]:
    connection, _ = attached(lake)
    with connection:
        return connection.execute(query).fetchall()


def cases_of(lake: str) -> list[int]:
    (row,) = ask(
        lake,
        "select count(*), sum(event_count), count(distinct (journey, case_id))"
        " from lake.marts.fct_cases",
    )
    return [int(value) for value in row]


def copied(home: Path, to: Path) -> Path:
    """Copy a home and its lake, which remembers where its tables are."""
    shutil.copytree(home, to)
    with sqlite3.connect(to / "lake/catalog.sqlite") as catalogue:
        catalogue.execute(
            "update ducklake_metadata set value = ? where key = 'data_path'",
            [f"{to}/lake/tables/"],
        )
    return to


def apart(lake: str, file: Path, without: Mapping[str, str] = LEFT_OUT) -> list[str]:
    """Return a sentence for each of all tables and views that is not the same."""
    found = comparison(lake, file, without)
    assert len(found) > 150
    assert sum(each.row_count > 0 for each in found) > 100
    return differing(found)


@pytest.fixture(scope="module")
def last_but_one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a lake and a file as of the day before the last; to be copied."""
    folder = tmp_path_factory.mktemp("last_but_one")
    for target in ("lake", "local"):
        build(folder / target, target, DAYS[-2])
    return folder


@pytest.fixture(scope="module")
def file(last_but_one: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of the file, with the rows and the build of the last day."""
    home = tmp_path_factory.mktemp("file") / "local"
    shutil.copytree(last_but_one / "local", home)
    change(address_of(home, "local"))
    build(home, "local", LAST, *WITHOUT_RAW)
    return home


@pytest.fixture
def lake(last_but_one: Path, tmp_path: Path) -> Path:
    """Return the home of a lake that has the rows of the last day, and lacks its build."""
    home = copied(last_but_one / "lake", tmp_path / "home")
    change(address_of(home))
    return home


@pytest.fixture
def offpath(lake: Path, monkeypatch: pytest.MonkeyPatch) -> Offpath:
    """Return the command line over the lake's home."""
    from click.testing import CliRunner
    from offpath.cli import main

    monkeypatch.setenv("OFFPATH_HOME", str(lake))
    return lambda *arguments: CliRunner().invoke(main, arguments)


def begin(home: Path, *before: str, **environment: str) -> subprocess.Popen[str]:
    """Begin the build of the last day, which says what it builds."""
    command = command_of("lake", LAST, *WITHOUT_RAW)
    return subprocess.Popen(
        [*before, *(part for part in command if part != "--quiet")],
        cwd=PROJECT,
        env=environment_of(home) | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_a_lake_day_by_day_is_the_file_and_routes_as_it_does(
    lake: Path, file: Path, offpath: Offpath
) -> None:
    process = begin(lake)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert "OK created sql incremental model marts.fct_cases" in said
    assert "is built in full" not in said
    assert apart(address_of(lake), file) == []

    assert not (lake / "warehouse.duckdb").exists()
    published = offpath("publish", "--from", address_of(lake))
    assert published.exit_code == 0, published.stderr
    assert offpath("publish", "--home", str(file)).exit_code == 0
    with duckdb.connect() as connection:
        for name, home in (("mine", lake), ("its", file)):
            path = home / "published/current/marts.duckdb"
            connection.execute(f"attach '{path}' as {name} (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'its'"
        ).fetchall()
        assert len(tables) > 30
        for (table,) in tables:
            mine, its = (
                connection.execute(f"describe {name}.{table}").fetchall()
                for name in ("mine", "its")
            )
            assert mine == its, table
        comments = (
            "select count(*) from duckdb_columns() where comment is not null"
            " and table_name = 'fct_exceptions' and database_name = '{}'"
        )
        mine, its = (
            connection.execute(comments.format(name)).fetchall()
            for name in ("mine", "its")
        )
        assert mine == its != [(0,)]
    dry_run = ("route", "--as-of", "build", "--dry-run", "--json", "--home")
    told = [offpath(*dry_run, str(home)) for home in (lake, file)]
    assert [each.exit_code for each in told] == [0, 0]
    assert told[0].stdout == told[1].stdout
    assert len(json.loads(told[0].stdout)["messages"]) > 5


def test_of_two_builds_one_waits_and_readers_see_the_old_rows_or_the_new(
    lake: Path, file: Path
) -> None:
    old = cases_of(address_of(lake))
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, address_of(lake)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    builds = [begin(lake), begin(lake, DBT_TARGET_PATH=str(lake / "target/other"))]
    said = [each.communicate()[0] for each in builds]
    told, trouble = reader.communicate("stop\n", timeout=120)

    assert 0 in [each.returncode for each in builds], said
    for process, text in zip(builds, said, strict=True):
        if process.returncode:
            assert f"another run is at work on {lake}/lake (process " in text
            assert "and building waits until it ends; try again then" in text
            assert "Traceback" not in text
    assert (reader.returncode, trouble) == (0, "")
    new = cases_of(address_of(lake))
    assert old != new
    for name, states in json.loads(told).items():
        assert {tuple(state[:3]) for state in states} <= {tuple(old), tuple(new)}, name
        assert {state[3] for state in states} == {0, 1}, "unfinished, and whole"
    assert apart(address_of(lake), file) == []


def test_a_killed_build_is_refused_and_the_next_one_makes_up_for_it(
    lake: Path, file: Path, offpath: Offpath
) -> None:
    draw = Random(20261201)
    for _ in range(3):
        process = begin(lake)
        while ask(address_of(lake), "from lake.marts.dim_build"):
            assert process.poll() is None, process.communicate()
            time.sleep(0.2)
        time.sleep(draw.uniform(0, 20))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if process.returncode == 0:
            continue
        refused = offpath("publish", "--from", address_of(lake))
        assert refused.exit_code == 5
        assert UNFINISHED in refused.stderr
        assert offpath("route").exit_code == 5
    process = begin(lake)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert apart(address_of(lake), file, LEFT_OUT | RUNS) == []


def spoilt(lake: Path, tmp_path: Path, how: str) -> dict[str, str]:
    """Spoil what a build needs; return the environment that it is begun in."""
    if how == "no extension":
        (tmp_path / "other/duckdb_extension_ducklake").mkdir(parents=True)
        (tmp_path / "other/duckdb_extension_ducklake/__init__.py").touch()
        path = os.pathsep.join([str(tmp_path / "other"), *sys.path])
        return {"PYTHONPATH": path, "HOME": str(tmp_path)}
    if how == "no catalogue":
        (lake / "lake/catalog.sqlite").write_text("no database " * 1000)
    elif how == "no folder":
        return {"OFFPATH_LAKE": str(lake / "lake/catalog.sqlite/lake")}
    elif how == "other tables":
        return {"OFFPATH_LAKE": str(copied_badly(lake, tmp_path / "moved"))}
    return {}


def copied_badly(lake: Path, to: Path) -> Path:
    """Copy a lake, and do not tell it."""
    shutil.copytree(lake / "lake", to)
    return to


@pytest.fixture
def begun(request: pytest.FixtureRequest, lake: Path) -> Iterator[list[str]]:
    """Yield what a command begins with, the lake read-only where that is asked for."""
    if request.getfixturevalue("how") != "read-only":
        yield []
        return
    with read_only(lake / "lake") as before:
        yield before


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("no extension", "has no extension ducklake here; `make lake` makes an"),
        ("no catalogue", "/lake/catalog.sqlite cannot be reached; is its path or"),
        ("no folder", "/lake/catalog.sqlite/lake: Not a directory"),
        ("other tables", "cannot be reached; is its path or address right, and may it"),
        ("read-only", "may it be written? Failed to probe DuckLake metadata: "),
    ],
)
def test_a_lake_that_cannot_be_built_in_is_one_sentence(
    lake: Path, tmp_path: Path, begun: list[str], how: str, sentence: str
) -> None:
    process = begin(lake, *begun, **spoilt(lake, tmp_path, how))
    said, _ = process.communicate()
    assert process.returncode == 2, said
    assert sentence in said
    assert "Traceback" not in said


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """Yield how a server is reached that runs for these tests."""
    found = shutil.which("postgres")
    if found is None:
        pytest.skip("no program postgres is on the PATH")
    programs = Path(found).resolve().parent
    # It does not run as root.
    user = {"user": "nobody"} if os.geteuid() == 0 else {}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="offpath-") as folder:
        for name in user.values():
            shutil.chown(folder, name)
        made = [programs / "initdb", "--auth=trust", "--username=offpath", folder]
        subprocess.run(made, check=True, capture_output=True, **user)
        options = ("-p", port, "-k", folder, "-c", "listen_addresses=127.0.0.1")
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder, *options],
            stderr=subprocess.DEVNULL,
            **user,
        )
        address = ("-h", "127.0.0.1", "-p", port, "-U", "offpath")
        asked = [programs / "pg_isready", *address, "-q"]
        while subprocess.run(asked, check=False).returncode:
            assert server.poll() is None
            time.sleep(0.1)
        subprocess.run([programs / "createdb", *address, "lake"], check=True)
        yield f"host=127.0.0.1 port={port} user=offpath dbname=lake"
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def shared_lake(
    postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, tuple[str, str]]:
    """Return a home, the address of its lake, and the options for its profile.

    The profile is that of the page.
    """
    page = (PROJECT / "docs/past-one-machine.md").read_text()
    (output,) = re.findall(r"```yaml\n(lake:\n.*?)```", page, re.DOTALL)
    home = tmp_path_factory.mktemp("shared")
    given = {
        "host=db.example.com dbname=lake user=offpath": postgres,
        "/mnt/shared/lake/tables/": f"{home}/tables/",
    }
    for example, own in given.items():
        assert example in output
        output = output.replace(example, own)
    profile = {"target": "lake", "outputs": yaml.safe_load(output)}
    (home / "profiles.yml").write_text(yaml.safe_dump({"offpath_demo": profile}))
    return home, f"ducklake:postgres:{postgres}", ("--profiles-dir", str(home))


def test_a_catalogue_in_postgres_is_one_as_well(
    shared_lake: tuple[Path, str, tuple[str, str]], file: Path, offpath: Offpath
) -> None:
    home, address, profile = shared_lake
    build(home, "lake", DAYS[-2], *profile)
    change(address)
    build(home, "lake", LAST, *WITHOUT_RAW, *profile)
    assert apart(address, file) == []
    published = offpath("publish", "--home", str(home), "--from", address)
    assert published.exit_code == 0, published.stderr
    assert offpath("publish", "--home", str(file)).exit_code == 0
    dry_run = ("route", "--as-of", "build", "--dry-run", "--json", "--home")
    told = [offpath(*dry_run, str(each)) for each in (home, file)]
    assert [each.exit_code for each in told] == [0, 0]
    assert told[0].stdout == told[1].stdout
