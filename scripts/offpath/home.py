"""The one folder that a run leaves its files in."""

from dataclasses import dataclass
from pathlib import Path

# The name of the channel that appends to `Home.outbox`.
OUTBOX = "outbox"
# How the name of a set begins that is not whole yet.
DRAFT = ".draft-"


@dataclass(frozen=True, slots=True)
class Home:
    """Paths under ``OFFPATH_HOME``."""

    folder: Path

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that dbt builds."""
        return self.folder / "warehouse.duckdb"

    @property
    def marts(self) -> Path:
        """The file that commands read.

        The warehouse; in a home without one the published set, which `offpath publish
        --from` has made of marts that were built elsewhere.
        """
        published = self.published_marts
        is_elsewhere = not self.warehouse.exists() and published.exists()
        return published if is_elsewhere else self.warehouse

    @property
    def published_marts(self) -> Path:
        """The DuckDB file of the set that is published."""
        return self.published / "current" / "marts.duckdb"

    @property
    def ledger(self) -> Path:
        """What was decided, sent and done."""
        return self.folder / "ledger.sqlite"

    @property
    def lock(self) -> Path:
        """Held by the run that routes, publishes, prunes or restores."""
        return self.folder / "offpath.lock"

    @property
    def outbox(self) -> Path:
        """Messages of roles that no channel serves, one JSON object a line."""
        return self.folder / "outbox.jsonl"

    @property
    def channels(self) -> Path:
        """Where the channels file is looked for by default."""
        return self.folder / "channels.yml"

    @property
    def routing_log(self) -> Path:
        """The ledger's history as Parquet, which dbt reads back."""
        return self.folder / "routing_log"

    @property
    def published(self) -> Path:
        """The marts as files, for everybody who only reads."""
        return self.folder / "published"
