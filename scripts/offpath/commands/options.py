"""Options that several commands share, each once."""

import getpass
import math
import os
from datetime import datetime, timedelta
from pathlib import Path

import click

from offpath.home import Home
from offpath.instants import EARLIEST, LATEST, Clock, instant, utc_now
from offpath.warehouse.marts import built_at

BUILD = "build"
# dbt and DuckDB take what follows them for something else than the path.
UNFIT = frozenset("#?")


class Moment(click.ParamType[datetime | str]):
    """An instant in ISO 8601, or the word ``build``."""

    name = "timestamp|build"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Show the word as it must be written."""
        del param, ctx
        return f"TIMESTAMP|{BUILD}"

    def convert(
        self,
        value: datetime | str,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> datetime | str:
        """Return the instant in UTC, or the word itself."""
        if isinstance(value, datetime) or value == BUILD:
            return value
        try:
            at = instant(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is neither a timestamp nor {BUILD!r}.", param, ctx)
        if not EARLIEST <= at <= LATEST:
            self.fail(f"{value!r} is no instant of this age.", param, ctx)
        return at


class HomeFolder(click.ParamType[Home]):
    """The folder of a run's files."""

    name = "folder"

    def convert(
        self,
        value: str | Home,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Home:
        """Wrap the folder in its paths."""
        if isinstance(value, Home):
            return value
        folder = Path(value)
        if folder.exists() and not folder.is_dir():
            self.fail(f"{value!r} is not a folder.", param, ctx)
        if UNFIT & set(str(folder.absolute())):
            self.fail(f"{value!r} has # or ? in its path.", param, ctx)
        return Home(folder)


def _hours(_: click.Context, __: click.Parameter, value: float) -> float:
    """Refuse what is no number of hours."""
    if not math.isfinite(value):
        message = f"{value} is no number of hours."
        raise click.BadParameter(message)
    return value


def _text(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Refuse a text that is blank, or that is no Unicode."""
    if value is None:
        return None
    if not value.strip():
        message = "it is blank."
        raise click.BadParameter(message)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        message = "it is no readable text."
        raise click.BadParameter(message) from error
    return value


def _user() -> str:
    """Return the user's name, or number where the machine has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


home = click.option(
    "--home",
    type=HomeFolder(),
    default=".offpath",
    show_default=True,
    envvar="OFFPATH_HOME",
    show_envvar=True,
    help="Folder of the warehouse, the ledger and all other files of a run.",
)

as_of = click.option(
    "--as-of",
    type=Moment(),
    default=None,
    show_default="now",
    envvar="OFFPATH_AS_OF",
    show_envvar=True,
    help="Act as if it were this instant (UTC); 'build' means that of the marts.",
)

channels = click.option(
    "--channels",
    type=click.Path(path_type=Path),
    default=None,
    show_default="channels.yml in the home folder, if it is there",
    envvar="OFFPATH_CHANNELS",
    show_envvar=True,
    help="YAML file of channels; its tags are owner roles.",
)

max_age_hours = click.option(
    "--max-age-hours",
    type=click.FloatRange(min=0),
    callback=_hours,
    default=26.0,
    show_default=True,
    envvar="OFFPATH_MAX_AGE_HOURS",
    show_envvar=True,
    help="How old marts may be: older ones are refused, and a board says that it is.",
)

as_json = click.option(
    "--json",
    "as_json",
    is_flag=True,
    default=False,
    show_default=True,
    help="Write the result as JSON.",
)

actor = click.option(
    "--by",
    "actor",
    type=str,
    callback=_text,
    default=_user,
    show_default="the user of this machine",
    envvar="OFFPATH_ACTOR",
    show_envvar=True,
    help="Who does it.",
)

note = click.option(
    "--note",
    type=str,
    callback=_text,
    default=None,
    show_default="none",
    help="What a reader should know about it.",
)

exception = click.argument("exception", type=str, metavar="EXCEPTION")

letter = click.argument("letter", type=str, metavar="[LETTER]", required=False)

all_letters = click.option(
    "--all",
    "is_all",
    is_flag=True,
    default=False,
    show_default=True,
    help="All letters that are refused or failed.",
)


def clock(as_of: datetime | str | None, built: datetime) -> Clock:
    """Return the clock that the option asks for; a given instant stands still."""
    if as_of is None:
        return utc_now
    at = as_of if isinstance(as_of, datetime) else built
    return lambda: at


def patience(as_of: datetime | str | None, max_age_hours: float) -> timedelta | None:
    """Return how old a board may be; None where its clock stands still on purpose."""
    return timedelta(hours=max_age_hours) if as_of is None else None


def clock_of_home(as_of: datetime | str | None, home: Home) -> Clock:
    """Return the clock, and read the marts only if the option speaks of them."""
    if as_of is None or isinstance(as_of, datetime):
        return clock(as_of, utc_now())
    return clock(as_of, built_at(home.marts))
