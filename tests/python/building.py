"""Run dbt on the project, in this process and in a home of its own.

A project is read once: the first process of a session that needs it reads it, the others
and the copies of it take up what that one kept, and read again what differs.
"""

import fcntl
import gc
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult

PROJECT = Path(__file__).parents[2]
# The public logs, which are not part of the project.
DATA = Path(
    os.environ.get("OFFPATH_DATA_DIR", PROJECT.parent / "shared" / "data")
).resolve()
WITHOUT_TESTS = ("--exclude-resource-type", "test", "unit_test")
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
QUIETLY = ("--quiet", "--no-use-colors", "--log-level-file", "none")
KEPT_PARSE = "partial_parse.msgpack"


def public_log(path: str) -> Path:
    """Return the path of a file of the public logs; skip the test where it is not."""
    log = DATA / path
    if not log.exists():
        pytest.skip(f"{log} is not there (OFFPATH_DATA_DIR)")
    return log


class Session:
    """What the processes of a session share: a folder, and one parse a project."""

    def __init__(self) -> None:
        self.folder = Path()
        self.parses: dict[Path, Any] = {}

    def once(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return a folder that the first process to ask for it makes."""
        folder = self.folder / name
        with self.alone(name):
            if not folder.exists():
                draft = self.folder / f"{name}.draft"
                shutil.rmtree(draft, ignore_errors=True)
                draft.mkdir()
                make(draft)
                draft.rename(folder)
        return folder

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Wait until no other process of the session is at work on this."""
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def parse(self, project: Path) -> Any:
        """Return a project that no test edits, as dbt reads it."""
        if project not in self.parses:
            name = f"parse_{project.name}"
            folder = self.folder / name
            with self.alone(name):
                if not folder.exists():
                    folder.mkdir()
                    if (project / "packages.yml").exists():
                        outcome, said = invoke(project, folder, None, "deps")
                        assert outcome.success, said[-20:]
                self.parses[project] = parse(project, folder)
            # It stays until the end: a search for garbage need not look through it.
            gc.freeze()
        return self.parses[project]


session = Session()
# What a copy of the project has of it, and the folder for what dbt has read of the copy.
PARTS = ("macros", "models", "seeds", "tests/generic", "tests/singular")
COPY = "parsed"
copies: dict[Path, tuple[dict[Path, int], Any]] = {}


def invoke(
    project: Path, target: Path, manifest: Any, *arguments: str, home: str | Path = ""
) -> tuple[dbtRunnerResult, list[str]]:
    """Let dbt work in this process; return its result and what it says aloud."""
    said: list[str] = []

    def hear(event: Any) -> None:
        if event.info.level != "debug":
            said.append(event.info.msg)

    command, *options = arguments
    folders = ["--project-dir", str(project), "--log-path", str(target)]
    if command != "deps":
        folders += ["--target-path", str(target)]
    # A parse is of use where the home is the same path.
    environment = {
        "OFFPATH_UNIT_TESTS": str(not (project / "packages.yml").exists()).lower(),
        "OFFPATH_HOME": str(home or "target/test"),
        "OFFPATH_DATA_DIR": str(DATA),
        "DBT_PROFILES_DIR": str(PROJECT / "profiles"),
    }
    with pytest.MonkeyPatch.context() as patch, chdir(project):
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            runner = dbtRunner(manifest=manifest, callbacks=[hear])
            outcome = runner.invoke([*QUIETLY, command, *folders, *options])
        finally:
            DuckDBConnectionManager.close_all_connections()
    if outcome.exception:
        said.append(str(outcome.exception))
    return outcome, said


def parse(project: Path, target: Path) -> Any:
    """Read a project, but for what a parse that the folder holds has read already.

    Its builds write no comments: they are more than half of the statements of a build,
    and nothing here reads them. A test of the whole project writes them.
    """
    outcome, said = invoke(project, target, None, "parse", "--no-write-json")
    assert outcome.success, said[-20:]
    for node in outcome.result.nodes.values():
        node.config.persist_docs = {}
    return outcome.result


def parse_of(project: Path) -> Any:
    """Return a project as dbt reads it; a copy is read anew where a test edited it."""
    if not (project / COPY).exists():
        return session.parse(project)
    files = {
        path: path.stat().st_mtime_ns
        for part in PARTS
        for path in (project / part).rglob("*.*")
    }
    last_files, manifest = copies.get(project, ({}, None))
    if files != last_files:
        manifest = parse(project, project / COPY)
        # One copy at a time is at hand.
        copies.clear()
        copies[project] = files, manifest
    return manifest


def dbt(
    project: Path, home: Path, *arguments: str, **variables: object
) -> subprocess.CompletedProcess[str]:
    """Run dbt with vars that the models read; what else vars decide needs `--vars`."""
    home.mkdir(parents=True, exist_ok=True)
    manifest = None if "--vars" in arguments else parse_of(project)
    return dbt_on(manifest, project, home, *arguments, **variables)


def dbt_on(
    manifest: Any, project: Path, home: Path, *arguments: str, **variables: object
) -> subprocess.CompletedProcess[str]:
    """Run dbt on a project as it was read."""
    given = ["--vars", json.dumps(variables)] if variables else []
    outcome, said = invoke(
        project, home / "target", manifest, *arguments, *given, home=home
    )
    code = 0 if outcome.success else 2 if outcome.exception else 1
    return subprocess.CompletedProcess(arguments, code, "\n".join(said))


def dbt_done(
    project: Path, home: Path, *arguments: str, **variables: object
) -> list[str]:
    """Run dbt, which must succeed; return what it says."""
    done = dbt(project, home, *arguments, **variables)
    assert done.returncode == 0, done.stdout[-8000:]
    return done.stdout.splitlines()


def rendered(text: str, home: Path, **variables: object) -> str:
    """Return the SQL that dbt makes of a text."""
    given = ["--vars", json.dumps(variables)] if variables else []
    command = ("compile", "--no-populate-cache", "--inline", text)
    manifest = parse_of(PROJECT)
    outcome, said = invoke(PROJECT, home, manifest, *command, *given, home=home)
    assert outcome.success, said[-20:]
    return str(outcome.result.results[0].node.compiled_code)


def compiled(home: Path, *models: str) -> dict[str, str]:
    """Return the SQL that dbt makes of models, in their order."""
    dbt_done(PROJECT, home, "compile", "--no-populate-cache", "--select", *models)
    texts = {
        path.stem: path.read_text() for path in home.glob("target/compiled/**/*.sql")
    }
    return {name: texts[name] for name in models}


def built_in_full(said: list[str]) -> list[str]:
    """Return the lines that say which tables are built in full, and why."""
    return [line for line in said if "is built in full" in line]


def copied_project(folder: Path) -> Path:
    """Return a copy of the project that a test may edit."""
    for part in PARTS:
        shutil.copytree(PROJECT / part, folder / part)
    shutil.copy(PROJECT / "dbt_project.yml", folder)
    session.parse(PROJECT)
    (folder / COPY).mkdir()
    kept = session.folder / f"parse_{PROJECT.name}" / KEPT_PARSE
    shutil.copy(kept, folder / COPY)
    return folder


class Runs:
    """Runs of the models in this process, of the project as it is at the first."""

    def __init__(self, project: Path = PROJECT) -> None:
        self.project = project
        self.manifest: Any = None

    def __call__(
        self, home: Path, as_of: str, *arguments: str, **variables: object
    ) -> list[str]:
        """Run the models as of an instant, with further vars; return what dbt says."""
        if self.manifest is None:
            self.manifest = parse_of(self.project)
        given = {"as_of": as_of, **variables}
        options = ("--no-write-json", *arguments)
        done = dbt_on(self.manifest, self.project, home, "run", *options, **given)
        assert done.returncode == 0, done.stdout[-8000:]
        return done.stdout.splitlines()
