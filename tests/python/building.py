"""Run dbt on the project, in a home of its own."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
WITHOUT_TESTS = ("--exclude-resource-type", "test", "unit_test")
DBT = Path(sys.executable).with_name("dbt")


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
