"""A figure beside the goal that it is held to."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """A goal in words, the figure that was measured, and whether it is reached."""

    goal: str
    figure: str
    is_reached: bool

    def cells(self) -> list[str]:
        """Return the cells of a line of the table."""
        return [self.goal, self.figure, "yes" if self.is_reached else "no"]
