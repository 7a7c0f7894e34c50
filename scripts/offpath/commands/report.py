"""Budgets and open exceptions, journey by journey."""

import click
from rich.console import Console, RenderableType

from offpath.commands import options, output
from offpath.home import Home
from offpath.warehouse.report import load_report, render

WIDTH = 100


@click.command()
@options.as_json
@options.home
def report(*, as_json: bool, home: Home) -> None:
    """Show budgets and open exceptions, journey by journey.

    \b
    Examples:
      offpath report
      offpath report --json
    """  # noqa: D301 - click wants the character itself
    found = load_report(home.marts)
    if as_json:
        output.show(found.as_json())
    else:
        _show_tables(render(found))


def _show_tables(tables: RenderableType) -> None:
    """Write tables at most a hundred columns wide, in colour only on a terminal."""
    console = Console(file=click.get_text_stream("stdout"), highlight=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    console.print(tables)
