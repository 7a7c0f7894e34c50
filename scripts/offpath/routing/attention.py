"""Share out what a role can act on: what goes now, and what waits for the digest."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from offpath.instants import minute_text
from offpath.routing.history import ANNOUNCING
from offpath.routing.intents import ExceptionRecord, Intent

Wish = tuple[Intent, ExceptionRecord]

# What asks for no attention.
QUIET = frozenset({"resolved", "handed_over", "acknowledged"})
# How the reasons of decisions begin that let an exception wait.
DIGEST_CODE = "waits_for_digest"
OVER_CODE = "over_attention_budget"
# More of one rule, class and kind to one role in a run come as one.
MOST_OF_A_RULE = 3


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


def share_out(  # noqa: PLR0913 - the wishes, and what is known of who gets them
    now: datetime,
    wishes: list[Wish],
    roles: Mapping[str, OwnerRole],
    told: Mapping[str, list[datetime]],
    over_before: frozenset[str] = frozenset(),
    *,
    with_incidents: frozenset[str] = frozenset(),
    resting: frozenset[str] = frozenset(),
) -> Shares:
    """Put each wish into a message, or let it wait.

    The wishes come the most urgent first; ``told`` holds when each role was told
    something lately, ``over_before`` the exceptions that were over its attention by the
    last run. What goes in any case takes of the attention of the day first: pages,
    reminders, escalations, a digest that is due. A task goes by itself while some is
    left, else in the digest, as does the news that it is over, but to the roles
    ``with_incidents``: an incident is closed when it is over. What says no time is no
    reason to write to the roles that are ``resting``.
    """
    of_digests = [wish for wish in wishes if _is_for_digest(wish[0], with_incidents)]
    tasks = [wish for wish in wishes if _is_rationed(wish[0])]
    late = [wish for wish in tasks if wish[1].exception_id in over_before]
    fresh = [wish for wish in tasks if wish[1].exception_id not in over_before]
    others = [
        (intent, exception)
        for intent, exception in wishes
        if not _is_for_digest(intent, with_incidents) and not _is_rationed(intent)
    ]
    used = Counter(
        {
            name: role.count_today(now, told.get(name, ()))
            for name, role in roles.items()
        }
    )
    bundled = [*late, *of_digests]
    due = {
        wish[0].owner_role
        for wish in bundled
        if _is_due(
            wish,
            now,
            is_first=not used[wish[0].owner_role] and wish[0].owner_role not in resting,
        )
    }
    used.update({intent.owner_role for intent, _ in bundled if _counts(intent)} & due)
    used.update(
        intent.owner_role for (intent, _), *_ in _bundled(others) if _counts(intent)
    )
    fitting = []
    over = late.copy()
    for intent, exception in fresh:
        role = intent.owner_role
        if _is_spent(roles.get(role), used[role]):
            over.append((intent, exception))
        else:
            fitting.append((intent, exception))
            used[role] += 1
    due |= {wish[0].owner_role for wish in over if _is_due(wish, now)}

    digests: dict[str, list[Wish]] = defaultdict(list)
    for intent, exception in over:
        told_late = replace(intent, reason=f"{intent.reason}; {_over(intent)}")
        digests[intent.owner_role].append((told_late, exception))
    for wish in of_digests:
        digests[wish[0].owner_role].append(wish)
    waiting = {
        wish[0]: f"{OVER_CODE}: {_over(wish[0])}; {_until(wish)}" for wish in over
    } | {wish[0]: f"{DIGEST_CODE}: {_until(wish)}" for wish in of_digests}
    return Shares(
        _bundled([*others, *fitting]),
        [digest for role, digest in digests.items() if role in due],
        {
            intent: reason
            for intent, reason in waiting.items()
            if intent.owner_role not in due
        },
    )


def _bundled(wishes: list[Wish]) -> list[list[Wish]]:
    """Put more than a few of one rule and kind to one role into one message.

    That rows are gone is one message of all of a journey.
    """
    counts = Counter(_rule_key(*wish) for wish in wishes)
    bundles: dict[Hashable, list[Wish]] = defaultdict(list)
    for wish in wishes:
        intent, exception = wish
        key = _rule_key(*wish)
        if intent.kind == "rows_lost":
            key = (intent.kind, intent.owner_role, exception.journey)
        elif counts[key] <= MOST_OF_A_RULE:
            key = intent
        bundles[key].append(wish)
    return list(bundles.values())


def _is_for_digest(intent: Intent, with_incidents: frozenset[str]) -> bool:
    """Tell whether it is no news that anybody waits for."""
    if intent.kind == "acknowledged":
        # It goes to the few channels alone that carry it, and those take no digest.
        return False
    is_over = intent.kind == "resolved" and intent.route_class == "task"
    return (
        is_over and intent.owner_role not in with_incidents
    ) or intent.route_class in ("digest", "record")


def _is_rationed(intent: Intent) -> bool:
    """Tell whether it costs attention that the role may not have."""
    return intent.route_class == "task" and intent.kind in ANNOUNCING


def _counts(intent: Intent) -> bool:
    """Tell whether it takes attention; what leaves nothing to do does not."""
    return intent.kind not in QUIET


def _rule_key(intent: Intent, exception: ExceptionRecord) -> Hashable:
    """Return what the members of one message have in common."""
    whom = intent.owner_role, intent.only
    return intent.route_class, *whom, exception.rule_id, intent.kind


def _is_spent(role: OwnerRole | None, used: int) -> bool:
    """Tell whether the role has had as many messages today as it can act on."""
    budget = role.attention_budget_per_day if role else None
    return budget is not None and used >= budget


def _over(intent: Intent) -> str:
    """Say why a task does not go by itself."""
    return f"over the attention budget of {intent.owner_role}"


def _says_no_time(wish: Wish) -> bool:
    """Tell whether it is over by word of a person, or as it left the marts."""
    intent, exception = wish
    return intent.kind == "resolved" and exception.cleared_at is None


def _until(wish: Wish) -> str:
    """Say how long it waits."""
    if _says_no_time(wish):
        return "until the next digest"
    return f"until {minute_text(wish[1].digest_at)} at the latest"


def _is_due(wish: Wish, now: datetime, *, is_first: bool = False) -> bool:
    """Tell whether a member of a digest may wait no longer; the others come along.

    One that says no time waits for another, or to be the first message of a day of
    work.
    """
    if _says_no_time(wish):
        return is_first
    _, exception = wish
    return exception.digest_at is None or exception.digest_at <= now
