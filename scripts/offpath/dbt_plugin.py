"""Let dbt make the folder of its warehouse, and wait until nobody else has it open.

DuckDB makes a file and no folder, and lets one process write while no other reads. dbt
has no hook before it opens the file. A profile names this module under `plugins`.
"""

import sys
import time
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from offpath.lock import is_open_elsewhere

PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.5


class Plugin(BasePlugin):
    """What dbt-duckdb makes of the module before it opens the warehouse."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Make the folder, and wait for readers for `patience_seconds`.

        Raise DbtRuntimeError where the folder cannot be made, and where another process
        still has the warehouse open after that time.
        """
        path = self.creds.path if self.creds else ":memory:"
        if path.startswith((":memory:", "md:", "motherduck:")):
            return
        folder = Path(path).parent
        if "?" in str(folder.absolute()):
            message = f"{folder} has a ? in its path, which DuckDB does not take"
            raise DbtRuntimeError(message)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            message = f"no warehouse can be made in {folder}: {error.strerror}"
            raise DbtRuntimeError(message) from error
        wait_for_others(
            Path(path), float(plugin_config.get("patience_seconds", PATIENCE_SECONDS))
        )


def wait_for_others(warehouse: Path, patience_seconds: float) -> None:
    """Return once no other process has the warehouse open; raise DbtRuntimeError."""
    until = time.monotonic() + patience_seconds
    is_told = False
    while warehouse.exists():
        try:
            duckdb.connect(str(warehouse)).close()
        except duckdb.IOException as error:
            if not is_open_elsewhere(error):
                return  # dbt says by itself what is wrong with the file
            if time.monotonic() >= until:
                said = str(error).splitlines()[0]
                message = (
                    f"another process has {warehouse} open, a build or a reader: "
                    f"{said} Try again when it is done; readers that must not be in "
                    "the way read published/current instead"
                )
                raise DbtRuntimeError(message) from None
        except duckdb.Error:
            return
        else:
            return
        if not is_told:
            sys.stderr.write(f"waiting for who has {warehouse} open ...\n")
            is_told = True
        time.sleep(PAUSE_SECONDS)
