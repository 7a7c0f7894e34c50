"""Write the board: the facts of a published set, in the page that draws them."""

import gzip
import json
from base64 import b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path

from offpath import __version__
from offpath.board.facts import MOST_CASES, load_facts
from offpath.home import DRAFT
from offpath.instants import minute_text
from offpath.interchange.files import draft_of
from offpath.text import finite
from offpath.warehouse.marts import open_marts
from offpath.warehouse.report import load_report

NAME = "board.html"
PARTS = files("offpath.board") / "page"


def write_board(
    marts: Path, target: Path, now: datetime, max_age: timedelta | None
) -> None:
    """Write the board of a published DuckDB file, whole or not at all, for all to read.

    After ``max_age`` the page says that the next build is overdue; None: its clock
    stands still on purpose, and it never does. Raise MartError where it cannot be drawn
    from the marts, ConfigurationError where it cannot be written.
    """
    with draft_of(target) as draft:
        draft.write_text(board_page(marts, now, max_age), encoding="utf-8")
        draft.chmod(0o644)


def board_page(marts: Path, now: datetime, max_age: timedelta | None) -> str:
    """Return the page: skeleton, style, program and data, in one text.

    Same marts, same instant, same text. What the data hold is packed, so that none of
    it is ever markup. The page may ask for nothing but a newer copy of itself.
    """
    report = load_report(marts)
    with open_marts(marts) as connection:
        facts = load_facts(connection)
    told = {
        "version": __version__,
        "set": marts.resolve().parent.name.removeprefix(DRAFT),
        "as_of": int(report.as_of.timestamp()),
        "made_at": int(now.timestamp()),
        "expected_by": (
            None if max_age is None else int((report.as_of + max_age).timestamp())
        ),
        "most_cases": MOST_CASES,
        "report": finite(report.as_json()),
        "facts": facts,
    }
    program = _part("board.js")
    return _part("board.html").format(
        policy=_policy(program),
        title=escape(f"offpath, as of {minute_text(report.as_of)}"),
        style=_part("board.css"),
        data=_packed(told),
        program=program,
    )


def _part(name: str) -> str:
    """Return a part of the page."""
    return (PARTS / name).read_text(encoding="utf-8")


def _policy(program: str) -> str:
    """Return the content security policy: this program, and no other server.

    A style may stand anywhere, since charts bring their own. `connect-src` is for a
    newer copy of the page, from where it came; a file from disk asks for nothing.
    """
    digest = b64encode(sha256(program.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline';"
        " img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'"
    )


def _packed(told: dict[str, object]) -> str:
    """Return the data as JSON, compressed, in letters that are no markup."""
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode()
