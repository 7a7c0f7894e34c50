"""Who is on duty when, as the marts say it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from offpath.instants import instant, instant_text

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Duties:
    """The spans in which each role is on duty, from an instant until another.

    Where nothing is known, before the clock of the marts and the first span of any role
    and after the last, every role counts as on duty: better somebody is told.
    """

    spans: dict[str, list[Span]] = field(default_factory=dict)

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[str, datetime, datetime]]) -> Self:
        """Take the rows of ``dim_owner_duty``."""
        spans: dict[str, list[Span]] = defaultdict(list)
        for role, starts_at, ends_at in rows:
            spans[role].append((starts_at, ends_at))
        return cls(dict(spans))

    def off_duty(
        self,
        roles: Iterable[str],
        now: datetime,
        as_of: datetime,
        since: datetime | None = None,
    ) -> frozenset[str]:
        """Return which of the roles, and of those with spans, are not on duty.

        ``as_of`` is the clock of the marts that the rows are from. With ``since``,
        which have not been from then until now.
        """
        since = now if since is None else min(since, now)
        spans = [span for each in self.spans.values() for span in each]
        if not spans:
            return frozenset()
        # On a Sunday the first span of all may be on Monday.
        begins_at = min(as_of, *(start for start, _ in spans))
        if not begins_at <= now < max(end for _, end in spans):
            return frozenset()
        return frozenset(
            role
            for role in self.spans.keys() | set(roles)
            if not any(
                start <= now and since < end for start, end in self.spans.get(role, ())
            )
        )

    def as_json(self) -> list[list[str]]:
        """Return the rows as JSON values."""
        return [
            [role, instant_text(start), instant_text(end)]
            for role, spans in self.spans.items()
            for start, end in spans
        ]

    @classmethod
    def of_json(cls, rows: Iterable[list[str]]) -> Self:
        """Take what `as_json` gave."""
        return cls.of_rows(
            (role, instant(start), instant(end)) for role, start, end in rows
        )
