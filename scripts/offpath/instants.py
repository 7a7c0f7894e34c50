"""Instants: always UTC, aware in Python, ending in ``Z`` as text."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
# No clock is before or after. Days before and after an instant are reckoned with too.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def instant(text: str) -> datetime:
    """Parse ISO 8601 text, UTC if it names no offset; ValueError if unreadable."""
    return utc(datetime.fromisoformat(text))


def utc(moment: datetime) -> datetime:
    """Return the moment in UTC; a naive one is UTC already, as in the marts."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def instant_text(moment: datetime) -> str:
    """Write an instant as ``2026-04-01T10:00:00Z``, with its fraction if any."""
    at = moment if moment.tzinfo is UTC else utc(moment)
    return f"{at.isoformat()[:-6]}Z"


def minute_text(moment: datetime | None) -> str:
    """Write an instant to the minute, ``2026-04-01 10:00Z``; null is ``-``."""
    return "-" if moment is None else f"{utc(moment):%Y-%m-%d %H:%MZ}"
