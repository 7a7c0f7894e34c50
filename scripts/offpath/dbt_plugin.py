"""Let dbt make the folder of its warehouse, and wait until nobody else has it open.

DuckDB makes a file and no folder, and lets one process write while no other reads. dbt
has no hook before it opens the file. A profile names this module under `plugins`. Of a
lake it loads the extensions, and lets one process at a time build.
"""

import atexit
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import duckdb
from dbt.adapters.duckdb.credentials import Attachment
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from offpath.extensions import load_extensions, without_secrets
from offpath.lock import is_open_elsewhere, only_one

PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.5
LAKE = "ducklake:"
LAKE_IN_FILE = f"{LAKE}sqlite:"


class Plugin(BasePlugin):
    """What dbt-duckdb makes of the module before it opens the warehouse."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Make the folder, and wait for readers for `patience_seconds`.

        Raise DbtRuntimeError where the folder cannot be made, and where another process
        still has the warehouse open after that time.
        """
        # What a build holds until its process ends.
        self.held = ExitStack()
        atexit.register(self.held.close)
        self.patience = float(plugin_config.get("patience_seconds", PATIENCE_SECONDS))
        path = self.creds.path if self.creds else ":memory:"
        if path.startswith((":memory:", "md:", "motherduck:")):
            return
        make_folder(Path(path).parent)
        wait_for_others(Path(path), self.patience)

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Attach the lakes of the profile, which dbt then finds attached.

        Raise DbtRuntimeError where an extension is missing, another process builds in
        the lake, or its catalogue or its files cannot be reached.
        """
        for attachment in (self.creds and self.creds.attach) or []:
            if attachment.path.startswith(LAKE):
                attach_lake(conn, attachment, self.held, self.patience)


def make_folder(folder: Path) -> None:
    """Make a folder for what a build leaves; raise DbtRuntimeError."""
    if "?" in str(folder.absolute()):
        message = f"{folder} has a ? in its path, which DuckDB does not take"
        raise DbtRuntimeError(message)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"no warehouse can be made in {folder}: {error.strerror}"
        raise DbtRuntimeError(message) from error


def attach_lake(
    connection: duckdb.DuckDBPyConnection,
    attachment: Attachment,
    held: ExitStack,
    patience_seconds: float,
) -> None:
    """Attach a lake to build in, alone where its catalogue is a file of SQLite."""
    try:
        load_extensions(connection, attachment.path)
        if attachment.path.startswith(LAKE_IN_FILE):
            catalogue = Path(attachment.path.removeprefix(LAKE_IN_FILE))
            make_folder(catalogue.parent)
            lock = catalogue.with_name(f"{catalogue.name}.lock")
            held.close()
            held.enter_context(only_one(lock, "building", patience_seconds))
        options = dict(attachment.options or {})
        if "://" not in (tables := str(options.get("data_path", "://"))):
            # The catalogue keeps it, for whoever reads it from wherever.
            options["data_path"] = f"{Path(tables).absolute()}/"
        connection.execute(replace(attachment, options=options).to_sql())
    except click.ClickException as error:
        raise DbtRuntimeError(error.message) from error
    except duckdb.Error as error:
        message = (
            f"the lake {without_secrets(attachment.path)} cannot be reached; is its"
            f" path or address right, and may it be written? {without_secrets(error)}"
        )
        raise DbtRuntimeError(message) from error


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
