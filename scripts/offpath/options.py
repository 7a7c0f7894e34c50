"""Options that several commands share, each once."""

import getpass
from datetime import datetime
from pathlib import Path

import click

from offpath.home import Home
from offpath.instants import instant

BUILD = "build"


class Moment(click.ParamType[datetime | str]):
    """An instant in ISO 8601, or the word ``build``."""

    name = "timestamp|build"

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
            return instant(value)
        except ValueError:
            self.fail(f"{value!r} is neither a timestamp nor {BUILD!r}.", param, ctx)


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
        return Home(folder)


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
    default=26.0,
    show_default=True,
    envvar="OFFPATH_MAX_AGE_HOURS",
    show_envvar=True,
    help="Refuse marts that are older than this.",
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
    default=getpass.getuser,
    show_default="the user of this machine",
    envvar="OFFPATH_ACTOR",
    show_envvar=True,
    help="Who does it.",
)

note = click.option(
    "--note",
    type=str,
    default=None,
    show_default="none",
    help="What a reader should know about it.",
)

exception = click.argument("exception", type=str, metavar="EXCEPTION")
