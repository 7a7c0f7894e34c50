"""Who is told next, where nobody answers or the owner cannot be reached."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from offpath.instants import minute_text
from offpath.routing.history import History, PastIntent


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """One row of ``fct_exception_escalations``, without its exception."""

    step: int
    notify_role: str
    notify_at: datetime | None
    after_minutes: int = 0

    def due_at(self, told: Sequence[PastIntent]) -> datetime | None:
        """Return when its time has come, given what told the owner, the newest last.

        Who hears late has the minutes of the policy all the same, from then on; who
        cannot be told has them from when it was decided.
        """
        if self.notify_at is None or not told:
            return self.notify_at
        newest = told[-1]
        told_at = max(newest.decided_at, newest.told_at or newest.decided_at)
        return max(self.notify_at, told_at + timedelta(minutes=self.after_minutes))


@dataclass(frozen=True, slots=True)
class Reach:
    """Who can be told at the instant of a run.

    ``served`` are the roles that have a channel; None means that all have.
    ``answer_channels`` are the names of each role's channels that carry the news that
    somebody is on it.
    """

    served: frozenset[str] | None = None
    off_duty: frozenset[str] = frozenset()
    answer_channels: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def serves(self, role: str) -> bool:
        """Tell whether the role has a channel."""
        return self.served is None or role in self.served

    def can_tell(self, role: str) -> bool:
        """Tell whether the role has a channel and is on duty."""
        return self.serves(role) and role not in self.off_duty


@dataclass(slots=True)
class _Ladder:
    """The steps of one exception in their order, and those that go now."""

    steps: list[EscalationStep]
    reach: Reach
    under_way: dict[int, str]
    parked: frozenset[int]
    refused: frozenset[int]
    going: dict[int, str] = field(default_factory=dict)

    def take(self, step: EscalationStep, due: datetime) -> None:
        """Let a step go that was due by then; where it cannot, the next that can.

        It goes to the outbox where neither it nor a later one has a channel, and waits
        where they have one and nobody is on duty.
        """
        role = step.notify_role
        if any(
            number == step.step or (number > step.step and told == role)
            for number, told in self.under_way.items()
        ):
            return
        reason = f"unanswered: nobody was on it by {minute_text(due)}"
        if step.step in self.refused:
            self.pass_on(step.step, f"{reason} and {_refusal(role)}")
        elif self.reach.can_tell(role):
            self.going[step.step] = reason
        elif self.reach.serves(role):
            self.pass_on(step.step, f"{reason} and {role} is off duty")
        elif any(self.reach.serves(each.notify_role) for each in self.after(step.step)):
            self.pass_on(step.step, f"{reason} and {role} has no channel")
        elif step.step not in self.parked:
            self.going[step.step] = reason

    def pass_on(self, number: int, reason: str) -> None:
        """Let the next step that can be told go, unless a later one did."""
        if any(later > number for later in (*self.under_way, *self.going)):
            return
        for step in self.after(number):
            if step.step not in self.refused and self.reach.can_tell(step.notify_role):
                self.going[step.step] = reason
                return

    def after(self, number: int) -> Iterable[EscalationStep]:
        """Return the later steps."""
        return (step for step in self.steps if step.step > number)


def steps_to_take(  # noqa: PLR0913 - what the answer depends on
    now: datetime,
    owner: str,
    history: History,
    policy: tuple[EscalationStep, ...],
    reach: Reach,
    *,
    is_new: bool,
) -> list[tuple[EscalationStep, str]]:
    """Return the steps that go now, each with its reason, a role once.

    Each step goes once, when its time has come; not at the very instant at which the
    owner learns of it, which is what ``is_new`` says. An owner that no channel reaches
    hands on to the next at once, unless they know.
    """
    told = history.announcements(history.spell, owner)
    newest = told[-1] if told and not is_new else None
    escalated = history.of_spell(history.spell, "escalated")
    ladder = _Ladder(
        sorted(policy, key=lambda step: step.step),
        reach,
        {
            past.step: past.owner_role
            for past in escalated
            if past.is_told or (reach.serves(past.owner_role) and past.is_undelivered)
        },
        frozenset(past.step for past in escalated if past.can_be_taken_back),
        frozenset(past.step for past in escalated if past.is_refused),
    )
    if newest and newest.is_refused:
        ladder.pass_on(0, f"fallback: {_refusal(owner)}")
    elif not reach.serves(owner) and not (newest and newest.is_told):
        ladder.pass_on(0, f"fallback: {owner} has no channel")
    if not is_new and all(past.decided_at < now for past in told):
        for step in ladder.steps:
            due = step.due_at(told)
            if due is not None and due <= now:
                ladder.take(step, due)
    last = {
        step.notify_role: step for step in ladder.steps if step.step in ladder.going
    }
    return [
        (step, f"{ladder.going[step.step]}, step {step.step}") for step in last.values()
    ]


def _refusal(role: str) -> str:
    """Say that nothing the role has will take it."""
    return f"every channel of {role} refused it"
