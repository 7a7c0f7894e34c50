"""Boards to look at: of the demo, routed and published, and of what its marts hold."""

import base64
import gzip
import json
import re
import shutil
from pathlib import Path
from typing import Any

from building import session
from click.testing import CliRunner
from offpath.cli import main

DATA = re.compile(r'id="data">([^<]*)<')


def ran(home: Path, *arguments: str) -> str:
    """Run a command in a home, and return what it printed."""
    result = CliRunner().invoke(main, [*arguments, "--home", str(home)])
    assert result.exit_code == 0, result.output
    return result.stdout


def published_demo(demo: Path) -> Path:
    """Return a home whose demo is routed, in part answered, and published."""

    def publish(home: Path) -> None:
        shutil.copy(demo / "warehouse.duckdb", home / "warehouse.duckdb")
        ran(home, "route", "--as-of", "build")
        opened = json.loads(ran(home, "status", "--json", "--as-of", "build"))[
            "exceptions"
        ]
        ran(home, "ack", opened[0]["exception_id"], "--by", "Ada")
        ran(home, "publish", "--as-of", "build")

    return session.once("published-demo", publish)


def told_by(page: Path) -> Any:
    """Return the data that a page holds."""
    found = DATA.search(page.read_text(encoding="utf-8"))
    assert found is not None
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def rows_of(columns: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a table of the page as rows."""
    values = [
        column
        if isinstance(column, list)
        else [column["words"][place] for place in column["at"]]
        for column in columns.values()
    ]
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]
