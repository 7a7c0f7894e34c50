"""A ledger that cannot be gone on with: a sentence says so, and nothing is changed."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from conftest import SCRIPTS, an_exception, build_warehouse
from offpath.ledger import database
from offpath.ledger.database import VERSION
from routed import ROUTE, ledger, outbox

Offpath = Callable[..., Result]
CONFIGURATION = 2
BUSY = 4
READING = {"status": ("status",), "why": ("why", "00000001")}
COMMANDS = READING | {
    "route": ROUTE,
    "dry run": (*ROUTE, "--dry-run"),
    "ack": ("ack", "00000001"),
    "resolve": ("resolve", "00000001"),
    "publish": ("publish",),
    "backup": ("backup", "BACKUP"),
    "prune": ("prune", "--before", "2026-05-01"),
    "adopt": ("adopt",),
    "letters": ("letters", "list"),
}


@pytest.fixture
def routed(home: Path, offpath: Offpath) -> Path:
    """Leave a ledger of some pages, of which nothing is beside it."""
    build_warehouse(home, [an_exception(number) for number in range(1, 40)])
    assert offpath(*ROUTE).exit_code == 0
    assert offpath("ack", "00000002").exit_code == 0
    assert not (home / "ledger.sqlite-wal").exists()
    return home


def files(home: Path) -> dict[str, bytes]:
    """Return all files but the empty one that is locked."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.name != "offpath.lock"
    }


def asked(offpath: Offpath, home: Path, command: str) -> Result:
    target = str(home.parent / "backup.sqlite")
    return offpath(
        *(target if part == "BACKUP" else part for part in COMMANDS[command])
    )


def is_one_sentence(result: Result, *parts: str) -> None:
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("Error: ")
    for part in parts:
        assert part in result.stderr


def garble(path: Path) -> None:
    """Put what is no page in the middle of the file."""
    content = path.read_bytes()
    quarter = len(content) // 4
    path.write_bytes(content[:quarter] + b"\xa5" * 2 * quarter + content[3 * quarter :])


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def of_another_program(version: int) -> Callable[[Path], None]:
    """Return what puts a database there that has a table of the same name."""

    def replace(path: Path) -> None:
        path.unlink()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("create table messages (subject text)")
            connection.execute("insert into messages values ('hello')")
            connection.execute(f"pragma user_version = {version}")
            connection.commit()

    return replace


def of_a_newer_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"pragma user_version = {VERSION + 1}")


