"""Which DECLARE constraints are asked of a log, and what each means.

A constraint is a template, its activation and, of pairs, its target, in the words of
the seed `conformance_rules`. pm4py names first what comes first, or must.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, permutations
from typing import NamedTuple, TypeAlias

Names: TypeAlias = Sequence[str]
# The names of a case in their order, the activation and the target.
Violation: TypeAlias = Callable[[Names, str, str], bool]


class Template(NamedTuple):
    """A template that both tools have: pm4py's name for it, and what breaks it.

    `is_turned` where the first event of pm4py is our target.
    """

    peer_name: str
    violates: Violation
    is_of_pair: bool = True
    is_turned: bool = False


def _places(names: Names, event: str) -> list[int]:
    return [place for place, name in enumerate(names) if name == event]


def _is_unanswered(names: Names, activation: str, target: str) -> bool:
    return any(target not in names[at + 1 :] for at in _places(names, activation))


def _is_answered_late(names: Names, activation: str, target: str) -> bool:
    spans = pairwise([*_places(names, activation), len(names)])
    return any(target not in names[at + 1 : end] for at, end in spans)


def _is_not_next(names: Names, activation: str, target: str) -> bool:
    places = _places(names, activation)
    return any(list(names[at + 1 : at + 2]) != [target] for at in places)


def _is_alone(names: Names, activation: str, target: str) -> bool:
    return activation in names and target not in names


def _is_followed(names: Names, activation: str, target: str) -> bool:
    return any(target in names[at + 1 :] for at in _places(names, activation))


def _is_followed_at_once(names: Names, activation: str, target: str) -> bool:
    return (activation, target) in pairwise(names)


def _read_backwards(violates: Violation) -> Violation:
    return lambda names, *events: violates(names[::-1], *events)


def _both_ways(violates: Violation) -> Violation:
    return lambda names, activation, target: (
        violates(names, activation, target) or violates(names[::-1], target, activation)
    )


TEMPLATES = {
    "existence": Template(
        "existence", lambda names, event, _: event not in names, is_of_pair=False
    ),
    "absence": Template(
        "absence", lambda names, event, _: event in names, is_of_pair=False
    ),
    "exactly_once": Template(
        "exactly_one",
        lambda names, event, _: len(_places(names, event)) != 1,
        is_of_pair=False,
    ),
    "init": Template(
        "init", lambda names, event, _: names[0] != event, is_of_pair=False
    ),
    "responded_existence": Template("responded_existence", _is_alone),
    "co_existence": Template(
        "coexistence", lambda names, one, other: (one in names) != (other in names)
    ),
    "not_co_existence": Template(
        "noncoexistence", lambda names, one, other: one in names and other in names
    ),
    "response": Template("response", _is_unanswered),
    "alternate_response": Template("altresponse", _is_answered_late),
    "chain_response": Template("chainresponse", _is_not_next),
    "precedence": Template(
        "precedence", _read_backwards(_is_unanswered), is_turned=True
    ),
    "alternate_precedence": Template(
        "altprecedence", _read_backwards(_is_answered_late), is_turned=True
    ),
    "chain_precedence": Template(
        "chainprecedence", _read_backwards(_is_not_next), is_turned=True
    ),
    "succession": Template("succession", _both_ways(_is_unanswered)),
    "alternate_succession": Template("altsuccession", _both_ways(_is_answered_late)),
    "chain_succession": Template("chainsuccession", _both_ways(_is_not_next)),
    "not_succession": Template("nonsuccession", _is_followed),
    "not_chain_succession": Template("nonchainsuccession", _is_followed_at_once),
}


class Constraint(NamedTuple):
    """One constraint; `target_event` is empty where the template has none."""

    template: str
    activation_event: str
    target_event: str = ""

    @classmethod
    def of(cls, rule_id: str) -> Constraint:
        """Return the constraint of an id."""
        return cls(*rule_id.split(" | "))

    @property
    def rule_id(self) -> str:
        """Its words."""
        return " | ".join(filter(None, self))

    @property
    def peer_name(self) -> str:
        """The template as pm4py names it."""
        return TEMPLATES[self.template].peer_name

    @property
    def peer_events(self) -> tuple[str, str]:
        """Its events as pm4py orders them."""
        events = self.activation_event, self.target_event
        return events[::-1] if TEMPLATES[self.template].is_turned else events

    def is_violated_by(self, names: Names) -> bool:
        """Whether a case of these events breaks it, by the letter of its definition."""
        violates = TEMPLATES[self.template].violates
        return violates(names, self.activation_event, self.target_event)


def constraints(events: Sequence[str]) -> list[Constraint]:
    """Ask each template of every event, or of every ordered pair of two events."""
    return [
        Constraint(name, *asked)
        for name, template in TEMPLATES.items()
        for asked in permutations(events, 2 if template.is_of_pair else 1)
    ]
