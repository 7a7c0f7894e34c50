"""What the templates of DECLARE say of a whole trace, in the closed forms.

By first and last positions and by pairs, as the literature gives them; an activation is
the event that a rule asks something of.
"""

from itertools import pairwise

OF_ONE = ("existence", "absence", "exactly_once", "init")
OF_BOTH = (
    *("succession", "alternate_succession", "chain_succession"),
    *("co_existence", "not_co_existence"),
)


def keeps(template: str, names: list[str], a: str, b: str) -> bool | None:
    """Return whether a trace keeps a template; null where it asks nothing of it.

    The activation is `a` and the target `b`.
    """
    at_a = [n for n, name in enumerate(names) if name == a]
    at_b = [n for n, name in enumerate(names) if name == b]
    pairs = list(pairwise(names))
    has_two_running = (a, a) in pairwise(name for name in names if name in (a, b))
    response = not at_a or (bool(at_b) and at_a[-1] < at_b[-1])
    precedence = not at_a or (bool(at_b) and at_b[0] < at_a[0])
    is_asked = template in OF_ONE or at_a or (template in OF_BOTH and at_b)
    if not is_asked:
        return None
    return {
        "existence": bool(at_a),
        "absence": not at_a,
        "exactly_once": len(at_a) == 1,
        "init": names[0] == a,
        "response": response,
        "alternate_response": response and not has_two_running,
        "chain_response": all(y == b for x, y in pairs if x == a) and names[-1] != a,
        "precedence": precedence,
        "alternate_precedence": precedence and not has_two_running,
        "chain_precedence": all(x == b for x, y in pairs if y == a) and names[0] != a,
        "responded_existence": bool(at_b),
        "succession": response and (not at_b or (bool(at_a) and at_a[0] < at_b[0])),
        "alternate_succession": [name for name in names if name in (a, b)]
        == [a, b] * len(at_a),
        "chain_succession": len(at_a) == len(at_b) == pairs.count((a, b)),
        "co_existence": bool(at_a) == bool(at_b),
        "not_co_existence": not (at_a and at_b),
        "not_succession": not (at_a and at_b and at_a[0] < at_b[-1]),
        "not_chain_succession": (a, b) not in pairs,
    }[template]
