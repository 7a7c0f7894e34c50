"""A build waits for who has the warehouse open, and says who it is when it gives up."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from building import PROJECT
from dbt.adapters.duckdb.credentials import Attachment
from dbt_common.exceptions import DbtRuntimeError
from offpath.dbt_plugin import Plugin, wait_for_others
from offpath.lock import only_one

HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reader")
print("open", flush=True)
sys.stdin.read()
"""
Hold = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(path)).close()
    return path


@pytest.fixture
def hold(warehouse: Path) -> Iterator[Hold]:
    """Return what lets another process open the warehouse, until its input ends."""
    others = []

    def begin(how: str) -> subprocess.Popen[str]:
        other = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(warehouse), how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        others.append(other)
        assert other.stdout.readline() == "open\n"
        return other

    yield begin
    for other in others:
        if other.poll() is None:
            other.communicate(timeout=60)


@pytest.mark.parametrize("how", ["reader", "build"])
def test_it_says_who_has_the_warehouse_open(
    warehouse: Path, hold: Hold, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = hold(how)

    with pytest.raises(DbtRuntimeError, match=r"another process has .* open") as said:
        wait_for_others(warehouse, patience_seconds=0)

    assert str(other.pid) in str(said.value)
    assert "published/current" in str(said.value)
    assert capsys.readouterr().err == ""


def test_it_goes_on_once_the_reader_is_done(
    warehouse: Path,
    hold: Hold,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = hold("reader")
    # The reader leaves while the build pauses.
    clock = SimpleNamespace(
        monotonic=time.monotonic, sleep=lambda _: other.communicate(timeout=60)
    )
    monkeypatch.setattr("offpath.dbt_plugin.time", clock)

    wait_for_others(warehouse, patience_seconds=60)

    assert capsys.readouterr().err == f"waiting for who has {warehouse} open ...\n"


def test_nothing_is_waited_for_where_there_is_no_file(tmp_path: Path) -> None:
    wait_for_others(tmp_path / "none.duckdb", patience_seconds=0)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_warehouse_is_left_to_dbt(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_text("no database")
    wait_for_others(path, patience_seconds=0)


def test_the_profile_asks_for_it() -> None:
    assert "offpath.dbt_plugin" in (PROJECT / "profiles" / "profiles.yml").read_text()


def lake(folder: Path, scheme: str = "ducklake:sqlite:") -> Plugin:
    """Return what dbt makes of the module in a profile with a lake."""
    attachment = Attachment(
        path=f"{scheme}{folder}/lake/catalog.sqlite",
        alias="lake",
        options={"data_path": f"{folder}/lake/tables/"},
    )
    credentials = SimpleNamespace(path=":memory:", attach=[attachment])
    return Plugin(
        name="home", plugin_config={"patience_seconds": 0.1}, credentials=credentials
    )


def test_a_lake_without_its_extension_is_one_sentence_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    plugin = lake(tmp_path, "ducklake:mysql:")
    with duckdb.connect() as connection:
        connection.execute(f"set extension_directory = '{tmp_path}/none'")
        with pytest.raises(DbtRuntimeError, match=r"`make lake` makes an environment"):
            plugin.configure_connection(connection)
    assert list(tmp_path.iterdir()) == []


def test_a_second_build_in_a_lake_says_who_is_at_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offpath.dbt_plugin.load_extensions", lambda *_: None)
    lock = tmp_path / "lake/catalog.sqlite.lock"
    with (
        only_one(lock, "building"),
        duckdb.connect() as connection,
        pytest.raises(
            DbtRuntimeError, match=r"another run is at work on .*/lake \(proc"
        ),
    ):
        lake(tmp_path).configure_connection(connection)


def test_without_a_lake_no_extension_is_looked_for(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "offpath.dbt_plugin.load_extensions", lambda *_: pytest.fail("it looks")
    )
    credentials = SimpleNamespace(path=str(warehouse), attach=None)
    plugin = Plugin(name="home", plugin_config={}, credentials=credentials)
    with duckdb.connect() as connection:
        plugin.configure_connection(connection)
