"""Run dbt on the project, in a home of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).parents[2]
# The public logs, which are not part of the project.
DATA = Path(
    os.environ.get("OFFPATH_DATA_DIR", PROJECT.parent / "shared" / "data")
).resolve()
WITHOUT_TESTS = ("--exclude-resource-type", "test", "unit_test")
DBT = Path(sys.executable).with_name("dbt")


def public_log(path: str) -> Path:
    """Return the path of a file of the public logs; skip the test where it is not."""
    log = DATA / path
    if not log.exists():
        pytest.skip(f"{log} is not there (OFFPATH_DATA_DIR)")
    return log


def dbt(project: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    home.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [DBT, "--no-use-colors", *arguments],
        cwd=project,
        env=os.environ
        | {
            "OFFPATH_HOME": str(home),
            "DBT_PROFILES_DIR": str(PROJECT / "profiles"),
            "DBT_TARGET_PATH": str(home / "target"),
            "DBT_LOG_PATH": str(home / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def dbt_done(project: Path, home: Path, *arguments: str) -> str:
    """Run dbt, which must succeed; return what it says."""
    done = dbt(project, home, *arguments)
    assert done.returncode == 0, done.stdout[-8000:]
    return done.stdout


def built_in_full(said: list[str]) -> list[str]:
    """Return the lines that say which tables are built in full, and why."""
    return [line for line in said if "is built in full" in line]


def copied_project(folder: Path) -> Path:
    """Return a copy of the project that a test may edit."""
    for part in ("macros", "models", "seeds", "tests/generic", "tests/singular"):
        shutil.copytree(PROJECT / part, folder / part)
    shutil.copy(PROJECT / "dbt_project.yml", folder)
    return folder


class Runs:
    """Runs of the models in this process, which read the project only once."""

    def __init__(self, project: Path = PROJECT) -> None:
        self.project = project
        self.manifest: Any = None

    def __call__(
        self, home: Path, as_of: str, *arguments: str, **variables: object
    ) -> list[str]:
        """Run the models as of an instant, with further vars; return what dbt says."""
        said: list[str] = []
        runner = dbtRunner(
            manifest=self.manifest,
            callbacks=[lambda event: said.append(event.info.msg)],
        )
        folders = ["--project-dir", str(self.project), "--target-path", str(home)]
        folders += ["--profiles-dir", str(PROJECT / "profiles")]
        folders += ["--log-path", str(home), "--quiet"]
        given = ["--vars", json.dumps({"as_of": as_of, **variables})]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OFFPATH_HOME", str(home))
            if self.manifest is None:
                self.manifest = dbtRunner().invoke(["parse", *folders]).result
                runner.manifest = self.manifest
            try:
                outcome = runner.invoke(["run", *folders, *given, *arguments])
            finally:
                DuckDBConnectionManager.close_all_connections()
        assert outcome.success, said[-20:]
        return said
