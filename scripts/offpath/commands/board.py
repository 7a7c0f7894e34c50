"""The board of a published set, as one page."""

from datetime import datetime
from pathlib import Path

import click

from offpath.board.page import NAME, write_board
from offpath.commands import options, output
from offpath.errors import MartError
from offpath.home import Home
from offpath.instants import utc_now


@click.command()
@click.option(
    "--output",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    show_default="board.html in the home folder",
    help="Where to write the page.",
)
@options.as_of
@options.max_age_hours
@options.as_json
@options.home
def board(
    *,
    target: Path | None,
    as_of: datetime | str | None,
    max_age_hours: float,
    as_json: bool,
    home: Home,
) -> None:
    """Write the board of the published marts: one page, which needs no network.

    `offpath publish` writes one into each set; this writes it where it is wanted.

    \b
    Examples:
      offpath board
      offpath board --output /var/www/board.html
    """  # noqa: D301 - click wants the character itself
    marts = home.published_marts
    if not marts.exists():
        message = f"no marts are published in {home.published}: offpath publish first"
        raise MartError(message)
    page = target or home.folder / NAME
    write_board(marts, page, utc_now(), options.patience(as_of, max_age_hours))
    output.show({"page": str(page)} if as_json else [f"wrote {page}"])
