"""What the ledger knows of one exception: who was told what, and who answered."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

Kind = Literal[
    "opened",
    "raised",
    "reminded",
    "escalated",
    "acknowledged",
    "handed_over",
    "rows_lost",
    "resolved",
]

# What tells a role that it is theirs.
ANNOUNCING: frozenset[Kind] = frozenset({"opened", "raised"})
# What tells a role that it has to act.
ASKING: frozenset[Kind] = ANNOUNCING | {"escalated"}
ANSWERED_CLASSES = frozenset({"page", "task"})
RANKS = {"record": 0, "digest": 1, "task": 2, "page": 3}


@dataclass(frozen=True, slots=True)
class PastIntent:
    """What the ledger knows of an intent, over all channels it went to.

    ``is_told``: a channel took it. ``is_maybe_told``: a request left and no answer
    came, so that they may know. ``is_undelivered``: it is tried again. ``is_waiting``:
    it is in the outbox, where nobody reads it. ``is_refused``: no channel will ever
    take it. ``is_letter``: a channel has refused it, and somebody may have it tried
    again. ``channels`` are the names of those that have it, or may, ``withheld`` of
    those from which it was taken back. ``told_at`` is when the run began that delivered
    it first; null where no channel took it.
    """

    intent_id: str
    message_id: str
    kind: Kind
    spell: int
    step: int
    owner_role: str
    route_class: str
    decided_at: datetime
    is_told: bool = False
    is_undelivered: bool = False
    is_maybe_told: bool = False
    is_waiting: bool = False
    is_refused: bool = False
    is_letter: bool = False
    channels: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    told_at: datetime | None = None

    @property
    def may_be_told(self) -> bool:
        """Whether somebody knows, or may know."""
        return self.is_told or self.is_maybe_told

    @property
    def is_under_way(self) -> bool:
        """Whether somebody knows of it or is going to."""
        return self.is_told or self.is_undelivered

    @property
    def stands(self) -> bool:
        """Whether it need not be written again."""
        return self.is_under_way or self.is_waiting or self.is_refused

    @property
    def can_be_taken_back(self) -> bool:
        """Whether some channel has still to get it, or might."""
        return self.is_undelivered or self.is_waiting or self.is_letter

    def taken_back(self) -> "PastIntent | None":
        """Return what is left of it; None where nobody can know of it."""
        if self.is_told:
            return self
        if not self.is_maybe_told:
            return None
        return replace(self, is_undelivered=False, is_waiting=False, is_letter=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's word that somebody is on it, and the name that was given.

    ``told`` holds the ids of the intents that somebody knew of by then, so that no
    clock has to be right.
    """

    spell: int
    told: frozenset[str] = frozenset()
    actor: str = "somebody"


@dataclass(frozen=True, slots=True)
class History:
    """What the ledger knows of one exception, its intents in the order of writing.

    Withdrawn intents are left out, unless somebody may know of them. A spell lasts from
    an opening until somebody was told that it is over, so that an exception that comes
    back under its id is announced anew; a turn, within it, from there until a role was
    told that it is another's. ``known_class`` is the class that it had when the backlog
    was taken as known; null where it was not. ``resolution`` says who resolved it and
    how; empty where nobody has.
    """

    intents: tuple[PastIntent, ...] = ()
    answers: tuple[Answer, ...] = ()
    is_resolved: bool = False
    known_class: str | None = None
    resolution: str = ""

    @property
    def over(self) -> tuple[PastIntent, ...]:
        """The messages that told somebody that it is over, or may have."""
        return tuple(
            past
            for past in self.intents
            if past.kind == "resolved" and past.may_be_told
        )

    @property
    def spell(self) -> int:
        """The number of the spell that an open exception is in, from 0."""
        return max((past.spell for past in self.over), default=-1) + 1

    @property
    def is_told(self) -> bool:
        """Whether somebody knows, or may, of the present spell."""
        return any(
            past.may_be_told for past in self.intents if past.spell == self.spell
        )

    @property
    def last_spell(self) -> int:
        """The number of the last spell that anything was written in."""
        return max((past.spell for past in self.intents), default=0)

    @property
    def believers(self) -> dict[str, list[PastIntent]]:
        """Return what each role was told in its last spell, or may have been.

        Not what it certainly heard to be another's by now.
        """
        told: dict[str, list[PastIntent]] = {}
        for past in self.intents:
            role, former = past.owner_role, told.get(past.owner_role, [])
            is_former = any(each.spell == past.spell for each in former)
            if past.kind == "handed_over" and past.is_told and is_former:
                del told[role]
            elif past.kind in ASKING and past.may_be_told:
                told[role] = [*former, past] if is_former else [past]
        return told

    def has_heard_end(self, spell: int, role: str) -> bool:
        """Tell whether the role certainly heard that it was over."""
        return any(
            past.owner_role == role and past.is_told
            for past in self.of_spell(spell, "resolved")
        )

    def is_acknowledged(self, owner: str) -> bool:
        """Whether somebody is on it, in the present spell and the owner's turn.

        What was said while it was another's, who has not handed it over, is no answer
        of the owner's.
        """
        return self.who_is_on_it(owner) is not None

    def who_is_on_it(self, owner: str) -> str | None:
        """Return the name that the last answer gave that holds; None without one."""
        return next(
            (
                answer.actor
                for answer in reversed(self.answers)
                if answer.spell == self.spell and self._counts(answer, owner)
            ),
            None,
        )

    def _counts(self, answer: Answer, owner: str) -> bool:
        """Tell whether an answer of the present spell holds for the owner."""
        by_then = [past for past in self.intents if past.intent_id in answer.told]
        turn = self.of_turn(self.spell, owner)
        if any(past.kind in ANNOUNCING and past in turn for past in by_then):
            return True
        owners = {past.owner_role for past in by_then if past.kind in ANNOUNCING}
        gone = {past.owner_role for past in by_then if past.kind == "handed_over"}
        return not owners - gone

    def without(self, message_ids: Collection[str]) -> "History":
        """Return it as if these messages had not been written, unless one was told."""
        kept = tuple(
            left
            for past in self.intents
            if (left := past.taken_back() if past.message_id in message_ids else past)
        )
        return replace(self, intents=kept)

    def of_spell(self, spell: int, *kinds: Kind) -> tuple[PastIntent, ...]:
        """Return the intents of the spell that are of one of the kinds."""
        return tuple(
            past for past in self.intents if past.spell == spell and past.kind in kinds
        )

    def ends(self, spell: int, role: str) -> tuple[PastIntent, ...]:
        """Return what told the role, or may have, that it is another's."""
        return tuple(
            past
            for past in self.of_spell(spell, "handed_over")
            if past.owner_role == role and past.may_be_told
        )

    def turns(self, spell: int, role: str) -> int:
        """Return how often the role was told, in the spell, that it is another's."""
        return len(self.ends(spell, role))

    def of_turn(self, spell: int, role: str) -> tuple[PastIntent, ...]:
        """Return the role's intents of the spell since it was another's."""
        turn: list[PastIntent] = []
        for past in self.intents:
            if past.spell == spell and past.owner_role == role:
                turn.append(past)
                if past.kind == "handed_over" and past.may_be_told:
                    turn.clear()
        return tuple(turn)

    def announcements(self, spell: int, role: str) -> tuple[PastIntent, ...]:
        """Return the intents that tell the role, in its turn, that it is theirs."""
        return tuple(
            past
            for past in self.of_turn(spell, role)
            if past.kind in ANNOUNCING and past.stands
        )
