"""Let dbt make the folder that its warehouse goes into.

DuckDB makes a file and no folder, and dbt has no hook before it opens the file. A
profile names this module under `plugins`.
"""

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError


class Plugin(BasePlugin):
    """What dbt-duckdb makes of the module before it opens the warehouse."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Make the folder of the warehouse. Raise DbtRuntimeError where that fails."""
        del plugin_config
        path = self.creds.path if self.creds else ":memory:"
        if path.startswith((":memory:", "md:", "motherduck:")):
            return
        folder = Path(path).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"no warehouse can be made in {folder}: {error.strerror}"
            raise DbtRuntimeError(message) from error