DAMAGES = {
    "garbled": (garble, "is no whole ledger: "),
    "cut": (cut, "is no whole ledger: database disk image is malformed"),
    "no database": (
        lambda path: path.write_text("not a ledger " * 999),
        "is no whole ledger: file is not a database",
    ),
    "another program's": (of_another_program(0), "is a ledger of version 0"),
    "another's of version 1": (
        of_another_program(1),
        "is no whole ledger: it has no table actions",
    ),
    "another's of version 2": (
        of_another_program(2),
        "is no whole ledger: it has no table actions",
    ),
    "newer": (
        of_a_newer_version,
        f"is a ledger of version {VERSION + 1} and this command reads {VERSION}",
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_ledger_that_is_none_is_named_and_left_as_it_is(
    routed: Path, offpath: Offpath, damage: str, command: str
) -> None:
    spoil, sentence = DAMAGES[damage]
    spoil(routed / "ledger.sqlite")
    before = files(routed)
    result = asked(offpath, routed, command)
    assert result.exit_code == CONFIGURATION, result.output
    is_one_sentence(result, f"{routed}/ledger.sqlite {sentence}", "move it aside")
    assert files(routed) == before
    assert not (routed.parent / "backup.sqlite").exists()


@pytest.mark.parametrize("command", ["route", "ack", "publish", "backup", "prune"])
def test_a_page_that_is_none_is_noticed_before_anything_is_written(
    routed: Path, offpath: Offpath, command: str
) -> None:
    """One that these commands come upon late, or not at all."""
    path = routed / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        page, size = connection.execute(
            "select rootpage, (select page_size from pragma_page_size)"
            " from sqlite_master where name = 'decisions_by_exception'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
    before = files(routed)
    result = asked(offpath, routed, command)
    assert result.exit_code == CONFIGURATION, result.output
    is_one_sentence(result, f"{path} is no whole ledger: ", "`offpath restore`")
    assert files(routed) == before
    assert not (routed.parent / "backup.sqlite").exists()


@pytest.mark.parametrize("is_garbage_text", [True, False])
@pytest.mark.parametrize("command", ["route", "status"])
def test_what_a_page_says_may_be_garbage_though_its_shape_is_right(
    routed: Path, offpath: Offpath, command: str, is_garbage_text: bool
) -> None:
    garbage = "'{\"exceptions\":'" if is_garbage_text else "cast(x'a5a5' as text)"
    with closing(sqlite3.connect(routed / "ledger.sqlite")) as connection:
        connection.execute("update messages set state = 'sending'")
        connection.execute(f"update messages set payload = {garbage}")
        connection.commit()
    result = asked(offpath, routed, command)
    assert result.exit_code == CONFIGURATION, result.output
    is_one_sentence(result, f"{routed}/ledger.sqlite is no whole ledger: ")


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
connection.execute("begin exclusive")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(path: Path, how: str) -> Iterator[None]:
    """Let another process hold the ledger, as it were to write to it for long."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    try:
        yield
    finally:
        other.communicate(timeout=60)


# Whoever reads a ledger, or copies it, waits for nobody who writes to it.
WRITING = ("route", "ack", "resolve", "publish", "prune", "adopt")


@pytest.mark.parametrize("how", ["select 1", "pragma locking_mode = exclusive"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_ledger_that_another_program_holds_is_named_and_left_as_it_is(
    routed: Path,
    offpath: Offpath,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    how: str,
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    before = (routed / "ledger.sqlite").read_bytes()
    with held(routed / "ledger.sqlite", how):
        result = asked(offpath, routed, command)
    if command not in WRITING and how == "select 1":
        assert (result.exit_code, result.stderr) == (0, "")
    else:
        assert result.exit_code == BUSY, result.output
        sentence = f"{routed}/ledger.sqlite is locked by another program"
        is_one_sentence(result, sentence, "try again when it is done")
    assert (routed / "ledger.sqlite").read_bytes() == before
    assert len(outbox(routed)) == len(ledger(routed, "select * from messages"))


def test_a_restore_leaves_a_ledger_that_another_program_holds(
    routed: Path, offpath: Offpath, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = str(routed.parent / "backup.sqlite")
    assert offpath("backup", backup).exit_code == 0
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    before = files(routed)
    with held(routed / "ledger.sqlite", "pragma locking_mode = exclusive"):
        assert offpath("restore", backup).exit_code == BUSY
    assert files(routed) == before


@contextmanager
def read_only(home: Path) -> Iterator[list[str]]:
    """Close a folder and its files; yield what begins a command that heeds that."""
    paths = [home, *home.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths}
    for path, mode in modes.items():
        path.chmod(mode & 0o555)
    # Root alone may write to what is read-only.
    capabilities = "-dac_override,-dac_read_search"
    try:
        yield (
            ["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}"]
            if os.geteuid() == 0
            else []
        )
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


@pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None,
    reason="root can write to what is read-only",
)
def test_a_home_that_is_read_only_answers_questions_and_says_what_it_cannot(
    routed: Path,
) -> None:
    before = files(routed)
    target = str(routed.parent / "backup.sqlite")
    for command, arguments in COMMANDS.items():
        with read_only(routed) as begun:
            done = subprocess.run(
                [
                    *(*begun, sys.executable, "-m", "offpath"),
                    *(target if part == "BACKUP" else part for part in arguments),
                ],
                env=os.environ
                | {"OFFPATH_HOME": str(routed), "PYTHONPATH": str(SCRIPTS)},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        if command in WRITING or command == "backup":
            assert done.returncode == CONFIGURATION, (command, done.stderr)
            (sentence,) = done.stderr.splitlines()
            assert sentence.startswith(f"Error: {routed}/"), sentence
            assert sentence.endswith("; is the disk full or read-only?"), sentence
        else:
            assert (done.returncode, done.stderr) == (0, ""), command
        assert files(routed) == before, command
