"""Share out what a role can act on: what goes now, and what waits for the digest."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from offpath.decisions import ExceptionRecord, Intent
from offpath.instants import minute_text

Wish = tuple[Intent, ExceptionRecord]

DIGEST_CLASSES = frozenset({"digest", "record"})
ANNOUNCING = frozenset({"opened", "raised"})
# How the reasons of decisions begin that let an exception wait.
WAITING_CODES = ("waits_for_digest", "over_attention_budget")
# More pages of one rule to one role in a run than these come as one.
MOST_PAGES_OF_A_RULE = 3


@dataclass(frozen=True, slots=True)
class OwnerRole:
    """What ``dim_owner_roles`` says of a role."""

    owner_role: str
    timezone: str
    attention_budget_per_day: int | None

    def count_today(self, now: datetime, told_at: Iterable[datetime]) -> int:
        """Count the instants of the day that it is now where the role works."""
        zone = ZoneInfo(self.timezone)
        today = now.astimezone(zone).date()
        return sum(told.astimezone(zone).date() == today for told in told_at)


@dataclass(frozen=True, slots=True)
class Shares:
    """The messages of a run, each with what it tells, and why the rest waits."""

    messages: list[list[Wish]] = field(default_factory=list)
    digests: list[list[Wish]] = field(default_factory=list)
    waiting: dict[Intent, str] = field(default_factory=dict)


def share_out(
    now: datetime,
    wishes: list[Wish],
    roles: Mapping[str, OwnerRole],
    told: Mapping[str, list[datetime]],
) -> Shares:
    """Put each wish into a message, or let it wait.

    The wishes come the most urgent first; ``told`` holds when each role was told
    something lately. A task goes by itself while its role has attention left for the
    day, else in the digest, as does the news that it is over; pages, reminders and
    escalations always go.
    """
    used = Counter(
        {
            name: role.count_today(now, told.get(name, ()))
            for name, role in roles.items()
        }
    )
    messages: dict[Hashable, list[Wish]] = defaultdict(list)
    digests: dict[str, list[Wish]] = defaultdict(list)
    waiting: dict[Intent, str] = {}
    pages = Counter(_rule_key(wish) for wish in wishes)
    for intent, exception in wishes:
        role, kind = intent.owner_role, intent.kind
        wish, route_class = (intent, exception), exception.route_class
        until = f"until {minute_text(_may_wait_until(wish))} at the latest"
        if route_class in DIGEST_CLASSES or (route_class, kind) == ("task", "resolved"):
            digests[role].append(wish)
            waiting[intent] = f"waits_for_digest: {until}"
        elif (
            route_class == "task"
            and kind in ANNOUNCING
            and _is_spent(roles.get(role), used[role])
        ):
            budget = roles[role].attention_budget_per_day
            over = f"over the attention budget of {role}, {budget} messages a day"
            late = replace(intent, reason=f"{intent.reason}; {over}")
            digests[role].append((late, exception))
            waiting[intent] = f"over_attention_budget: {over}; {until}"
        else:
            key = _rule_key(wish)
            is_flood = route_class == "page" and pages[key] > MOST_PAGES_OF_A_RULE
            message = messages[key if is_flood else intent]
            used[role] += not message and kind != "resolved"
            message.append(wish)
    due = {role for role, digest in digests.items() if _is_due(digest, now)}
    return Shares(
        list(messages.values()),
        [digest for role, digest in digests.items() if role in due],
        {
            intent: reason
            for intent, reason in waiting.items()
            if intent.owner_role not in due
        },
    )


def _rule_key(wish: Wish) -> Hashable:
    """Return what pages of one message have in common."""
    intent, exception = wish
    return exception.route_class, intent.owner_role, exception.rule_id, intent.kind


def _is_spent(role: OwnerRole | None, used: int) -> bool:
    """Tell whether the role has had as many messages today as it can act on."""
    budget = role.attention_budget_per_day if role else None
    return budget is not None and used >= budget


def _is_due(digest: list[Wish], now: datetime) -> bool:
    """Tell whether one of its members may wait no longer; the others come along."""
    return any(_may_wait_until(wish) <= now for wish in digest)


def _may_wait_until(wish: Wish) -> datetime:
    """Return when its digest goes at the latest; one that does not say goes at once."""
    _, exception = wish
    return exception.digest_at or exception.detected_at
