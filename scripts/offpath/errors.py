"""Errors that a person can act on; each carries its exit code."""

import click


class UndeliveredError(click.ClickException):
    """Some messages did not reach their channel; the next run tries again."""

    exit_code = 1


class ConfigurationError(click.ClickException):
    """An option, a file or an environment variable is wrong."""

    exit_code = 2


class LeaseHeldError(click.ClickException):
    """Another run is at work on the same folder."""

    exit_code = 4


class MartError(click.ClickException):
    """The marts are missing, busy, stale or of another version."""

    exit_code = 5
