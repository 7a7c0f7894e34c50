"""The command line: loads the command that is asked for, and no other."""

import gc
import os
import sqlite3
import traceback
from functools import partial
from importlib import import_module
from keyword import iskeyword

import click
import duckdb

from offpath import __version__
from offpath.errors import SOFTWARE_EXIT_CODE, ConfigurationError, unwritable

# Where each command is, below `offpath.commands`: what one of them needs, as all that
# delivery does, is half a second to load.
COMMANDS = {
    "ack": "answers",
    "adopt": "upkeep",
    "backup": "upkeep",
    "board": "board",
    "export": "interchange",
    "import": "interchange",
    "letters": "letters",
    "prune": "upkeep",
    "publish": "publish",
    "report": "report",
    "resolve": "answers",
    "restore": "upkeep",
    "route": "route",
    "status": "questions",
    "why": "questions",
}


class Commands(click.Group):
    """Commands that are loaded when needed, and keep the promise of the exit codes.

    A file that cannot be used is somebody's to mend, so it gets a sentence. Whatever
    nobody foresaw keeps its traceback, and a code that no promise has.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; return None where there is none of the name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"offpath.commands.{COMMANDS[cmd_name]}")
        # A word of Python's is no name of a function.
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(module, name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except sqlite3.DatabaseError as error:
            question = "; is the disk full or read-only?" if unwritable(error) else ""
            message = f"the ledger or its lock cannot be used: {error}{question}"
            raise ConfigurationError(message) from error
        except duckdb.IOException as error:
            raise ConfigurationError(str(error).splitlines()[0]) from error
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            message = f"{where}{error.strerror or error}"
            raise ConfigurationError(message) from error
        except Exception:  # noqa: BLE001 - the last one to see it
            traceback.print_exc()
            ctx.exit(SOFTWARE_EXIT_CODE)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="offpath")
@click.pass_context
def main(context: click.Context) -> None:
    """Route the exceptions of a business process to the roles that own them.

    Results go to stdout, everything else to stderr. Exit codes: 0 all done,
    1 something undelivered or held, 2 usage or configuration, 4 another run is at it,
    5 the marts are missing, busy, unfinished, stale or of another version.
    """
    # What a run writes is for nobody else, but for what it publishes.
    context.call_on_close(partial(os.umask, os.umask(0o077)))
    # A command holds what it reads until it ends; to look for garbage takes a quarter
    # of its time.
    gc.disable()
    context.call_on_close(gc.enable)
