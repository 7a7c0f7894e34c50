"""Measure the board, and take its pictures: `python -m bench.board [LOG…]`.

Builds each log (demo and olist unless said), routes, publishes, and opens the page in
Chromium: a Markdown table of its size, of how long `offpath board` took, and of the
time from opening to drawn. The last line is of the demo with 50,000 open exceptions.
Pictures of the demo go to docs/board, where README shows them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import duckdb
from playwright.sync_api import sync_playwright

from bench.backtest.replay import LOGS
from bench.builds import DBT, WITHOUT_TESTS
from bench.process import PROJECT, environment_of, measured
from bench.table import table_line

PICTURES = PROJECT / "docs" / "board"
OFFPATH = Path(sys.executable).with_name("offpath")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (390, 1400)
HEIGHT = 900
TIMES = 5
MANY = 50_000
# As many cases as exceptions: each open case over and over, under names of their own.
MULTIPLIED = f"""
create temp table numbers as select range as number from range({{times}});
create temp table open_exceptions as
    from marts.fct_exceptions where is_open and subject_type = 'case';
create temp table open_events as
    select events.* from marts.fct_case_events as events
    where (journey, case_id) in (select journey, subject_id from open_exceptions);
insert into marts.fct_exceptions
    select open_exceptions.* replace (
        exception_id || number as exception_id,
        subject_id || '-' || number as subject_id
    )
    from open_exceptions, numbers limit {MANY};
insert into marts.fct_case_events
    select open_events.* replace (case_id || '-' || number as case_id)
    from open_events, numbers;
"""


def main() -> None:
    """Measure, print the table, and take the pictures of the demo."""
    names = sys.argv[1:] or ["demo", "olist"]
    with tempfile.TemporaryDirectory(prefix="offpath-bench-") as folder, browser() as b:
        heads = ["", "open exceptions", "MB", "written, s", "drawn, s"]
        click.echo(table_line(heads))
        click.echo(table_line(["---", *("---:" for _ in heads[1:])]))
        for name in names:
            home = published(name, Path(folder) / name)
            click.echo(table_line([name, *figures(b, home)]))
            if name == "demo":
                take_pictures(b, home / "board.html")
                multiply(home)
                many = f"demo, and {MANY:,} more"
                click.echo(table_line([many, *figures(b, home)]))


class browser:  # noqa: N801 - a context, named for what it yields
    """A headless Chromium."""

    def __enter__(self) -> Any:  # noqa: ANN401 - its library has no types of its own
        """Start it, or end the bench where there is none."""
        program = next(filter(None, map(shutil.which, BROWSERS)), None)
        if program is None:
            sys.exit("no Chromium here: install the package chromium")
        self.playwright = sync_playwright().start()
        self.chromium = self.playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        )
        return self.chromium

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.chromium.close()
        self.playwright.stop()


def published(name: str, home: Path) -> Path:
    """Build a log in a home of its own, route into its outbox, and publish."""
    home.mkdir()
    project, environment = LOGS[name].project, environment_of(home)
    commands = [
        [str(DBT), "--quiet", "build", *WITHOUT_TESTS],
        [str(OFFPATH), "route", "--as-of", "build"],
        [str(OFFPATH), "publish", "--as-of", "build"],
    ]
    if (project / "packages.yml").exists():
        commands.insert(0, [str(DBT), "--quiet", "deps"])
    for command in commands:
        measured(command, environment, project, home / "output.txt")
    return home


def figures(chromium: Any, home: Path) -> list[str]:  # noqa: ANN401 - as above
    """Return what the board of a home takes."""
    page = home / "board.html"
    command = [str(OFFPATH), "board", "--as-of", "build"]
    usage = measured(command, environment_of(home), home, home / "output.txt")
    marts = home / "published" / "current" / "marts.duckdb"
    with duckdb.connect(str(marts), read_only=True) as connection:
        ((open_count,),) = connection.execute(
            "select count(*) from marts.fct_exceptions where is_open"
        ).fetchall()
    seconds = sorted(drawn(chromium, page) for _ in range(TIMES))[TIMES // 2]
    return [
        f"{open_count:,}",
        f"{page.stat().st_size / 1e6:.2f}",
        f"{usage.seconds:.1f}",
        f"{seconds:.2f}",
    ]


def drawn(chromium: Any, page: Path) -> float:  # noqa: ANN401 - as above
    """Return the seconds from opening a page until all of it is drawn."""
    shown = chromium.new_page(viewport={"width": max(WIDTHS), "height": HEIGHT})
    began = time.monotonic()
    shown.goto(page.as_uri())
    shown.wait_for_selector("#board[aria-busy=false]")
    shown.wait_for_selector(".drawing svg")
    seconds = time.monotonic() - began
    shown.close()
    return seconds


def multiply(home: Path) -> None:
    """Add open exceptions to a published set, each of a case of its own."""
    marts = (home / "published" / "current" / "marts.duckdb").resolve()
    marts.chmod(0o644)
    with duckdb.connect(str(marts)) as connection:
        ((cases,),) = connection.execute(
            "select count(*) from marts.fct_exceptions"
            " where is_open and subject_type = 'case'"
        ).fetchall()
        for statement in MULTIPLIED.format(times=-(-MANY // cases)).split(";"):
            if statement.strip():
                connection.execute(statement)


def take_pictures(chromium: Any, page: Path) -> None:  # noqa: ANN401 - as above
    """Take the first screen at each width, light and dark, and the process map."""
    PICTURES.mkdir(exist_ok=True)
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            context = chromium.new_context(
                viewport={"width": width, "height": HEIGHT}, color_scheme=scheme
            )
            shown = context.new_page()
            shown.goto(f"{page.as_uri()}#order_to_ship")
            shown.wait_for_selector("svg.map")
            shown.evaluate("scrollTo(0, 0)")
            shown.screenshot(path=PICTURES / f"promises-{width}-{scheme}.png")
            if width == max(WIDTHS):
                shown.locator("#map").screenshot(path=PICTURES / f"map-{scheme}.png")
            context.close()


if __name__ == "__main__":
    main()
